import { toHex } from '#core/chain/hex.ts'
import { type Stream, streamNames } from '#core/chain/streams.ts'
import { openJournalReadOnly } from '#edge/journal/read-only.ts'

export interface LedgerEvent {
  kind: string
  timeMs: number
  by: string
  body: unknown
}

/** A block that a machine wrote, in whichever of its lives. */
export interface LedgerBlock {
  epoch: string
  stream: Stream
  first: number
  last: number
  digest: string
  /** Of streams of events: what was written. */
  rows?: LedgerEvent[]
}

export const placeOf = ({ epoch, stream, last }: Pick<LedgerBlock, 'epoch' | 'stream' | 'last'>) =>
  `${epoch}/${stream}/${last}`

/** Everything that one machine ever wrote, also what a restored copy of its data folder no longer has. */
export class Ledger {
  readonly blocks = new Map<string, LedgerBlock>()
  /** What its journal holds now. */
  now = new Set<string>()
  /** Lives of its journal, in their order, those that are gone among them. */
  readonly epochs: string[] = []
  /** By the number of what a client was told is kept: how often it stands in the record. */
  readonly numbers = new Map<number, number>()

  /** Reads the journal of a data folder; whoever runs on it may go on. */
  async harvest(dataDir: string): Promise<void> {
    const journal = openJournalReadOnly(dataDir)
    try {
      this.now = new Set()
      const { epoch, streams } = journal.chain.heads()
      for (const one of journal.chain.epochs())
        if (!this.epochs.includes(one.epoch)) this.epochs.push(one.epoch)
      for (const stream of streamNames) {
        const upTo = { epoch, seq: streams[stream].seq }
        const payloads = stream !== 'inference' && stream !== 'raw'
        for await (const block of journal.chain.blocks(stream, { after: undefined, upTo, payloads })) {
          const { payload } = block
          const rows = payload ? (JSON.parse(Buffer.from(payload).toString()) as LedgerEvent[]) : undefined
          this.#add({
            ...{
              epoch: block.epoch,
              stream,
              first: block.first,
              last: block.last,
              digest: toHex(block.digest),
            },
            ...(rows && { rows }),
          })
        }
      }
    } finally {
      journal.close()
    }
  }

  #add(block: LedgerBlock): void {
    const place = placeOf(block)
    this.now.add(place)
    if (this.blocks.has(place)) return
    this.blocks.set(place, block)
    for (const { kind, body } of block.rows ?? []) {
      const n = kind === 'sync.limits' ? numberOf(body) : undefined
      if (n !== undefined) this.numbers.set(n, (this.numbers.get(n) ?? 0) + 1)
    }
  }
}

/** Every event of this kind carries a number of its own, beyond any line: nothing is slowed down by it. */
export const base = 1e9
const numberOf = (body: unknown): number | undefined => {
  const { bytesPerS } = body as { bytesPerS: number | null }
  return bytesPerS !== null && bytesPerS >= base ? bytesPerS - base : undefined
}
