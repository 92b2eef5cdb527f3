import type { TFunction } from 'i18next'
import type { Alert } from '#core/contracts/alert.ts'
import type { Trend } from '#core/contracts/api.ts'
import type { Format } from '../../ui/format.ts'
import type { Picture } from '../../ui/trend/picture.ts'
import { gapAfterMs, type TrendPoint, toLine, upTo, withTail, yRange } from '../../ui/trend/segments.ts'
import { hasEnded } from '../client/alert-feed.ts'
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
  format: Format
  t: TFunction
}

/** What the model said, ten minutes before and after; probabilities in percent, values in their own unit. */
export function riskPicture({ alert, trend, tail, newest, nowMs, staleAfterMs, format, t }: Parts): Picture {
  const isRisk = alert.class !== undefined
  const factor = isRisk ? 100 : 1
  const raisedMs = Date.parse(alert.raisedAt)
  const from = raisedMs - aroundMs
  const to = raisedMs + aroundMs
  const points = upTo(withTail(trend.points, tail), newest)
    .filter(([at]) => at >= from && at <= to)
    .map(([at, low, high]): TrendPoint => [at, low * factor, high * factor])
  const { x, y, gaps } = toLine(points, gapAfterMs(points, trend.bucketMs, staleAfterMs), Math.min(to, nowMs))
  const raise = alert.raiseLevel * factor
  const clear = alert.clearLevel * factor
  const range = isRisk ? { min: 0, max: 100 } : yRange(points, undefined, [raise, clear])
  const above = alert.direction === 'above'
  const figure = (value: number) =>
    format.number(value, isRisk ? (value < 10 && value % 1 !== 0 ? 1 : 0) : 1, false)
  const newestWords = (what: string, at: number) =>
    nowMs - at > staleAfterMs
      ? t('alert.at', { value: what, time: format.timeS(at) })
      : t('alert.now', { value: what })
  const value = y.at(-1)
  const newestAt = x.at(-1)
  const showsNewest = nowMs < to && !hasEnded(alert)
  return {
    from,
    to,
    y: range,
    x,
    line: y,
    gaps: gaps.map((gap) => ({ ...gap, label: t('trend.noData', { age: format.age(gap.to - gap.from) }) })),
    yTicks: (isRisk ? [0, 50, 100] : [range.min, range.max]).map((at) => ({ at, label: figure(at) })),
    xTicks: [
      { at: from, label: format.time(from) },
      { at: from + aroundMs / 2, label: format.time(from + aroundMs / 2) },
      { at: raisedMs, label: t('alert.raisedAt', { time: format.timeS(raisedMs) }) },
      { at: raisedMs + aroundMs / 2, label: format.time(raisedMs + aroundMs / 2) },
      { at: to, label: format.time(to) },
    ],
    over: { level: raise, direction: alert.direction, p: colourOf(alert) },
    levels: [
      {
        at: raise,
        label: t(above ? 'alert.alertsAbove' : 'alert.alertsBelow', { value: figure(raise) }),
        kind: 'raise',
      },
      {
        at: clear,
        label: t(above ? 'alert.clearsBelow' : 'alert.clearsAbove', { value: figure(clear) }),
        kind: 'clear',
      },
    ],
    raised: { at: raisedMs, p: rank[alert.priority], grey: colourOf(alert) === 0 },
    newest:
      showsNewest && typeof value === 'number' && newestAt !== undefined
        ? { at: newestAt, value, label: newestWords(figure(value), newestAt) }
        : undefined,
    points: points.length < 40,
  }
}
