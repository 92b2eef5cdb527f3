import type { TFunction } from 'i18next'
import type { Format, Spread } from '../../ui/format.ts'
import type { Picture } from '../../ui/trend/picture.ts'
import { bandsAround, gapAfterMs, type TrendPoint, toLine, yRange } from '../../ui/trend/segments.ts'
import { roundTicks } from '../../ui/trend/ticks.ts'
import type { Subject } from './subject.ts'
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
  said: Subject['said']
  raised: { at: number; p: number } | undefined
  format: Format
  t: TFunction
}

/** The trend of one feature, or of what the model said, up to now: usual range or interval, gaps, newest value. */
export function livePicture(parts: Parts): Picture {
  const { points, bucketMs, staleAfterMs, from, to, usual, said, raised, format, t } = parts
  const gapMs = gapAfterMs(points, bucketMs, staleAfterMs)
  const { x, y, gaps } = toLine(points, gapMs, to)
  const bands = said ? bandsAround(points, gapMs, said.around) : []
  const levels = said?.levels ?? []
  const { range, ticks } = said
    ? roundRange(
        points,
        bands,
        levels.map(({ at }) => at),
      )
    : usualRange(points, usual)
  const last = points.at(-1)
  const value = y.at(-1)
  const figure = (at: number) => (said ? format.number(at, 6, false) : format.end(at, usual ?? range))
  const interval = said && typeof value === 'number' ? said.around(value) : undefined
  return {
    from,
    to,
    y: range,
    x,
    line: y,
    gaps: gaps.map((gap) => {
      const age = format.age(gap.to - gap.from)
      // Readings may have come: only that none was answered is known.
      return { ...gap, label: said ? t('trend.noAnswer', { age }) : t('trend.noData', { age }) }
    }),
    usual,
    usualFrom: points[0]?.[0],
    bands,
    yTicks: ticks.map((at) => ({ at, label: figure(at) })),
    xTicks: timeTicks(from, to).map((at) => ({ at, label: format.time(at) })),
    levels: levelsOf(levels, format, t),
    raised: raised && raised.at > from && raised.at < to ? raised : undefined,
    newest:
      last && typeof value === 'number'
        ? {
            at: last[0],
            value,
            label: said ? said.words.value(value) : format.value(value, usual),
            more: interval && said?.words.short(interval),
          }
        : undefined,
    points: points.length < sparse,
  }
}

/** Levels of one direction are named together, at the first one that is reached. */
function levelsOf(
  levels: NonNullable<Subject['said']>['levels'],
  format: Format,
  t: TFunction,
): Picture['levels'] {
  return (['above', 'below'] as const).flatMap((direction) => {
    const same = levels.filter((level) => level.direction === direction).map(({ at }) => at)
    const ordered = [...new Set(same)].sort((a, b) => (direction === 'above' ? a - b : b - a))
    const value = format.list(ordered.map((at) => format.number(at, 6, false)))
    const label = t(direction === 'above' ? 'alert.alertsAbove' : 'alert.alertsBelow', { value })
    return ordered.map((at, i) => ({
      at,
      label: i === 0 ? label : '',
      kind: 'raise' as const,
      side: 'left' as const,
    }))
  })
}

function usualRange(points: readonly TrendPoint[], usual: Spread | undefined) {
  const range = yRange(points, usual)
  const ticks = usual ? [usual.min, (usual.min + usual.max) / 2, usual.max] : [range.min, range.max]
  return { range, ticks }
}

/** Round figures that hold every value, the interval around it, and the levels. */
export function roundRange(
  points: readonly TrendPoint[],
  bands: NonNullable<Picture['bands']>,
  levels: readonly number[],
): { range: Spread; ticks: number[] } {
  const ends = bands.flatMap(({ x, low, high }) =>
    x.map((at, i): TrendPoint => [at, low[i] ?? 0, high[i] ?? 0]),
  )
  const { min, max } = yRange([...points, ...ends], undefined, levels)
  const ticks = roundTicks(min, max)
  return { range: { min: ticks[0] ?? min, max: ticks.at(-1) ?? max }, ticks }
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
  const { newest } = picture
  const value =
    newest &&
    [newest.label.includes(unit) ? newest.label : `${newest.label} ${unit}`, newest.more]
      .filter(Boolean)
      .join(', ')
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
