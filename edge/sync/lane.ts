import type { Stream } from '#core/chain/streams.ts'
import type { Ack } from '#core/contracts/sync.ts'
import type { Builder, Built } from './builder.ts'
import type { BlockReader, Outbox } from './outbox.ts'
import type { Encoding, Pack } from './pack.ts'

export interface Packed extends Built {
  packed: Uint8Array
}

export interface LaneParts {
  outbox: Outbox
  builder: Builder
  pack: Pack
  encoding: () => Encoding
  /** Rows of one batch at most. */
  maxRows: () => number
  /** Bytes a second that may leave; null: no limit. */
  rate: () => number | null
}

/** Bytes of a batch before it is packed. A request should take about a second, whatever the line: alerts go beside it, not behind it. */
const sizes = { first: 256 * 1024, least: 16 * 1024, most: 1024 * 1024 } as const
const fastMs = 700
const slowMs = 3_000

/** One stream on its way: what comes next, and how much of it at once. The next batch is made while one is under way. */
export class Lane {
  readonly stream: Stream
  readonly #parts: LaneParts
  #reader: BlockReader | undefined
  #prepared: Promise<Packed | undefined> | undefined
  #size: number = sizes.first
  /** Bytes on the line for each one before it was packed, of the last batch. */
  #ratio = 0.5
  /** That waited when it was last looked. */
  rows = 0
  /** In a row, by an answer that took nothing. */
  failures = 0
  /** Not before, by the monotonic clock. */
  notBeforeMs = 0
  /** Why nothing goes on, in words. */
  blocked: string | null = null
  /** Central took something of it since this start. */
  hasTaken = false
  /** Since when something waits, or since the last batch; undefined: nothing waits. */
  sinceMs: number | undefined
  /** The last batch was cut at a limit: there is more, and it does not linger. */
  isDraining = false

  constructor(stream: Stream, parts: LaneParts) {
    this.stream = stream
    this.#parts = parts
  }

  /** The next batch; undefined: nothing waits. */
  async next(): Promise<Packed | undefined> {
    const prepared = this.#prepared
    this.#prepared = undefined
    const ready = prepared && (await prepared)
    if (ready) return ready
    const { outbox } = this.#parts
    this.#reader = outbox.reader(this.stream)
    const built = await this.#build(this.#reader)
    // Rows that are counted and not there: they were lost before they could be sent, and nothing will ever be sent in their place.
    if (!built) outbox.acknowledge(this.stream, this.#reader.upTo)
    return built
  }

  /** While that one is under way. */
  prepare(): void {
    const reader = this.#reader
    if (!reader || reader.isAtEnd) return
    this.#prepared = this.#build(reader)
    this.#prepared.catch(() => undefined) // whoever asks for it hears of it
  }

  /** Central took all of it. `ms`: how long that took. */
  took(batch: Packed, ack: Ack, ms: number): void {
    const isWhole = ack.ack === batch.last
    this.#parts.outbox.acknowledge(this.stream, { epoch: batch.epoch, seq: ack.ack })
    if (!isWhole) this.rewind()
    this.failures = 0
    this.blocked = null
    this.hasTaken = true
    this.sinceMs = undefined
    this.isDraining = batch.isFull
    if (ms < fastMs && batch.isFull) this.#size = Math.min(sizes.most, this.#size * 2)
    if (ms > slowMs) this.shrink()
  }

  shrink(): void {
    this.#size = Math.max(sizes.least, this.#size / 2)
  }

  /** What was read ahead does not follow what central has: it is read again from there. */
  rewind(): void {
    this.#reader = undefined
    this.#prepared = undefined
  }

  async #build(reader: BlockReader): Promise<Packed | undefined> {
    const { builder, pack, encoding, maxRows, rate } = this.#parts
    const limit = rate()
    const half = limit === null ? Number.POSITIVE_INFINITY : limit / 2 / this.#ratio
    const bytes = Math.max(sizes.least / 4, Math.min(this.#size, half))
    const built = await builder.build(reader, this.stream, { bytes, rows: maxRows() })
    if (!built) return undefined
    const packed = await pack(built.bytes, encoding())
    this.#ratio = Math.max(0.01, packed.length / built.bytes.length)
    return { ...built, packed }
  }
}
