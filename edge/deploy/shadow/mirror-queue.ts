import { bytesOfReading } from '../../ingest/media.ts'
import type { Decided } from '../../pipeline.ts'

/** A batch of the champion's that waits for the challenger. */
export interface Mirrored {
  decided: Decided
  /** When it was mirrored, epoch ms. */
  atMs: number
}

/** One reading of it. */
export interface MirroredRow extends Mirrored {
  row: number
}

interface Waiting extends Mirrored {
  /** Rows before this one have been taken. */
  next: number
  bytes: number
}

export interface QueueLimits {
  rows: number
  /** Of texts, images and series. */
  bytes: number
}

/** Batches in the order of their decisions. Bounded: where it overflows, the oldest whole batches leave it. */
export class MirrorQueue {
  readonly #limits: QueueLimits
  #waiting: Waiting[] = []
  #rows = 0
  #bytes = 0

  constructor(limits: QueueLimits) {
    this.#limits = limits
  }

  get rows(): number {
    return this.#rows
  }

  /** When the oldest was mirrored; undefined: nothing waits. */
  get oldestMs(): number | undefined {
    return this.#waiting[0]?.atMs
  }

  /** Adds a batch and gives back what had to leave for it, oldest first: what of them had not been taken. */
  push(mirrored: Mirrored): MirroredRow[][] {
    const { sent } = mirrored.decided
    const bytes = sent.reduce<number>((sum, reading) => sum + bytesOfReading(reading), 0)
    this.#waiting.push({ ...mirrored, next: 0, bytes })
    this.#rows += sent.length
    this.#bytes += bytes
    const left: MirroredRow[][] = []
    while (this.#rows > this.#limits.rows || this.#bytes > this.#limits.bytes) left.push(this.#leave())
    return left
  }

  /**
   * The oldest rows, at most `most` with about `mostBytes` (and one at least); of several batches where these are small.
   * The bytes of a row are taken to be its batch's on average.
   */
  take(most: number, mostBytes = Number.POSITIVE_INFINITY): MirroredRow[] {
    const rows: MirroredRow[] = []
    let bytes = 0
    for (let head = this.#waiting[0]; head; head = this.#waiting[0]) {
      const { decided, atMs } = head
      const each = head.bytes / decided.sent.length
      for (; head.next < decided.sent.length; head.next++) {
        const isFull = rows.length >= most || (rows.length > 0 && bytes + each > mostBytes)
        if (isFull) return rows
        rows.push({ decided, atMs, row: head.next })
        bytes += each
        this.#rows -= 1
      }
      this.#bytes -= head.bytes
      this.#waiting.shift()
    }
    return rows
  }

  clear(): MirroredRow[][] {
    const left: MirroredRow[][] = []
    while (this.#waiting.length > 0) left.push(this.#leave())
    return left
  }

  #leave(): MirroredRow[] {
    const { decided, atMs, next, bytes } = this.#waiting.shift()!
    const rows = decided.sent.slice(next).map((_, k) => ({ decided, atMs, row: next + k }))
    this.#rows -= rows.length
    this.#bytes -= bytes
    return rows
  }
}
