import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Attachments } from './attachments.ts'
import type { BlockRow, Blocks } from './blocks.ts'
import type { Catalog } from './catalog.ts'
import type { JournalLog } from './journal.ts'
import type { StoredRecord } from './record.ts'
import { all } from './sqlite.ts'
import { isBlockDamage, type StoredBlocks } from './stored-blocks.ts'
import type { Stream } from './streams.ts'
import type { UnitTransaction } from './unit.ts'
import type { GroupWriter } from './writer.ts'

/** Body of the event `gap`: of the rows `first` to `last`, the `rows` of this model were dropped. */
export interface Gap {
  stream: 'inference'
  epoch: string
  model: string
  first: number
  last: number
  rows: number
  why: 'retention'
}

/** Body of the event `gap`: these rows were recorded, and are not there. Where they were not sent before, nobody has them. */
export interface Lost {
  stream: Stream
  epoch: string
  first: number
  last: number
  rows: number
  why: 'lost'
}

/** What one unit of work drops at most. */
const slice = { blocks: 64, rows: 2048, bytes: 4 * 1024 * 1024 } as const

/** Drops old payloads, a slice at a time, each with the record of its own loss. */
export class Retention {
  readonly #blocks: Blocks
  readonly #catalog: Catalog
  readonly #stored: StoredBlocks
  readonly #attachments: Attachments
  readonly #writer: GroupWriter
  readonly #log: JournalLog | undefined
  readonly #kept: StatementSync

  constructor(
    db: DatabaseSync,
    blocks: Blocks,
    catalog: Catalog,
    stored: StoredBlocks,
    attachments: Attachments,
    writer: GroupWriter,
    log: JournalLog | undefined,
  ) {
    this.#blocks = blocks
    this.#catalog = catalog
    this.#stored = stored
    this.#attachments = attachments
    this.#writer = writer
    this.#log = log
    this.#kept = db.prepare(
      'SELECT * FROM blocks WHERE model = ? AND payload IS NOT NULL AND id > ? ORDER BY id LIMIT ?',
    )
  }

  /** Age counts from when a block was journaled, so that a late delivery of old readings is kept as long as any other. */
  async retain(modelName: string, keepMs: number, nowMs: number): Promise<{ rows: number }> {
    const model = this.#catalog.findModel(modelName)
    let rows = 0
    if (model === undefined) return { rows }
    const scan = { afterId: -1, atMs: -Infinity, done: false }
    while (!scan.done)
      rows += await this.#writer.write((tx) =>
        this.#dropSlice(tx, { id: model, name: modelName }, nowMs - keepMs, nowMs, scan),
      )
    return { rows }
  }

  #dropSlice(
    tx: UnitTransaction,
    model: { id: number; name: string },
    cutMs: number,
    nowMs: number,
    scan: { afterId: number; atMs: number; done: boolean },
  ): number {
    const gaps = new Map<number, Gap>()
    let rows = 0
    let bytes = 0
    const page = all<BlockRow>(this.#kept, model.id, scan.afterId, slice.blocks)
    scan.done = page.length < slice.blocks
    for (const block of page) {
      if (rows >= slice.rows || bytes >= slice.bytes) {
        scan.done = false
        break
      }
      // A clock that was once ahead or behind: a block is as old as the newest believable one up to it.
      if (block.at_ms <= nowMs) scan.atMs = Math.max(scan.atMs, block.at_ms)
      if (scan.atMs >= cutMs) {
        scan.done = true
        break
      }
      scan.afterId = block.id
      if (block.at_ms > nowMs && scan.atMs === -Infinity) continue
      bytes += this.#attachments.sizeOf(block.id)
      tx.drop({ id: block.id, model: model.id }, this.#record(block))
      rows += block.last - block.first + 1
      this.#widen(gaps, block, model.name)
    }
    if (gaps.size > 0) {
      const events = [...gaps.values()].map((body) => ({ kind: 'gap', timeMs: nowMs, by: 'runtime', body }))
      tx.events('events', events)
    }
    return rows
  }

  #widen(gaps: Map<number, Gap>, block: BlockRow, model: string): void {
    const rows = block.last - block.first + 1
    const gap = gaps.get(block.epoch_n)
    if (gap) {
      gap.last = block.last
      gap.rows += rows
      return
    }
    const { epoch } = this.#blocks.epochs.find(({ n }) => n === block.epoch_n)!
    gaps.set(block.epoch_n, {
      stream: 'inference',
      epoch,
      model,
      first: block.first,
      last: block.last,
      rows,
      why: 'retention',
    })
  }

  #record(block: BlockRow): StoredRecord | undefined {
    try {
      return this.#stored.decode(block)
    } catch (err) {
      if (!isBlockDamage(err)) throw err
      this.#log?.warn(
        { err, block: block.id },
        'A damaged block was dropped; entries that pointed to it stay and find nothing.',
      )
      return undefined
    }
  }
}
