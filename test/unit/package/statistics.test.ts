import { describe, expect, it } from 'vitest'
import { autocorrelation, integratedAutocorrelationTime } from '#core/package/autocorrelation.ts'
import { featureBaseline, repeats } from '#core/package/feature-baseline.ts'
import { moments, quantileOf } from '#core/package/moments.ts'
import { choosePrototypes } from '#core/package/prototypes.ts'
import { seededRandom } from '#core/package/random.ts'

const unordered = { nulls: 0, notFinite: 0, inTimeOrder: false }

/** A first-order autoregressive series with a fixed seed; its true τ is (1 + ρ)/(1 − ρ). */
function autoregressive(rho: number, n: number, seed: number): Float64Array {
  const random = seededRandom(seed)
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  const series = new Float64Array(n)
  let x = normal()
  for (let t = 0; t < n; t++) {
    series[t] = x
    x = rho * x + Math.sqrt(1 - rho * rho) * normal()
  }
  return series
}

describe('moments and quantiles', () => {
  it('pass over NaN and stay exact far from zero', () => {
    const { n, mean, m2, min, max } = moments(Float64Array.of(1e9 + 1, Number.NaN, 1e9 + 2, 1e9 + 3))
    expect([n, mean, m2, min, max]).toEqual([3, 1e9 + 2, 2, 1e9 + 1, 1e9 + 3])
  })

  it('interpolate as numpy does: quantile([1,2,4,8], [0,.1,.5,1])', () => {
    expect([0, 0.1, 0.5, 1].map((q) => quantileOf([1, 2, 4, 8], q))).toEqual([1, 1.3, 3, 8])
  })
})

describe('featureBaseline', () => {
  it('has 21 edges from the smallest to the largest and counts every value once', () => {
    const values = Float64Array.from({ length: 1000 }, (_, k) => k)
    const { histogram, learned } = featureBaseline(values, { ...unordered, nulls: 7 })
    expect(histogram.edges).toHaveLength(21)
    expect([histogram.edges[0], histogram.edges[1], histogram.edges[20]]).toEqual([0, 49.95, 999])
    expect(histogram.counts).toEqual(new Array(20).fill(50))
    expect([histogram.below, histogram.above, histogram.nulls]).toEqual([0, 0, 7])
    expect([learned.min, learned.max]).toEqual([0.999, 998.001])
  })

  it('counts values on repeated edges in the bin that begins with them', () => {
    const values = Float64Array.from({ length: 100 }, (_, k) => (k < 70 ? 0 : 1))
    const { histogram } = featureBaseline(values, unordered)
    expect(histogram.counts.reduce((a, b) => a + b)).toBe(100)
    expect(histogram.edges.filter((edge) => edge === 0)).toHaveLength(14)
    // 14 edges at 0: bins 0 to 12 are empty, bin 13 reaches from 0 to 1 and takes the zeros.
    expect(histogram.counts[13]).toBe(70)
    expect(histogram.counts[19]).toBe(30)
  })

  it('says nothing of repeats and time where the rows are in no time order', () => {
    const entry = featureBaseline(autoregressive(0.5, 5000, 1), unordered)
    expect(entry).not.toHaveProperty('tau')
    expect(entry).not.toHaveProperty('pRepeat')
    expect(entry).not.toHaveProperty('longestRun')
  })

  it('counts repeats; a gap ends a run', () => {
    const { NaN: gap } = Number
    expect(repeats(Float64Array.of(1, 1, 1, 2, gap, 2, 2))).toEqual({ pRepeat: 3 / 4, longestRun: 3 })
    expect(repeats(Float64Array.of(gap, 4))).toEqual({ longestRun: 1 })
  })
})

describe('autocorrelation', () => {
  it('equals the sum over pairs, with gaps', () => {
    const series = Float64Array.of(1, 3, Number.NaN, 2, 5, 4, 4, 1)
    const known = [...series].filter((x) => !Number.isNaN(x))
    const mean = known.reduce((a, b) => a + b) / known.length
    const at = (lag: number) => {
      const pairs = [...series.keys()].flatMap((t) => {
        const product = (series[t]! - mean) * ((series[t + lag] ?? Number.NaN) - mean)
        return Number.isNaN(product) ? [] : [product]
      })
      return pairs.reduce((a, b) => a + b, 0) / pairs.length
    }
    const rho = autocorrelation(series)!
    for (const lag of [0, 1, 2, 3]) expect(rho[lag]).toBeCloseTo(at(lag) / at(0), 10)
  })

  it.each([
    [0, 1],
    [0.5, 3],
    [0.9, 19],
    [0.98, 99],
  ])('finds τ of an AR(1) series with ρ = %f: %f', (rho, tau) => {
    const n = 200_000
    const found = integratedAutocorrelationTime(autoregressive(rho, n, 7))!
    // Sokal (1997), equation 3.19: the relative variance of the estimate is 2(2M + 1)/n with a window M = 5τ.
    const tolerance = 3 * Math.sqrt((2 * (2 * 5 * tau + 1)) / n)
    expect(Math.abs(found / tau - 1)).toBeLessThan(tolerance)
  })

  it('finds nothing in a series that is too short or does not vary', () => {
    expect(integratedAutocorrelationTime(autoregressive(0.99, 2000, 3))).toBeUndefined()
    expect(integratedAutocorrelationTime(new Float64Array(500).fill(3.1))).toBeUndefined()
    expect(integratedAutocorrelationTime(new Float64Array(0))).toBeUndefined()
  })
})

describe('choosePrototypes', () => {
  const random = seededRandom(5)
  const rows = Array.from({ length: 3000 }, (_, k) => k)
  // Three far groups, the last of them only 1 % of the rows.
  const group = rows.map((row) => (row % 100 === 0 ? 2 : row % 2))
  const columns = [group.map((g) => 10 * g + random()), group.map((g) => -1e6 * g + random())].map((c) =>
    Float64Array.from(c),
  )

  it('stands for every group, the rare one too, with 32 to 64 different rows', () => {
    const chosen = choosePrototypes(columns, rows, seededRandom(1))
    expect(chosen.length).toBeGreaterThanOrEqual(32)
    expect(chosen.length).toBeLessThanOrEqual(64)
    expect(new Set(chosen).size).toBe(chosen.length)
    expect(new Set(chosen.map((row) => group[row]))).toEqual(new Set([0, 1, 2]))
  })

  it('chooses the same rows again', () => {
    expect(choosePrototypes(columns, rows, seededRandom(1))).toEqual(
      choosePrototypes(columns, rows, seededRandom(1)),
    )
  })

  it('takes each different row once where there are few', () => {
    const few = [Float64Array.of(1, 1, 2, 2, Number.NaN)]
    const chosen = choosePrototypes(few, [0, 1, 2, 3, 4], seededRandom(1))
    expect(chosen.map((row) => few[0]![row]!).sort()).toEqual([1, 2, Number.NaN])
  })
})
