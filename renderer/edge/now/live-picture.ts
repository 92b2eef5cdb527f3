import type { TFunction } from 'i18next'
import type { Format, Spread } from '../../ui/format.ts'
import type { Picture } from '../../ui/trend/picture.ts'
import { gapAfterMs, type TrendPoint, toLine, yRange } from '../../ui/trend/segments.ts'
import { timeTicks } from './windows.ts'

/** Below this many values, each is shown as a point of its own. */
const sparse = 40

interface Parts {
  points: readonly TrendPoint[]
  bucketMs: number
  staleAfterMs: number
  from: number
  to: number
  usual: Spread | undefined
  raised: { at: number; p: number } | undefined
  format: Format
  t: TFunction
}

/** The trend of one feature up to now: usual range, gaps, newest value. */
export function livePicture({
  points,
  bucketMs,
  staleAfterMs,
  from,
  to,
  usual,
  raised,
  format,
  t,
}: Parts): Picture {
  const { x, y, gaps } = toLine(points, gapAfterMs(points, bucketMs, staleAfterMs), to)
  const range = yRange(points, usual)
  const last = points.at(-1)
  const lastValue = y.at(-1)
  const ticks = usual ? [usual.min, (usual.min + usual.max) / 2, usual.max] : [range.min, range.max]
  return {
    from,
    to,
    y: range,
    x,
    line: y,
    gaps: gaps.map((gap) => ({ ...gap, label: t('trend.noData', { age: format.age(gap.to - gap.from) }) })),
    usual,
    usualFrom: points[0]?.[0],
    yTicks: ticks.map((at) => ({ at, label: format.end(at, usual ?? range) })),
    xTicks: timeTicks(from, to).map((at) => ({ at, label: format.time(at) })),
    levels: [],
    raised: raised && raised.at > from && raised.at < to ? raised : undefined,
    newest:
      last && lastValue !== undefined && lastValue !== null
        ? { at: last[0], value: lastValue, label: format.value(lastValue, usual) }
        : undefined,
    points: points.length < sparse,
  }
}

/** The same in sentences. */
export function pictureWords(
  picture: Picture,
  what: string,
  asset: string,
  unit: string,
  format: Format,
  t: TFunction,
): string {
  const gap = picture.gaps.at(-1)
  const value = picture.newest && `${picture.newest.label}${unit && ` ${unit}`}`
  return [
    t('trend.label', { what, asset, from: format.time(picture.from), to: format.time(picture.to) }),
    picture.usual && t('trend.labelUsual', { range: format.span(picture.usual) }),
    value && t('trend.labelNow', { value }),
    gap && t('trend.labelGap', { from: format.timeS(gap.from), to: format.timeS(gap.to) }),
    picture.raised && t('trend.labelRaised', { time: format.timeS(picture.raised.at) }),
  ]
    .filter(Boolean)
    .join(' ')
}
