/** One line of a benchmark's table. */
export interface Figure {
  name: string
  unit: string
  median: number
  /** Smallest and largest of the repetitions. */
  min: number
  max: number
  repetitions: number
  /** Beside its reference: median of the quotients of neighbouring repetitions. */
  ratio?: { of: string; value: number }
  goal?: { text: string; reached: boolean }
  note?: string
}

export interface Bench {
  name: string
  title: string
  /** How it was measured, in sentences. */
  how: string[]
  figures: Figure[]
  /** Cores that other programs kept busy meanwhile, where this can be known. */
  othersCores?: number
}

interface Extras {
  of?: { name: string; samples: readonly number[] }
  /** Decided on the ratio where there is one, else on the median. */
  goal?: { text: string; reached: (value: number) => boolean }
  note?: string
}

export function quantile(samples: readonly number[], q: number): number {
  const sorted = Float64Array.from(samples).sort()
  if (sorted.length === 0) return Number.NaN
  const at = (sorted.length - 1) * q
  const low = sorted[Math.floor(at)]!
  return low + (sorted[Math.ceil(at)]! - low) * (at % 1)
}

export const median = (samples: readonly number[]): number => quantile(samples, 0.5)

/** A figure out of its repetitions. A ratio pairs the n-th repetition with the n-th of its reference: they ran side by side. */
export function figure(
  name: string,
  unit: string,
  samples: readonly number[],
  { of, goal, note }: Extras = {},
): Figure {
  const ratio = of && { of: of.name, value: median(samples.map((x, i) => x / of.samples[i]!)) }
  const middle = median(samples)
  return {
    name,
    unit,
    median: middle,
    min: Math.min(...samples),
    max: Math.max(...samples),
    repetitions: samples.length,
    ...(ratio && { ratio }),
    ...(goal && { goal: { text: goal.text, reached: goal.reached(ratio?.value ?? middle) } }),
    ...(note !== undefined && { note }),
  }
}

export const atLeast = (limit: number, text: string) => ({ text, reached: (x: number) => x >= limit })
export const atMost = (limit: number, text: string) => ({ text, reached: (x: number) => x <= limit })
