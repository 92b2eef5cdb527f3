import { LogHistogram } from '#core/statistics/log-histogram.ts'

/** A window is cut into so many buckets; its oldest leaves as a whole, so that it slides by a 120th of its length. */
const buckets = 120

/** Which bucket a moment belongs to, and which leave as time goes on. Time is the machine's, of arrival. */
class Slots {
  readonly #widthMs: number
  readonly #drop: (slot: number) => void
  readonly #filled = new Uint8Array(buckets)
  #newest = Number.NEGATIVE_INFINITY

  constructor(lengthMs: number, drop: (slot: number) => void) {
    this.#widthMs = lengthMs / buckets
    this.#drop = drop
  }

  /** Lets go what is too old. A clock set back by less than the window stands still here; by more, it begins anew. */
  advance(nowMs: number): number {
    const bucket = Math.floor(nowMs / this.#widthMs)
    const isNew = bucket - this.#newest >= buckets || this.#newest - bucket >= buckets
    const from = isNew ? bucket - buckets + 1 : this.#newest + 1
    for (let b = from; b <= bucket; b++) this.#empty(b % buckets)
    if (isNew || bucket > this.#newest) this.#newest = bucket
    return this.#newest % buckets
  }

  /** The slot of what comes now. */
  fill(nowMs: number): number {
    const slot = this.advance(nowMs)
    this.#filled[slot] = 1
    return slot
  }

  /** The bucket that is filled now: `slotOf` finds it again. */
  get newest(): number {
    return this.#newest
  }

  /** Undefined where this bucket has left. */
  slotOf(bucket: number): number | undefined {
    const age = this.#newest - bucket
    return age >= 0 && age < buckets ? bucket % buckets : undefined
  }

  /** The slot of a bucket of the past that is still in the window, to be filled. */
  refill(bucket: number): number | undefined {
    const slot = this.slotOf(bucket)
    if (slot !== undefined) this.#filled[slot] = 1
    return slot
  }

  /** The buckets that hold anything. */
  *held(): Generator<[bucket: number, slot: number], void, void> {
    for (let age = buckets - 1; age >= 0; age--) {
      const bucket = this.#newest - age
      if (this.#filled[bucket % buckets]) yield [bucket, bucket % buckets]
    }
  }

  /** When the oldest bucket that holds anything leaves, epoch ms, or up to 1 ms before; Infinity where all are empty. */
  nextDropMs(): number {
    for (let age = buckets - 1; age >= 0; age--) {
      const bucket = this.#newest - age
      if (this.#filled[bucket % buckets]) return (bucket + buckets) * this.#widthMs - 1
    }
    return Number.POSITIVE_INFINITY
  }

  #empty(slot: number): void {
    if (this.#filled[slot]) this.#drop(slot)
    this.#filled[slot] = 0
  }
}

/** What a window says now; `value` is null where it holds nothing. */
export interface Measure {
  value: number | null
  n: number
}

/** The share of what was counted that was hit. 2 KiB. */
export class ShareWindow {
  readonly #slots: Slots
  readonly #hits = new Float64Array(buckets)
  readonly #counts = new Float64Array(buckets)
  #hit = 0
  #n = 0

  constructor(lengthMs: number) {
    this.#slots = new Slots(lengthMs, (slot) => this.#drop(slot))
  }

  /** Answers the bucket that it went into, by which `takeBack` finds it. */
  add(hits: number, n: number, nowMs: number): number {
    this.#change(this.#slots.fill(nowMs), hits, n)
    return this.#slots.newest
  }

  /** Takes in what another window of this length holds; what is too old by now is left out. */
  absorb(other: ShareWindow, nowMs: number): void {
    this.#slots.advance(nowMs)
    for (const [bucket, from] of other.#slots.held()) {
      const slot = this.#slots.refill(bucket)
      if (slot !== undefined) this.#change(slot, other.#hits[from]!, other.#counts[from]!)
    }
  }

  /** Undoes what was added, where it has not left by now. */
  takeBack(hits: number, n: number, bucket: number): void {
    const slot = this.#slots.slotOf(bucket)
    if (slot !== undefined && this.#counts[slot]! >= n && this.#hits[slot]! >= hits)
      this.#change(slot, -hits, -n)
  }

  #change(slot: number, hits: number, n: number): void {
    this.#hits[slot]! += hits
    this.#counts[slot]! += n
    this.#hit += hits
    this.#n += n
  }

  measure(nowMs: number): Measure {
    this.#slots.advance(nowMs)
    return { value: this.#n > 0 ? this.#hit / this.#n : null, n: this.#n }
  }

  nextDropMs(): number {
    return this.#slots.nextDropMs()
  }

  #drop(slot: number): void {
    this.#change(slot, -this.#hits[slot]!, -this.#counts[slot]!)
  }
}

/** The 95th percentile of what was counted, within 1 %. About 1 KiB for each factor of 10 that a bucket spans. */
export class LatencyWindow {
  readonly #slots: Slots
  readonly #each = Array.from({ length: buckets }, () => new LogHistogram())
  readonly #all = new LogHistogram()

  constructor(lengthMs: number) {
    this.#slots = new Slots(lengthMs, (slot) => this.#drop(slot))
  }

  add(ms: number, n: number, nowMs: number): void {
    this.#each[this.#slots.fill(nowMs)]!.add(ms, n)
    this.#all.add(ms, n)
  }

  /** As the other's. */
  absorb(other: LatencyWindow, nowMs: number): void {
    this.#slots.advance(nowMs)
    for (const [bucket, from] of other.#slots.held()) {
      const slot = this.#slots.refill(bucket)
      if (slot === undefined) continue
      this.#each[slot]!.merge(other.#each[from]!)
      this.#all.merge(other.#each[from]!)
    }
  }

  measure(nowMs: number): Measure {
    this.#slots.advance(nowMs)
    return { value: this.#all.quantile(0.95), n: this.#all.n }
  }

  nextDropMs(): number {
    return this.#slots.nextDropMs()
  }

  #drop(slot: number): void {
    this.#all.subtract(this.#each[slot]!)
    this.#each[slot]!.clear()
  }
}
