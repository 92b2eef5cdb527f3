import type { Manifest } from '#core/contracts/manifest.ts'

/** Share of the deadline that one micro-batch may take: a reading that waits behind it must still be answered in time. */
const shareOfDeadline = 0.25
/** Before anything is known of a model's speed. */
const firstBatch = 16

export const paceOf = ({ operation: { maxBatch, deadlineMs } }: Manifest): Pace =>
  new Pace(maxBatch, deadlineMs)

/** How many rows a batch may have, so that a slow model is not given more than its deadline bears. */
export class Pace {
  readonly #maxBatch: number
  readonly #deadlineMs: number
  #msPerRow: number | undefined

  constructor(maxBatch: number, deadlineMs: number) {
    this.#maxBatch = maxBatch
    this.#deadlineMs = deadlineMs
  }

  get batch(): number {
    if (this.#msPerRow === undefined) return Math.min(firstBatch, this.#maxBatch)
    return Math.max(
      1,
      Math.min(this.#maxBatch, Math.floor((shareOfDeadline * this.#deadlineMs) / this.#msPerRow)),
    )
  }

  /** Learns from a run: at once where it was slower than thought, slowly where it was faster. */
  ran(rows: number, runMs: number): void {
    const now = runMs / rows
    const before = this.#msPerRow ?? now
    this.#msPerRow = Math.max(now, before + 0.2 * (now - before))
  }
}
