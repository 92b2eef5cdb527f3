import type { TFunction } from 'i18next'
import type { PerformanceLine } from '#core/contracts/performance.ts'
import type { Format } from '../../ui/format.ts'
import type { Picture } from '../../ui/trend/picture.ts'
import { type TrendPoint, toLine } from '../../ui/trend/segments.ts'
import { roundTicks } from '../../ui/trend/ticks.ts'
import type { Measure } from './performance-filter.ts'
import { shareWords } from './share-words.ts'

const hourMs = 3_600_000

/** In percent, milliseconds or readings; undefined: nothing was measured in that hour. */
export function measured(line: PerformanceLine, measure: Measure): number | undefined {
  const { readings, alert, abstain, rejected, latency } = line
  if (measure === 'readings') return readings
  if (measure === 'p50' || measure === 'p95') return latency[measure] ?? undefined
  if (readings === 0) return undefined
  return (100 * { alerts: alert, abstained: abstain, rejected }[measure]) / readings
}

interface Parts {
  lines: readonly PerformanceLine[]
  measure: Measure
  fromMs: number
  toMs: number
  format: Format
  t: TFunction
}

/** One value an hour, held until the next; an hour of which nothing came is a gap, never bridged. */
export function hoursPicture({ lines, measure, fromMs, toMs, format, t }: Parts): Picture {
  const points = lines.flatMap((line): TrendPoint[] => {
    const value = measured(line, measure)
    return value === undefined ? [] : [[Date.parse(line.key) + hourMs / 2, value, value]]
  })
  const { x, y, gaps } = toLine(points, 1.5 * hourMs, toMs)
  const most = Math.max(0, ...points.map(([, , high]) => high))
  const ticks = roundTicks(0, most === 0 ? 1 : most)
  const isShare = measure === 'alerts' || measure === 'abstained' || measure === 'rejected'
  const figure = (value: number) =>
    isShare
      ? shareWords(value / 100, format.number)
      : measure === 'readings'
        ? format.number(value)
        : format.ms(value)
  const axis = (value: number) =>
    isShare
      ? `${format.number(value, 6, false)}\u00a0%`
      : measure === 'readings'
        ? figure(value)
        : figure(value)
  const last = points.at(-1)
  const step = (toMs - fromMs) / 4
  return {
    from: fromMs,
    to: toMs,
    y: { min: 0, max: ticks.at(-1) ?? 1 },
    x,
    line: y,
    gaps: gaps.map((gap) => ({
      ...gap,
      label: t('performance.gap', { age: format.age(gap.to - gap.from) }),
    })),
    yTicks: ticks.map((at) => ({ at, label: axis(at) })),
    xTicks: [0, 1, 2, 3, 4].map((i) => {
      const at = fromMs + i * step
      return { at, label: format.dateTime(at) }
    }),
    levels: [],
    newest: last && { at: last[0], value: last[1], label: figure(last[1]) },
    points: points.length < 40,
  }
}
