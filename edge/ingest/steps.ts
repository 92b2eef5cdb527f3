import type { Feature } from '#core/contracts/manifest.ts'
import type { Batch } from './checked.ts'

/** One reading in the windows: the same object in each of them. */
export interface Moment {
  timeMs: number
  /** The batch that brought it, so that it can be taken back. */
  batch: Batch
}

export interface Step {
  moment: Moment
  /** One number per feature of the tensor; NaN: missing. */
  values: Float64Array
}

/**
 * Two stretches of one asset's readings become one: the newer whole, and before it what the older knows beyond its
 * beginning, provided that they overlap. Where they do not, readings may be missing in between: the newer alone.
 */
export function joined(a: Step[], b: Step[]): Step[] {
  if (a.length === 0 || b.length === 0) return a.length === 0 ? b : a
  const [aEnd, bEnd] = [a.at(-1)!.moment.timeMs, b.at(-1)!.moment.timeMs]
  const [older, newer] = aEnd <= bEnd ? [a, b] : [b, a]
  const from = newer[0]!.moment.timeMs
  for (let k = older.findIndex(({ moment }) => moment.timeMs >= from); k >= 0 && k < older.length; k++) {
    if (older[k]!.moment.timeMs > from) break
    if (overlapsAt(older, k, newer)) return k === 0 ? newer : [...older.slice(0, k), ...newer]
  }
  return aEnd === bEnd && older.length > newer.length ? older : newer
}

/** Whether the older one's end, from `k` on, is how the newer one begins. */
function overlapsAt(older: Step[], k: number, newer: Step[]): boolean {
  if (older.length - k > newer.length) return false
  for (let i = k; i < older.length; i++) if (!isSame(older[i]!, newer[i - k]!)) return false
  return true
}

function isSame(a: Step, b: Step): boolean {
  if (a.moment === b.moment) return true
  if (a.moment.timeMs !== b.moment.timeMs) return false
  return a.values.every((x, k) => x === b.values[k] || (Number.isNaN(x) && Number.isNaN(b.values[k])))
}

/** What follows the last pause that is longer than `maxGapS`. */
export function sinceLastGap(steps: Step[], maxGapS: number): Step[] {
  for (let k = steps.length - 1; k > 0; k--)
    if (steps[k]!.moment.timeMs - steps[k - 1]!.moment.timeMs > 1000 * maxGapS) return steps.slice(k)
  return steps
}

/** Columns out of windows of one asset, put beside one another: as far back as each of them reaches. */
export function beside(columns: readonly { steps: Step[]; place: number }[]): Step[] {
  const length = Math.min(...columns.map(({ steps }) => steps.length))
  const found: Step[] = []
  for (let back = length; back > 0; back--) {
    const { moment } = columns[0]!.steps.at(-back)!
    const values = new Float64Array(columns.length)
    let isOne = true
    for (let k = 0; k < columns.length; k++) {
      const { steps, place } = columns[k]!
      const step = steps[steps.length - back]!
      values[k] = step.values[place]!
      isOne &&= step.moment === moment
    }
    // What lies before a place where they differ is of other readings.
    if (isOne) found.push({ moment, values })
    else found.length = 0
  }
  return found
}

/** Whether such numbers may stand in these features at all; a reading with others is rejected, and in no window. */
export function fits(features: readonly Feature[]): (values: Float64Array) => boolean {
  const min = features.map(({ physical }) => physical?.min ?? -Infinity)
  const max = features.map(({ physical }) => physical?.max ?? Infinity)
  return (values) => {
    for (let k = 0; k < values.length; k++) {
      const x = values[k]!
      if (!(x >= min[k]! && x <= max[k]!) && !(Number.isNaN(x) && features[k]!.nullable)) return false
    }
    return true
  }
}
