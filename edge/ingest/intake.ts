import { EdgewrightError } from '#core/contracts/errors.ts'

/** The answer to one reading: its row in a decided batch. */
export interface Answered<Decided> {
  decided: Decided
  row: number
}

interface Submission<Decided> {
  raw: readonly unknown[]
  /** Bytes of each row; undefined where all are small. */
  bytes: readonly number[] | undefined
  /** Rows already taken into a batch, and rows of those that are not answered yet. */
  taken: number
  underWay: number
  answers: Answered<Decided>[]
  failure?: unknown
  settle: () => void
}

export interface IntakeLimits {
  /** Rows in the next micro-batch, at most. */
  maxBatch: () => number
  /** Rows that may wait; more are refused with `queue-full`. */
  maxWaiting: number
  /** What one reading holds, where readings bring images or series; absent: nothing worth counting. */
  bytesOf?: (raw: unknown) => number
  /** Bytes in the next micro-batch, at most, or a single reading; and bytes that may wait. */
  maxBatchBytes: number
  maxWaitingBytes: number
  /** Full batches on their way at once: one in the lane while the next is validated and the last is journaled. */
  maxInFlight: number
}

/**
 * Forms micro-batches out of whatever is waiting. Nothing is held back to fill a batch: an idle model answers at
 * once, a busy one finds its next batch filled meanwhile.
 */
export class Intake<Decided> {
  readonly #limits: () => IntakeLimits
  readonly #carry: (raw: unknown[]) => Promise<Answered<Decided>[]>
  readonly #queue: Submission<Decided>[] = []
  /** Streams that wait for room, in the order of their coming. */
  #thirsty: (() => void)[] = []
  #waiting = 0
  #waitingBytes = 0
  #inFlight = 0
  #scheduled = false

  /** `limits` may change from batch to batch; `carry` answers each of its readings. */
  constructor(limits: () => IntakeLimits, carry: (raw: unknown[]) => Promise<Answered<Decided>[]>) {
    this.#limits = limits
    this.#carry = carry
  }

  get waiting(): number {
    return this.#waiting
  }

  /** As `offer`, but waits for room: for streams, which can wait. A single request is told to. */
  async offerPatiently(raw: readonly unknown[]): Promise<Answered<Decided>[]> {
    // Whoever waits already goes first: a small group must not overtake the one before it.
    const bytes = total(this.#bytesOf(raw))
    while (this.#thirsty.length > 0 || !this.#hasRoom(raw.length, bytes))
      await new Promise<void>((resolve) => this.#thirsty.push(resolve))
    return this.offer(raw)
  }

  /**
   * Resolves with one answer per reading, in their order. Throws `queue-full` where too many wait already. Where a batch
   * fails, rejects once nothing of this submission is under way any more: what was not decided by then never will be.
   */
  offer(raw: readonly unknown[]): Promise<Answered<Decided>[]> {
    if (raw.length === 0) return Promise.resolve([])
    const bytes = this.#bytesOf(raw)
    if (!this.#hasRoom(raw.length, total(bytes)))
      throw new EdgewrightError(
        'queue-full',
        `${this.#waiting} readings wait already; ${raw.length} more do not fit`,
      )
    return new Promise((resolve, reject) => {
      const submission: Submission<Decided> = {
        raw,
        bytes,
        taken: 0,
        underWay: 0,
        answers: new Array(raw.length),
        settle,
      }
      function settle() {
        if (submission.failure !== undefined) reject(submission.failure)
        else resolve(submission.answers)
      }
      this.#queue.push(submission)
      this.#waiting += raw.length
      this.#waitingBytes += total(bytes)
      this.#schedule()
    })
  }

  #bytesOf(raw: readonly unknown[]): number[] | undefined {
    const { bytesOf } = this.#limits()
    return bytesOf && raw.map(bytesOf)
  }

  #hasRoom(rows: number, bytes: number): boolean {
    const { maxWaiting, maxWaitingBytes } = this.#limits()
    if (this.#waiting === 0) return true
    return this.#waiting + rows <= maxWaiting && this.#waitingBytes + bytes <= maxWaitingBytes
  }

  /** All requests of one turn of the event loop share a batch. */
  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      while (this.#mayStart()) void this.#send()
    })
  }

  /**
   * Beside a batch under way only a full one may start: each batch is a commit of its own, and what waits for the next
   * meanwhile fills it.
   */
  #mayStart(): boolean {
    if (this.#waiting === 0) return false
    const { maxBatch, maxBatchBytes } = this.#limits()
    const full = this.#waiting >= maxBatch() || this.#waitingBytes >= maxBatchBytes
    return this.#inFlight === 0 || (full && this.#inFlight < this.#limits().maxInFlight)
  }

  async #send(): Promise<void> {
    const { rows, parts } = this.#nextBatch()
    this.#inFlight += 1
    try {
      const answers = await this.#carry(rows)
      let row = 0
      for (const { submission, from, count } of parts)
        for (let i = 0; i < count; i++) submission.answers[from + i] = answers[row++]!
    } catch (error) {
      for (const { submission } of parts) this.#giveUp(submission, error)
    } finally {
      this.#inFlight -= 1
      for (const { submission, count } of parts) {
        submission.underWay -= count
        if (submission.underWay === 0 && submission.taken === submission.raw.length) submission.settle()
      }
      if (this.#waiting > 0) this.#schedule()
    }
  }

  #nextBatch() {
    const maxBatch = this.#limits().maxBatch()
    let room = this.#limits().maxBatchBytes
    let batchBytes = 0
    const parts: { submission: Submission<Decided>; from: number; count: number }[] = []
    const rows: unknown[] = []
    while (rows.length < maxBatch && room > 0 && this.#queue.length > 0) {
      const submission = this.#queue[0]!
      const { raw, bytes, taken: from } = submission
      const most = Math.min(raw.length, from + maxBatch - rows.length)
      let to = from
      // A reading that is larger than what is left of the room goes in the next batch, or alone.
      while (to < most && (!bytes || rows.length === 0 || bytes[to]! <= room)) {
        rows.push(raw[to])
        const size = bytes?.[to] ?? 0
        room -= size
        batchBytes += size
        to += 1
      }
      const count = to - from
      if (count === 0) break
      submission.taken += count
      submission.underWay += count
      parts.push({ submission, from, count })
      if (submission.taken === submission.raw.length) this.#queue.shift()
    }
    this.#drained(rows.length, batchBytes)
    return { rows, parts }
  }

  /** What of it still waits is dropped: its sender will be told, and will send all of it again. */
  #giveUp(submission: Submission<Decided>, error: unknown): void {
    submission.failure ??= error
    const place = this.#queue.indexOf(submission)
    if (place < 0) return
    this.#queue.splice(place, 1)
    this.#drained(submission.raw.length - submission.taken, total(submission.bytes?.slice(submission.taken)))
    submission.taken = submission.raw.length
  }

  #drained(rows: number, bytes: number): void {
    this.#waiting -= rows
    this.#waitingBytes -= bytes
    for (const wake of this.#thirsty.splice(0)) wake()
  }
}

const total = (bytes: readonly number[] | undefined): number => bytes?.reduce((a, b) => a + b, 0) ?? 0
