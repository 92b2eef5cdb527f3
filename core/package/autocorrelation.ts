/**
 * Integrated autocorrelation time of a series in its own order, in rows: τ = 1 + 2·Σρ(t), summed up to the smallest
 * window M ≥ 5τ(M). Estimator and window: A. Sokal, "Monte Carlo Methods in Statistical Mechanics" (1997), section 3,
 * as in emcee's `integrated_time`; like there, a series shorter than 50τ says too little and gives undefined.
 * NaN is a gap: each ρ(t) is taken over the pairs that are there. A constant series has no autocorrelation: undefined.
 */
export function integratedAutocorrelationTime(series: Float64Array): number | undefined {
  const rho = autocorrelation(series)
  if (!rho) return undefined
  let tau = 1
  for (let t = 1; t < rho.length; t++) {
    tau += 2 * rho[t]!
    if (t >= window * tau) return tau * shortestSeries <= series.length ? Math.max(tau, 1) : undefined
  }
  return undefined
}

const window = 5
const shortestSeries = 50

/** ρ(0), ρ(1), … up to half of the series; undefined where it does not vary. */
export function autocorrelation(series: Float64Array): Float64Array | undefined {
  let n = 0
  let sum = 0
  for (const x of series)
    if (!Number.isNaN(x)) {
      n += 1
      sum += x
    }
  const mean = sum / n
  let size = 1
  while (size < 2 * series.length) size *= 2
  // Values as the real part, presence as the imaginary: one transform for both.
  const re = new Float64Array(size)
  const im = new Float64Array(size)
  for (let i = 0; i < series.length; i++) {
    const x = series[i]!
    if (Number.isNaN(x)) continue
    re[i] = x - mean
    im[i] = 1
  }
  fft(re, im)
  // |X|² and |P|² of two real series out of the transform of their complex sum; both are even, so that the
  // inverse transform of |X|² + i·|P|² has one autocovariance in each part.
  const power = new Float64Array(size)
  const presence = new Float64Array(size)
  for (let k = 0; k < size; k++) {
    const j = (size - k) % size
    const xr = (re[k]! + re[j]!) / 2
    const xi = (im[k]! - im[j]!) / 2
    const pr = (im[k]! + im[j]!) / 2
    const pi = (re[j]! - re[k]!) / 2
    power[k] = xr * xr + xi * xi
    presence[k] = pr * pr + pi * pi
  }
  fft(power, presence)
  const variance = power[0]! / presence[0]!
  if (!(power[0]! > 1e-12 * size * Math.max(mean * mean, Number.MIN_VALUE))) return undefined
  const half = Math.floor(series.length / 2)
  const rho = new Float64Array(half)
  for (let t = 0; t < half; t++) {
    // A lag without pairs correlates with nothing.
    const pairs = presence[t]! / size
    rho[t] = pairs < 0.5 ? 0 : power[t]! / presence[t]! / variance
  }
  return rho
}

/** In-place radix-2 Fourier transform (Cooley and Tukey, 1965); the length is a power of two. */
function fft(re: Float64Array, im: Float64Array): void {
  const n = re.length
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1
    for (; j & bit; bit >>= 1) j ^= bit
    j ^= bit
    if (i < j) {
      ;[re[i], re[j]] = [re[j]!, re[i]!]
      ;[im[i], im[j]] = [im[j]!, im[i]!]
    }
  }
  for (let length = 2; length <= n; length *= 2) {
    const half = length / 2
    for (let k = 0; k < half; k++) {
      const angle = (-2 * Math.PI * k) / length
      const [wr, wi] = [Math.cos(angle), Math.sin(angle)]
      for (let a = k; a < n; a += length) {
        const b = a + half
        const tr = re[b]! * wr - im[b]! * wi
        const ti = re[b]! * wi + im[b]! * wr
        re[b] = re[a]! - tr
        im[b] = im[a]! - ti
        re[a] = re[a]! + tr
        im[a] = im[a]! + ti
      }
    }
  }
}
