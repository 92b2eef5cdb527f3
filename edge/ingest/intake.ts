import { EdgewrightError } from '#core/contracts/errors.ts'

/** The answer to one reading: its row in a decided batch. */
export interface Answered<Decided> {
  decided: Decided
  row: number
}

interface Submission<Decided> {
  raw: readonly unknown[]
  /** Rows already taken into a batch, and rows not answered yet. */
  taken: number
  left: number
  answers: Answered<Decided>[]
  resolve: (answers: Answered<Decided>[]) => void
  reject: (error: unknown) => void
}

export interface IntakeLimits {
  /** Rows in the next micro-batch, at most. */
  maxBatch: () => number
  /** Rows that may wait; more are refused with `queue-full`. */
  maxWaiting: number
  /** Batches on their way at once: one in the lane while the next is validated and the last is journaled. */
  maxInFlight: number
}

/**
 * Forms micro-batches out of whatever is waiting. Nothing is held back to fill a batch: an idle model answers at
 * once, a busy one finds its next batch filled meanwhile.
 */
export class Intake<Decided> {
  readonly #limits: IntakeLimits
  readonly #carry: (raw: unknown[]) => Promise<Decided>
  readonly #queue: Submission<Decided>[] = []
  #waiting = 0
  #inFlight = 0
  #scheduled = false

  constructor(limits: IntakeLimits, carry: (raw: unknown[]) => Promise<Decided>) {
    this.#limits = limits
    this.#carry = carry
  }

  get waiting(): number {
    return this.#waiting
  }

  /** Resolves with one answer per reading, in their order. Throws `queue-full` where too many wait already. */
  offer(raw: readonly unknown[]): Promise<Answered<Decided>[]> {
    if (raw.length === 0) return Promise.resolve([])
    if (this.#waiting > 0 && this.#waiting + raw.length > this.#limits.maxWaiting)
      throw new EdgewrightError(
        'queue-full',
        `${this.#waiting} readings wait already; ${raw.length} more do not fit`,
      )
    return new Promise((resolve, reject) => {
      this.#queue.push({ raw, taken: 0, left: raw.length, answers: new Array(raw.length), resolve, reject })
      this.#waiting += raw.length
      this.#schedule()
    })
  }

  /** All requests of one turn of the event loop share a batch. */
  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      while (this.#waiting > 0 && this.#inFlight < this.#limits.maxInFlight) void this.#send()
    })
  }

  async #send(): Promise<void> {
    const parts: { submission: Submission<Decided>; from: number; count: number }[] = []
    const rows: unknown[] = []
    const maxBatch = this.#limits.maxBatch()
    while (rows.length < maxBatch && this.#queue.length > 0) {
      const submission = this.#queue[0]!
      const from = submission.taken
      const count = Math.min(maxBatch - rows.length, submission.raw.length - from)
      for (let i = from; i < from + count; i++) rows.push(submission.raw[i])
      submission.taken += count
      parts.push({ submission, from, count })
      if (submission.taken === submission.raw.length) this.#queue.shift()
    }
    this.#waiting -= rows.length
    this.#inFlight += 1
    try {
      const decided = await this.#carry(rows)
      let row = 0
      for (const { submission, from, count } of parts) {
        for (let i = 0; i < count; i++) submission.answers[from + i] = { decided, row: row++ }
        submission.left -= count
        if (submission.left === 0) submission.resolve(submission.answers)
      }
    } catch (error) {
      for (const { submission } of parts) submission.reject(error)
    } finally {
      this.#inFlight -= 1
      if (this.#waiting > 0) this.#schedule()
    }
  }
}
