import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { type BlockHeader, blockDigest, genesis, type Tip } from '#core/chain/chain.ts'
import type { Placed } from './journal.ts'
import { all, sha256 } from './sqlite.ts'
import { type Stream, streamNames, streams } from './streams.ts'

/** Where a stream stands. Replaced as a whole, never changed: keeping the array is keeping the state. */
export interface Head {
  seq: number
  digest: Uint8Array
  /** Over all epochs. */
  blocks: number
  rows: number
}

export interface Epoch {
  n: number
  epoch: string
  /** Where the streams of the epoch before ended, by stream; empty for the first. */
  tips: { seq: number; digest: Uint8Array }[]
}

/** What `blocks` holds of one block. */
export interface BlockRow {
  id: number
  stream: number
  epoch_n: number
  first: number
  last: number
  at_ms: number
  kind: string
  model: number | null
  shape: number | null
  sha256: Uint8Array
  prev: Uint8Array
  digest: Uint8Array
  payload: Uint8Array | null
}

export interface NewBlock {
  stream: Stream
  rows: number
  kind: string
  model?: number
  shape?: { id: number; sha256: string }
  payload: Uint8Array
}

/** Appends blocks to the streams: numbers their rows and chains their digests. */
export class Blocks {
  heads: readonly Head[]
  /** Bytes of payloads and attachments appended so far, to bound a group. */
  appendedBytes = 0
  readonly epochs: readonly Epoch[]
  readonly #insert: StatementSync
  readonly #saveHead: StatementSync

  constructor(db: DatabaseSync) {
    this.epochs = readEpochs(db)
    this.heads = all<Head>(db.prepare('SELECT seq, digest, blocks, rows FROM heads ORDER BY stream'))
    this.#insert = db.prepare(
      `INSERT INTO blocks (stream, epoch_n, first, last, at_ms, kind, model, shape, sha256, prev, digest, payload)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    this.#saveHead = db.prepare('UPDATE heads SET seq = ?, digest = ?, blocks = ?, rows = ? WHERE stream = ?')
  }

  get epoch(): Epoch {
    return this.epochs.at(-1)!
  }

  get rows(): number {
    return this.heads.reduce((sum, head) => sum + head.rows, 0)
  }

  append(block: NewBlock, atMs: number): Placed & { id: number } {
    const stream = streams[block.stream]
    const head = this.heads[stream]!
    const { n, epoch } = this.epoch
    const payloadSha256 = sha256(block.payload)
    const header: BlockHeader = {
      stream,
      epoch,
      first: head.seq + 1,
      last: head.seq + block.rows,
      atMs,
      kind: block.kind,
      shape: block.shape?.sha256 ?? '',
      payloadSha256,
      prev: head.digest,
    }
    const digest = blockDigest(header, sha256)
    const { lastInsertRowid } = this.#insert.run(
      stream,
      n,
      header.first,
      header.last,
      atMs,
      block.kind,
      block.model ?? null,
      block.shape?.id ?? null,
      payloadSha256,
      head.digest,
      digest,
      block.payload,
    )
    const next = { seq: header.last, digest, blocks: head.blocks + 1, rows: head.rows + block.rows }
    this.heads = this.heads.with(stream, next)
    this.appendedBytes += block.payload.length
    return { epoch, first: header.first, last: header.last, id: Number(lastInsertRowid) }
  }

  /** Writes the heads that differ from `before` into the transaction. */
  saveHeads(before: readonly Head[]): void {
    for (const [stream, head] of this.heads.entries())
      if (head !== before[stream]) this.#saveHead.run(head.seq, head.digest, head.blocks, head.rows, stream)
  }
}

/** Begins an epoch: every stream counts from 1 again, its chain bound to where it ended before. */
export function beginEpoch(db: DatabaseSync, epoch: string, nowMs: number, why: string): void {
  const before = readEpochs(db).at(-1)
  const old = all<Head>(db.prepare('SELECT seq, digest, blocks, rows FROM heads ORDER BY stream'))
  const tips = old.map((head) => [head.seq, Buffer.from(head.digest).toString('hex')])
  db.prepare('INSERT INTO epochs (epoch, started_ms, why, tips) VALUES (?, ?, ?, ?)').run(
    epoch,
    nowMs,
    why,
    JSON.stringify(tips),
  )
  const put = db.prepare(
    'INSERT OR REPLACE INTO heads (stream, seq, digest, blocks, rows) VALUES (?, 0, ?, ?, ?)',
  )
  for (const name of streamNames) {
    const stream = streams[name]
    const head = old[stream]
    const tip: Tip | null =
      before && head ? { epoch: before.epoch, seq: head.seq, digest: head.digest } : null
    put.run(stream, genesis(stream, epoch, tip, sha256), head?.blocks ?? 0, head?.rows ?? 0)
  }
}

export function readEpochs(db: DatabaseSync): Epoch[] {
  const rows = all<{ n: number; epoch: string; tips: string }>(
    db.prepare('SELECT n, epoch, tips FROM epochs ORDER BY n'),
  )
  return rows.map(({ n, epoch, tips }) => ({
    n,
    epoch,
    tips: (JSON.parse(tips) as [number, string][]).map(([seq, hex]) => ({
      seq,
      digest: new Uint8Array(Buffer.from(hex, 'hex')),
    })),
  }))
}
