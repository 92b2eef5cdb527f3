/** Count, mean, Σ(x − mean)², smallest and largest of finite numbers. */
export interface Moments {
  n: number
  mean: number
  m2: number
  min: number
  max: number
}

/** NaN is passed over. Welford's update (Technometrics 4, 1962): stable, and mergeable by Chan's formula. */
export function moments(values: ArrayLike<number>): Moments {
  let n = 0
  let mean = 0
  let m2 = 0
  let min = Number.POSITIVE_INFINITY
  let max = Number.NEGATIVE_INFINITY
  for (let i = 0; i < values.length; i++) {
    const x = values[i]!
    if (Number.isNaN(x)) continue
    n += 1
    const delta = x - mean
    mean += delta / n
    m2 += delta * (x - mean)
    if (x < min) min = x
    if (x > max) max = x
  }
  return { n, mean, m2, min, max }
}

/** The values that are not NaN, ascending. */
export function ascending(values: Float64Array): Float64Array {
  return values.filter((x) => !Number.isNaN(x)).sort()
}

/** Quantile `q` (0..1) of ascending numbers, interpolated (Hyndman and Fan's type 7, the default of numpy and R). */
export function quantileOf(sorted: ArrayLike<number>, q: number): number {
  const at = q * (sorted.length - 1)
  const low = Math.floor(at)
  const below = sorted[low]!
  const above = sorted[Math.min(low + 1, sorted.length - 1)]!
  return below + (at - low) * (above - below)
}
