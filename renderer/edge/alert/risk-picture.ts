import type { TFunction } from 'i18next'
import type { Alert } from '#core/contracts/alert.ts'
import type { Trend } from '#core/contracts/api.ts'
import type { Format } from '../../ui/format.ts'
import type { Picture } from '../../ui/trend/picture.ts'
import { bandsAround, gapAfterMs, type TrendPoint, toLine, upTo, withTail } from '../../ui/trend/segments.ts'
import { hasEnded } from '../client/alert-feed.ts'
import { roundRange } from '../now/live-picture.ts'
import type { ValueWords } from '../said/value-words.ts'
import type { Watched } from '../said/watched.ts'
import { colourOf, rank } from './order.ts'

export const aroundMs = 600_000

interface Parts {
  alert: Alert
  trend: Trend
  tail: readonly TrendPoint[]
  /** What the model said to the newest reading, where that is known. */
  newest: TrendPoint | undefined
  nowMs: number
  staleAfterMs: number
  watched: Pick<Watched, 'kind' | 'around'>
  /** Each value holds until the next one, as of images. */
  steps?: boolean
  /** How a value reads. */
  words: ValueWords
  format: Format
  t: TFunction
}

/** What the model said, ten minutes before and after; probabilities in percent, values in their own unit. */
export function riskPicture(parts: Parts): Picture {
  const { alert, trend, tail, newest, nowMs, staleAfterMs, watched, steps, words, format, t } = parts
  const isRisk = watched.kind === 'risk'
  const isLabel = watched.kind === 'label'
  const factor = isRisk ? 100 : 1
  const raisedMs = Date.parse(alert.raisedAt)
  const from = raisedMs - aroundMs
  const to = raisedMs + aroundMs
  const points = upTo(withTail(trend.points, tail), newest)
    .filter(([at]) => at >= from && at <= to)
    .map(([at, low, high]): TrendPoint => [at, low * factor, high * factor])
  const gapMs = gapAfterMs(points, trend.bucketMs, staleAfterMs)
  const { x, y, gaps } = toLine(points, gapMs, Math.min(to, nowMs))
  const bands = watched.kind === 'value' ? bandsAround(points, gapMs, watched.around) : []
  const raise = alert.raiseLevel * factor
  const clear = alert.clearLevel * factor
  const { range, ticks } = isRisk
    ? { range: { min: 0, max: 100 }, ticks: [0, 50, 100] }
    : isLabel
      ? { range: { min: -0.15, max: 1.15 }, ticks: [0, 1] }
      : roundRange(points, bands, [raise, clear])
  const above = alert.direction === 'above'
  const figure = (value: number) =>
    isRisk
      ? format.number(value, value < 10 && value % 1 !== 0 ? 1 : 0, false)
      : isLabel
        ? t(value > 0.5 ? 'alert.yes' : 'alert.no')
        : words.figure(value)
  // A value comes to its level from afar, and stays about there; a risk is low before.
  const side = isRisk ? 'right' : 'left'
  const level = (value: number) => (isRisk ? figure(value) : format.number(value, 6, false))
  const newestWords = (what: string, at: number) =>
    nowMs - at > staleAfterMs
      ? t('alert.at', { value: what, time: format.timeS(at) })
      : t('alert.now', { value: what })
  const value = y.at(-1)
  const interval = watched.kind === 'value' && typeof value === 'number' ? watched.around(value) : undefined
  const newestAt = x.at(-1)
  const showsNewest = nowMs < to && !hasEnded(alert)
  return {
    from,
    to,
    y: range,
    x,
    line: y,
    gaps: gaps.map((gap) => {
      const age = format.age(gap.to - gap.from)
      return {
        ...gap,
        label: watched.kind === 'value' ? t('trend.noAnswer', { age }) : t('trend.noData', { age }),
      }
    }),
    bands,
    yTicks: ticks.map((at) => ({ at, label: isLabel ? figure(at) : level(at) })),
    xTicks: [
      { at: from, label: format.time(from) },
      { at: from + aroundMs / 2, label: format.time(from + aroundMs / 2) },
      { at: raisedMs, label: t('alert.raisedAt', { time: format.timeS(raisedMs) }) },
      { at: raisedMs + aroundMs / 2, label: format.time(raisedMs + aroundMs / 2) },
      { at: to, label: format.time(to) },
    ],
    over: isLabel ? undefined : { level: raise, direction: alert.direction, p: colourOf(alert) },
    // Yes and no have no level between them.
    levels: isLabel
      ? []
      : [
          {
            at: raise,
            label: t(above ? 'alert.alertsAbove' : 'alert.alertsBelow', { value: level(raise) }),
            kind: 'raise',
            side,
          },
          {
            at: clear,
            label: t(above ? 'alert.clearsBelow' : 'alert.clearsAbove', { value: level(clear) }),
            kind: 'clear',
            side,
          },
        ],
    raised: { at: raisedMs, p: rank[alert.priority], grey: colourOf(alert) === 0 },
    newest:
      showsNewest && typeof value === 'number' && newestAt !== undefined
        ? {
            at: newestAt,
            value,
            label: newestWords(watched.kind === 'value' ? words.value(value) : figure(value), newestAt),
            more: interval && words.short(interval),
          }
        : undefined,
    points: points.length < 40,
    steps,
  }
}
