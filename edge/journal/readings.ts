import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { z } from 'zod'
import type { RecordedReading } from '#core/contracts/decision.ts'
import type { Blocks } from './blocks.ts'
import type { Catalog } from './catalog.ts'
import { fromCursor, toCursor } from './cursor.ts'
import type { ReadingQuery, SeriesQuery } from './journal.ts'
import { keyOf } from './keys.ts'
import { rebuild } from './rebuild.ts'
import { rejected, type StoredRecord } from './record.ts'
import { one } from './sqlite.ts'
import { isBlockDamage, type Opened, type StoredBlocks } from './stored-blocks.ts'
import { parseAddress, streams } from './streams.ts'
import { Walk } from './walk.ts'

/** [end of the block, block, row] of the last reading that was given. */
const position = z.tuple([z.number(), z.int(), z.int()])
type Position = z.infer<typeof position>

interface Named {
  id: number
  digest: Uint8Array
}
interface Addressed extends Named {
  first: number
  last: number
  model: number | null
}

/** Finds readings by id, and by asset and time. */
export class Readings {
  readonly #blocks: Blocks
  readonly #catalog: Catalog
  readonly #stored: StoredBlocks
  readonly #walk: Walk
  readonly #byId: StatementSync
  readonly #byAddress: StatementSync

  constructor(db: DatabaseSync, blocks: Blocks, catalog: Catalog, stored: StoredBlocks) {
    this.#blocks = blocks
    this.#catalog = catalog
    this.#stored = stored
    this.#walk = new Walk(db, catalog, stored)
    this.#byId = db.prepare(
      `SELECT b.id, b.digest FROM reading_ids i JOIN blocks b ON b.id = i.block
       WHERE i.id = ? AND i.model = ? AND b.payload IS NOT NULL`,
    )
    this.#byAddress = db.prepare(
      `SELECT id, digest, first, last, iif(payload IS NULL, NULL, model) AS model FROM blocks
       WHERE stream = ${streams.inference} AND epoch_n = ? AND first <= ? ORDER BY first DESC LIMIT 1`,
    )
  }

  reading(id: string, modelName: string): RecordedReading | undefined {
    const model = this.#catalog.findModel(modelName)
    if (model === undefined) return undefined
    // The sender's own first: an id that looks like an address is still the sender's.
    const own = one<Named>(this.#byId, keyOf(id), model)
    const opened = own && this.#stored.reopen(own)
    const row = opened?.record.rowOf(id)
    if (opened && row !== undefined) return rebuilt(opened, row)
    const address = parseAddress(id)
    if (!address) return undefined
    for (const { n } of this.#blocks.epochs.filter((e) => e.epoch.startsWith(address.epochPrefix))) {
      const block: Addressed | undefined = one(this.#byAddress, n, address.seq)
      if (!block || block.last < address.seq || block.model !== model) continue
      const found = this.#stored.reopen(block)
      const at = address.seq - block.first
      if (found && found.record.whole().readingIds[at] === null) return rebuilt(found, at)
    }
    return undefined
  }

  async readings(query: ReadingQuery): Promise<{ readings: RecordedReading[]; next: string | null }> {
    const start: Position | undefined =
      query.cursor === undefined ? undefined : fromCursor(query.cursor, position)
    const lists = this.#walk.lists(query.model, query.asset)
    const readings: RecordedReading[] = []
    if (!lists || query.limit < 1) return { readings, next: null }
    const fromMs = query.fromMs ?? -Infinity
    const toMs = query.toMs ?? Infinity
    // The block where the page before ended comes once more: it may hold more rows than that page took.
    const from = start ? ([start[0], start[1] + 1] as const) : ([toMs + lists.spanMs, Infinity] as const)
    let last: Position | undefined
    const next = (): string | null => (last ? toCursor(last) : null)
    try {
      for await (const found of this.#walk.blocks('newest', lists, from, fromMs, toMs))
        for (const row of matching(found.record, query.asset, fromMs, toMs).reverse()) {
          if (start && found.id === start[1] && row >= start[2]) continue
          if (readings.length === query.limit) return { readings, next: next() }
          readings.push(rebuilt(found, row))
          last = [found.endMs, found.id, row]
        }
    } catch (error) {
      // What came before a damaged block is given; the page after it begins at the block and says so.
      if (!last || !isBlockDamage(error)) throw error
      return { readings, next: next() }
    }
    return { readings, next: null }
  }

  async series(query: SeriesQuery): Promise<{ timesMs: number[]; values: number[] }> {
    const { asset, fromMs, toMs } = query
    const points: [number, number][] = []
    const lists = this.#walk.lists(query.model, asset)
    if (!lists) return { timesMs: [], values: [] }
    for await (const { record } of this.#walk.blocks(
      'oldest',
      lists,
      [fromMs, -1],
      toMs + lists.spanMs,
      toMs,
    )) {
      const column = record.series(query.series)
      if (!column) continue
      for (const row of matching(record, asset, fromMs, toMs)) {
        const believed = record.verdicts[row] !== rejected && !Number.isNaN(column[row])
        if (believed) points.push([record.indexTimes[row]!, column[row]!])
      }
    }
    points.sort(([a], [b]) => a - b)
    return { timesMs: points.map(([t]) => t), values: points.map(([, v]) => v) }
  }
}

function rebuilt({ record, placed }: Opened, row: number): RecordedReading {
  return rebuild(record.whole(), row, placed, record.atMs)
}

/** Rows of one asset (undefined: all) between two moments, oldest first. */
function matching(record: StoredRecord, asset: string | undefined, fromMs: number, toMs: number): number[] {
  const { assets, indexTimes } = record
  const rows: number[] = []
  for (let row = 0; row < record.rows; row++) {
    if (asset !== undefined && assets[row] !== asset) continue
    if (indexTimes[row]! >= fromMs && indexTimes[row]! <= toMs) rows.push(row)
  }
  return rows
}
