/** Half the width of a bin, relative: every quantile is within 1 % of a value that was counted. */
export const relativeError = 0.01
/** What is smaller or larger counts as this: 1 µs to 11 days where the unit is ms, in at most 1,383 bins. */
export const span = { smallest: 1e-3, largest: 1e9 } as const

const gamma = (1 + relativeError) / (1 - relativeError)
const perLog = 1 / Math.log(gamma)
const keyOf = (x: number): number => Math.ceil(Math.log(x) * perLog)
const keys = { first: keyOf(span.smallest), last: keyOf(span.largest) } as const
/** Bins to begin with, and room on either side when it must grow: two bins are 4 %. */
const room = 32

/** As JSON keeps it: the key of the first bin, and how often each was met. */
export interface StoredHistogram {
  first: number
  counts: number[]
}

/**
 * Counts of positive numbers in bins whose width is a share of their value. Histograms add and subtract exactly, whatever
 * the order. Masson, Rim, Lee: DDSketch, PVLDB 12(12), 2019, section 2.1: bin k holds (γ^(k−1), γ^k], γ = (1+α)/(1−α),
 * and 2γ^k/(γ+1) lies within α of each number in it. Memory: 8 bytes per bin between the least and the greatest.
 */
export class LogHistogram {
  #first = 0
  #counts = new Float64Array(0)
  #n = 0

  static of({ first, counts }: StoredHistogram): LogHistogram {
    const made = new LogHistogram()
    for (const [i, times] of counts.entries()) if (times > 0) made.#bump(first + i, times)
    return made
  }

  get n(): number {
    return this.#n
  }

  /** NaN is passed over; what is not positive counts as the smallest. */
  add(x: number, times = 1): void {
    if (Number.isNaN(x)) return
    const within = Math.min(Math.max(x, span.smallest), span.largest)
    this.#bump(keyOf(within), times)
  }

  merge(other: LogHistogram): void {
    this.#each(other, 1)
  }

  /** Takes away what was merged before. */
  subtract(other: LogHistogram): void {
    this.#each(other, -1)
  }

  clear(): void {
    this.#counts.fill(0)
    this.#n = 0
  }

  /** The ⌊1 + q(n − 1)⌋-th of the numbers in ascending order, within 1 %; null where there are none. */
  quantile(q: number): number | null {
    // One is added to a whole number: 1 + 0.9999999999999999 would round up.
    const rank = 1 + Math.floor(q * (this.#n - 1))
    let seen = 0
    for (let i = 0; i < this.#counts.length; i++) {
      seen += this.#counts[i]!
      if (seen >= rank && seen > 0) return (2 * gamma ** (this.#first + i)) / (gamma + 1)
    }
    return null
  }

  toJSON(): StoredHistogram {
    const from = Math.max(
      0,
      this.#counts.findIndex((times) => times > 0),
    )
    const to = this.#counts.findLastIndex((times) => times > 0)
    return { first: this.#first + from, counts: [...this.#counts.subarray(from, to + 1)] }
  }

  #each(other: LogHistogram, sign: 1 | -1): void {
    for (let i = 0; i < other.#counts.length; i++)
      if (other.#counts[i]! > 0) this.#bump(other.#first + i, sign * other.#counts[i]!)
  }

  #bump(key: number, times: number): void {
    if (key < this.#first || key >= this.#first + this.#counts.length) this.#grow(key)
    this.#counts[key - this.#first]! += times
    this.#n += times
  }

  #grow(key: number): void {
    const old = this.#counts
    const isNew = old.length === 0
    const low = isNew ? key : Math.min(this.#first, key)
    const high = isNew ? key : Math.max(this.#first + old.length - 1, key)
    const first = Math.max(keys.first, Math.min(low, key - room / 2))
    const last = Math.min(keys.last, Math.max(high, key + room / 2))
    const counts = new Float64Array(last - first + 1)
    counts.set(old, isNew ? 0 : this.#first - first)
    this.#first = first
    this.#counts = counts
  }
}
