import type { Stream } from '#core/chain/streams.ts'
import { streamNames, streams } from '#core/chain/streams.ts'
import type { Watermarks } from '#core/contracts/sync.ts'
import type { ChainBlock, ChainEpoch, Place } from '../journal/chain-reader.ts'
import type { Journal } from '../journal/journal.ts'

/** In the journal's state: where central stands, by stream. It only speeds up a start: central says it again at each contact. */
export const acksKey = 'sync:acks'
type Acks = Partial<Record<Stream, Place>>

export interface Waiting {
  rows: number
  /** When the oldest of them was journaled, epoch ms; null: none waits. */
  oldestMs: number | null
}

/**
 * The journal is the outbox: what waits is what stands in it beyond central's watermark, over all its epochs. Nothing is copied and
 * nothing is written when something is to be sent.
 */
export class Outbox {
  readonly #journal: Journal
  /** Oldest first; they change only when the journal is opened. */
  readonly #epochs: readonly ChainEpoch[]
  readonly #acks: Acks
  #unsaved = false

  constructor(journal: Journal) {
    this.#journal = journal
    this.#epochs = journal.chain.epochs()
    const acks = journal.state<Acks>(acksKey) ?? {}
    this.#acks = Object.fromEntries(
      streamNames.flatMap((name) => {
        const place = acks[name]
        return place && this.#epochs.some(({ epoch }) => epoch === place.epoch) ? [[name, place]] : []
      }),
    )
  }

  get epochs(): readonly ChainEpoch[] {
    return this.#epochs
  }

  /** Up to where central has everything; the next row to send is the one behind. */
  place(stream: Stream): Place {
    return this.#acks[stream] ?? { epoch: this.#epochs[0]!.epoch, seq: 0 }
  }

  acknowledge(stream: Stream, place: Place): void {
    const before = this.#acks[stream]
    if (before?.epoch === place.epoch && before.seq === place.seq) return
    this.#acks[stream] = place
    this.#unsaved = true
  }

  /** Takes central's word for where it stands: of each stream the first epoch that it does not have to its end. */
  settle({ watermarks }: Watermarks): void {
    const heads = this.#journal.chain.heads().streams
    const ackOf = new Map(watermarks.map(({ stream, epoch, ack }) => [`${stream}/${epoch}`, ack]))
    for (const name of streamNames) {
      const ends = this.#epochs.map((_, i) => this.#endOf(name, i, heads[name].seq))
      const acks = this.#epochs.map(({ epoch }) => ackOf.get(`${name}/${epoch}`) ?? 0)
      // What an epoch is recorded to have had and is not there any more can never be sent.
      const open = this.#epochs.findIndex(
        ({ n }, i) => acks[i]! < ends[i]! && this.#journal.chain.next(name, { n, seq: acks[i]! })?.n === n,
      )
      const i = open < 0 ? this.#epochs.length - 1 : open
      this.acknowledge(name, { epoch: this.#epochs[i]!.epoch, seq: Math.min(acks[i]!, ends[i]!) })
    }
  }

  /** Rows beyond the watermark, in all epochs. Cheap: no block is looked at. */
  rows(stream: Stream): number {
    return this.#rows(stream, this.#journal.chain.heads().streams[stream].seq)
  }

  /** Of these streams together. */
  rowsOf(names: readonly Stream[]): number {
    const heads = this.#journal.chain.heads().streams
    return names.reduce((sum, name) => sum + this.#rows(name, heads[name].seq), 0)
  }

  waiting(): Record<Stream, Waiting> {
    const heads = this.#journal.chain.heads().streams
    return Object.fromEntries(
      streamNames.map((name) => {
        const rows = this.#rows(name, heads[name].seq)
        const { epoch, seq } = this.place(name)
        const n = this.#epochs.find((one) => one.epoch === epoch)?.n ?? -1
        const oldestMs = rows > 0 ? (this.#journal.chain.next(name, { n, seq })?.atMs ?? null) : null
        return [name, { rows, oldestMs }]
      }),
    ) as Record<Stream, Waiting>
  }

  /** Blocks beyond the watermark up to where the stream stands now. */
  reader(stream: Stream): BlockReader {
    const { epoch, streams: heads } = this.#journal.chain.heads()
    const upTo = { epoch, seq: heads[stream].seq }
    const after = this.place(stream)
    return new BlockReader(this.#journal.chain.blocks(stream, { after, upTo, payloads: true }), upTo)
  }

  shape(digest: string): string | undefined {
    return this.#journal.chain.shape(digest)
  }

  /** Writes the watermarks down, where they have changed. No event: it is no more than a memory of what central knows. */
  async save(): Promise<void> {
    if (!this.#unsaved) return
    this.#unsaved = false
    const acks = { ...this.#acks }
    try {
      await this.#journal.write((tx) => tx.putState(acksKey, acks))
    } catch (error) {
      this.#unsaved = true
      throw error
    }
  }

  #rows(stream: Stream, head: number): number {
    const { epoch, seq } = this.place(stream)
    const at = this.#epochs.findIndex((one) => one.epoch === epoch)
    let rows = -seq
    for (let i = at; i < this.#epochs.length; i++) rows += this.#endOf(stream, i, head)
    return Math.max(0, rows)
  }

  #endOf(stream: Stream, i: number, head: number): number {
    const next = this.#epochs[i + 1]
    return next ? (next.tips[streams[stream]]?.seq ?? 0) : head
  }
}

/** Blocks one after the other, of which the next can be looked at before it is taken. */
export class BlockReader {
  /** Where the stream stood when this was made: beyond it another reader goes on. */
  readonly upTo: Place
  readonly #blocks: AsyncGenerator<ChainBlock, void, void>
  #peeked: ChainBlock | undefined
  #ended = false

  constructor(blocks: AsyncGenerator<ChainBlock, void, void>, upTo: Place) {
    this.#blocks = blocks
    this.upTo = upTo
  }

  /** Undefined at the end. */
  async peek(): Promise<ChainBlock | undefined> {
    if (this.#peeked || this.#ended) return this.#peeked
    const { value } = await this.#blocks.next()
    this.#peeked = value ?? undefined
    this.#ended = this.#peeked === undefined
    return this.#peeked
  }

  async take(): Promise<ChainBlock | undefined> {
    const block = await this.peek()
    this.#peeked = undefined
    return block
  }

  get isAtEnd(): boolean {
    return this.#ended
  }
}
