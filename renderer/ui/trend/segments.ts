/** [epoch ms, low, high] over a bucket of time. */
export type TrendPoint = readonly [number, number, number]

export interface Gap {
  from: number
  to: number
}

export interface Line {
  x: number[]
  /** null breaks the line. */
  y: (number | null)[]
  gaps: Gap[]
}

/** Newer points than the trend's last, as they came in live. */
export function withTail(points: readonly TrendPoint[], tail: readonly TrendPoint[]): readonly TrendPoint[] {
  const last = points.at(-1)?.[0] ?? -Infinity
  const newer = tail.filter(([t]) => t > last)
  return newer.length === 0 ? points : [...points, ...newer]
}

/** The points up to the newest value, which ends the line: a bucket's low and high do not tell which came last. */
export function upTo(points: readonly TrendPoint[], newest: TrendPoint | undefined): readonly TrendPoint[] {
  return newest && newest[0] >= (points.at(-1)?.[0] ?? -Infinity) ? [...points, newest] : points
}

/**
 * The silence after which a line is broken: longer than the machine's own limit for old data, than the buckets can
 * tell apart, and than three usual steps of this series, so that a series of one value an hour is not all gaps.
 */
export function gapAfterMs(points: readonly TrendPoint[], bucketMs: number, staleAfterMs: number): number {
  const steps = points
    .slice(1)
    .map(([t], i) => t - (points[i]?.[0] ?? t))
    .sort((a, b) => a - b)
  const median = steps[Math.floor(steps.length / 2)] ?? 0
  return Math.max(staleAfterMs, 1.5 * bucketMs, 3 * median)
}

/**
 * A line through every low and high, in the order that makes the shorter way, broken where data is missing.
 * `until`: where the window ends for data that should be there by now (a gap reaches up to it).
 */
export function toLine(points: readonly TrendPoint[], gapMs: number, until?: number): Line {
  const line: Line = { x: [], y: [], gaps: [] }
  let before: { t: number; v: number } | undefined
  for (const [t, low, high] of points) {
    if (before && t - before.t > gapMs) {
      line.gaps.push({ from: before.t, to: t })
      line.x.push((before.t + t) / 2)
      line.y.push(null)
      before = undefined
    }
    const upFirst = before !== undefined && Math.abs(before.v - high) < Math.abs(before.v - low)
    const [first, second] = upFirst ? [high, low] : [low, high]
    line.x.push(t)
    line.y.push(first)
    if (high > low) {
      line.x.push(t)
      line.y.push(second)
    }
    before = { t, v: second }
  }
  const last = points.at(-1)
  if (last && until !== undefined && until - last[0] > gapMs) line.gaps.push({ from: last[0], to: until })
  return line
}

/** A stretch without gaps; the three arrays are equally long. */
export interface Band {
  x: number[]
  low: number[]
  high: number[]
}

/** What lies around each value, broken where the line is. */
export function bandsAround(
  points: readonly TrendPoint[],
  gapMs: number,
  around: (value: number) => { low: number; high: number } | undefined,
): Band[] {
  const bands: Band[] = []
  let before: number | undefined
  for (const [t, low, high] of points) {
    const bottom = around(low)
    const top = around(high)
    if (!bottom || !top) continue
    if (before === undefined || t - before > gapMs) bands.push({ x: [], low: [], high: [] })
    const band = bands.at(-1)!
    band.x.push(t)
    band.low.push(bottom.low)
    band.high.push(top.high)
    before = t
  }
  return bands
}

/** Room for the usual range, the levels and the data, with a margin so that the usual range stays the middle. */
export function yRange(
  points: readonly TrendPoint[],
  usual?: { min: number; max: number },
  levels: readonly number[] = [],
): { min: number; max: number } {
  let min = Math.min(...levels, usual?.min ?? Infinity)
  let max = Math.max(...levels, usual?.max ?? -Infinity)
  if (usual) {
    const margin = (usual.max - usual.min) * 0.375
    min = Math.min(min, usual.min - margin)
    max = Math.max(max, usual.max + margin)
  }
  for (const [, low, high] of points) {
    if (low < min) min = low
    if (high > max) max = high
  }
  if (!Number.isFinite(min) || !Number.isFinite(max)) return { min: 0, max: 1 }
  if (min === max) return { min: min - 1, max: max + 1 }
  return { min, max }
}
