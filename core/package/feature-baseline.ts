import type { FeatureBaseline } from '#core/contracts/package.ts'
import { integratedAutocorrelationTime } from './autocorrelation.ts'
import { ascending, moments, quantileOf } from './moments.ts'

/** 5 % steps: `FeatureBaseline.histogram`. */
const bins = 20
/** The usual range: .1 and 99.9 % of the reference. */
const usualTail = 0.001

/**
 * What a reference says of one feature. `values`: its numbers, one per row in the rows' order, NaN where a row has
 * none; at least one must be a number. `inTimeOrder`: whether neighbouring rows are neighbours in time.
 */
export function featureBaseline(
  values: Float64Array,
  options: { nulls: number; notFinite: number; inTimeOrder: boolean; categories?: Record<string, number> },
): FeatureBaseline {
  const sorted = ascending(values)
  const edges = Array.from({ length: bins + 1 }, (_, k) => quantileOf(sorted, k / bins))
  const tau = options.inTimeOrder ? integratedAutocorrelationTime(values) : undefined
  return {
    ...moments(values),
    histogram: {
      edges,
      counts: countBetween(sorted, edges),
      nulls: options.nulls,
      below: 0,
      above: 0,
      notFinite: options.notFinite,
    },
    learned: learnedRange(sorted),
    ...(options.inTimeOrder && repeats(values)),
    ...(tau !== undefined && { tau }),
    ...(options.categories && { categories: options.categories }),
  }
}

export function learnedRange(sorted: Float64Array): { min: number; max: number } {
  return { min: quantileOf(sorted, usualTail), max: quantileOf(sorted, 1 - usualTail) }
}

/** Bin k takes edges[k] ≤ x < edges[k+1]; the last takes its upper edge as well. */
function countBetween(sorted: Float64Array, edges: readonly number[]): number[] {
  const counts = new Array<number>(edges.length - 1).fill(0)
  let bin = 0
  for (const x of sorted) {
    while (bin < counts.length - 1 && x >= edges[bin + 1]!) bin += 1
    counts[bin]! += 1
  }
  return counts
}

/** How often a row repeats the one before it, and the longest run of one value, in rows. A gap ends a run. */
export function repeats(values: Float64Array): { pRepeat?: number; longestRun: number } {
  let pairs = 0
  let repeated = 0
  let run = 0
  let longest = 0
  let before = Number.NaN
  for (const x of values) {
    if (Number.isNaN(x)) run = 0
    else {
      if (!Number.isNaN(before)) pairs += 1
      if (x === before) repeated += 1
      run = x === before ? run + 1 : 1
      longest = Math.max(longest, run)
    }
    before = x
  }
  return { ...(pairs > 0 && { pRepeat: repeated / pairs }), longestRun: longest }
}
