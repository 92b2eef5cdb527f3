import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { type BlockHeader, genesis, type Tip } from '#core/chain/chain.ts'
import { type BlockRow, type Epoch, type Head, readEpochs } from './blocks.ts'
import type { Catalog } from './catalog.ts'
import { createBreather } from './slices.ts'
import { all, one, sha256 } from './sqlite.ts'
import { type Stream, streamNames, streams } from './streams.ts'

/** A block as it is stored, with what its digest covers. */
export interface ChainBlock extends BlockHeader {
  digest: Uint8Array
  /** Undefined: not asked for. Null: retention dropped it. */
  payload: Uint8Array | null | undefined
}

export interface ChainEpoch extends Epoch {
  startedMs: number
  why: string
}

export interface Place {
  epoch: string
  seq: number
}

/** What stands at a row: the block with it; or the last row of an epoch that ends before. */
export type At = { last: number; digest: Uint8Array } | { endsAt: number }

/** Pages of blocks: few where each may bring MB. */
const atOnce = { payloads: 16, headers: 512 } as const

/** The chain as it is stored: for checkpoints, exports, and what holds them against it. Verifies nothing. */
export class ChainReader {
  readonly #db: DatabaseSync
  readonly #catalog: Catalog
  readonly #heads: StatementSync
  readonly #started: StatementSync
  readonly #covering: StatementSync
  readonly #next: StatementSync
  readonly #pages: Record<'payloads' | 'headers', StatementSync>

  constructor(db: DatabaseSync, catalog: Catalog) {
    this.#db = db
    this.#catalog = catalog
    this.#heads = db.prepare('SELECT seq, digest, blocks, rows FROM heads ORDER BY stream')
    this.#started = db.prepare('SELECT started_ms, why FROM epochs ORDER BY n')
    this.#covering = db.prepare(
      'SELECT last, digest FROM blocks WHERE stream = ? AND epoch_n = ? AND first <= ? ORDER BY first DESC LIMIT 1',
    )
    this.#next = db.prepare(
      'SELECT epoch_n AS n, at_ms AS atMs FROM blocks WHERE stream = ? AND (epoch_n, first) > (?, ?) ORDER BY epoch_n, first LIMIT 1',
    )
    const page = (columns: string, limit: number) =>
      db.prepare(
        `SELECT ${columns} FROM blocks WHERE stream = ? AND (epoch_n, first) > (?, ?) AND (epoch_n, first) <= (?, ?)
         ORDER BY epoch_n, first LIMIT ${limit}`,
      )
    const header = 'stream, epoch_n, first, last, at_ms, kind, shape, sha256, prev, digest'
    this.#pages = {
      headers: page(header, atOnce.headers),
      payloads: page(`${header}, payload`, atOnce.payloads),
    }
  }

  /** Of the newest epoch, as of the last commit. */
  heads(): { epoch: string; streams: Record<Stream, Head> } {
    const heads = all<Head>(this.#heads)
    return {
      epoch: readEpochs(this.#db).at(-1)!.epoch,
      streams: Object.fromEntries(streamNames.map((name) => [name, heads[streams[name]]!])) as Record<
        Stream,
        Head
      >,
    }
  }

  epochs(): ChainEpoch[] {
    const rows = all<{ started_ms: number; why: string }>(this.#started)
    return readEpochs(this.#db).map((epoch, i) => ({
      ...epoch,
      startedMs: rows[i]!.started_ms,
      why: rows[i]!.why,
    }))
  }

  /** Of a known epoch. Row 0 is its beginning, before the first. */
  at(stream: Stream, epoch: ChainEpoch, seq: number, epochs: readonly ChainEpoch[]): At {
    const block =
      seq === 0
        ? { last: 0, digest: beginningOf(stream, epoch, epochs) }
        : one<{ last: number; digest: Uint8Array }>(this.#covering, streams[stream], epoch.n, seq)
    if (!block) return { endsAt: 0 }
    return block.last < seq ? { endsAt: block.last } : block
  }

  /**
   * Blocks of a stream beyond a place and up to another, in order; an epoch that is not known counts as before all others.
   * Yields to the event loop between slices, and holds at most 16 payloads.
   */
  async *blocks(
    stream: Stream,
    { after, upTo, payloads }: { after: Place | undefined; upTo: Place; payloads: boolean },
  ): AsyncGenerator<ChainBlock, void, void> {
    const epochs = readEpochs(this.#db)
    const numberOf = (epoch: string | undefined) => epochs.find((e) => e.epoch === epoch)?.n ?? -1
    const breathe = createBreather()
    const [name, limit] = payloads
      ? (['payloads', atOnce.payloads] as const)
      : (['headers', atOnce.headers] as const)
    const shapes = new Map<number, string>()
    const shapeOf = (id: number) => {
      const known = shapes.get(id) ?? this.#catalog.shapeRow(id)?.sha256 ?? ''
      shapes.set(id, known)
      return known
    }
    let from = { n: numberOf(after?.epoch), seq: after?.seq ?? 0 }
    for (;;) {
      const page = all<BlockRow>(
        this.#pages[name],
        streams[stream],
        from.n,
        from.seq,
        numberOf(upTo.epoch),
        upTo.seq,
      )
      for (const row of page) {
        yield this.#block(row, shapeOf, epochs.find(({ n }) => n === row.epoch_n)?.epoch ?? '')
        await breathe()
      }
      const last = page.at(-1)
      if (!last || page.length < limit) return
      from = { n: last.epoch_n, seq: last.first }
    }
  }

  /** The first block of a stream beyond a place: the number of its epoch, and when it was journaled, epoch ms. */
  next(stream: Stream, after: { n: number; seq: number }): { n: number; atMs: number } | undefined {
    return one(this.#next, streams[stream], after.n, after.seq)
  }

  /** The description of columns with this hash, as it is stored. */
  shape(digest: string): string | undefined {
    return this.#catalog.shapeJson(digest)
  }

  #block(row: BlockRow, shapeOf: (id: number) => string, epoch: string): ChainBlock {
    return {
      stream: row.stream,
      epoch,
      first: row.first,
      last: row.last,
      atMs: row.at_ms,
      kind: row.kind,
      shape: row.shape === null ? '' : shapeOf(row.shape),
      payloadSha256: row.sha256,
      prev: row.prev,
      digest: row.digest,
      payload: row.payload,
    }
  }
}

function beginningOf(
  stream: Stream,
  { n, epoch, tips }: ChainEpoch,
  epochs: readonly ChainEpoch[],
): Uint8Array {
  const before = epochs.findLast((e) => e.n < n)
  const tip = tips[streams[stream]]
  const ended: Tip | null = before && tip ? { epoch: before.epoch, ...tip } : null
  return genesis(streams[stream], epoch, ended, sha256)
}
