import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { z } from 'zod'
import type { RecordedReading } from '#core/contracts/decision.ts'
import type { BlockRow, Blocks } from './blocks.ts'
import type { Catalog } from './catalog.ts'
import { fromCursor, toCursor } from './cursor.ts'
import type { ReadingQuery, SeriesQuery } from './journal.ts'
import { rebuild } from './rebuild.ts'
import { rejected, StoredRecord } from './record.ts'
import { createBreather } from './slices.ts'
import { allBlocks, manyAssets, ofAsset } from './sources.ts'
import { one } from './sqlite.ts'
import { parseAddress, streams } from './streams.ts'

type Found = BlockRow & { to_ms: number }
/** [end of the block, block, row] of the last reading that was given. */
const position = z.tuple([z.number(), z.int(), z.int()])
type Position = z.infer<typeof position>
const blocksAtOnce = 32

interface Lists {
  ids: { $one: number; $other: number }
  spanMs: number
}

/** Finds readings by id, and by asset and time. */
export class Readings {
  readonly #blocks: Blocks
  readonly #catalog: Catalog
  readonly #byId: StatementSync
  readonly #byAddress: StatementSync
  readonly #newest: StatementSync
  readonly #oldest: StatementSync

  constructor(db: DatabaseSync, blocks: Blocks, catalog: Catalog) {
    this.#blocks = blocks
    this.#catalog = catalog
    this.#byId = db.prepare(
      'SELECT b.* FROM reading_ids i JOIN blocks b ON b.id = i.block WHERE i.id = ? AND i.model = ?',
    )
    this.#byAddress = db.prepare(
      `SELECT * FROM blocks WHERE stream = ${streams.inference} AND epoch_n = ? AND first <= ? ORDER BY first DESC LIMIT 1`,
    )
    this.#newest = db.prepare(listed('(s.to_ms, s.block) <= ($endMs, $block) AND s.to_ms >= $bound', 'DESC'))
    this.#oldest = db.prepare(listed('(s.to_ms, s.block) > ($endMs, $block) AND s.to_ms <= $bound', 'ASC'))
  }

  reading(id: string, modelName: string): RecordedReading | undefined {
    const model = this.#catalog.findModel(modelName)
    if (model === undefined) return undefined
    // The sender's own first: an id that looks like an address is still the sender's.
    const own = one<BlockRow>(this.#byId, id, model)
    const record = own && this.#record(own)
    if (own && record) return this.#rebuild(own, record, record.readingIds.indexOf(id))
    const address = parseAddress(id)
    if (!address) return undefined
    for (const { n } of this.#blocks.epochs.filter((e) => e.epoch.startsWith(address.epochPrefix))) {
      const block: BlockRow | undefined = one(this.#byAddress, n, address.seq)
      if (!block || block.last < address.seq || block.model !== model) continue
      const stored = this.#record(block)
      const row = address.seq - block.first
      if (stored && stored.readingIds[row] === null) return this.#rebuild(block, stored, row)
    }
    return undefined
  }

  readings(query: ReadingQuery): { readings: RecordedReading[]; next: string | null } {
    const lists = this.#lists(query.model, query.asset)
    if (!lists || query.limit < 1) return { readings: [], next: null }
    const fromMs = query.fromMs ?? -Infinity
    const toMs = query.toMs ?? Infinity
    let from: Position =
      query.cursor === undefined
        ? [toMs + lists.spanMs, Infinity, Infinity]
        : fromCursor(query.cursor, position)
    const readings: RecordedReading[] = []
    let last: Position | undefined
    for (;;) {
      const [$endMs, $block, beforeRow] = from
      const page = find(this.#newest, { ...lists.ids, $endMs, $block, $bound: fromMs, $toMs: toMs })
      for (const found of page) {
        const record = this.#record(found)
        if (!record) continue
        for (const row of matching(record, query.asset, fromMs, toMs).reverse()) {
          if (found.id === $block && row >= beforeRow) continue
          if (readings.length === query.limit) return { readings, next: last ? toCursor(last) : null }
          readings.push(this.#rebuild(found, record, row))
          last = [found.to_ms, found.id, row]
        }
      }
      const end = page.at(-1)
      if (!end || page.length < blocksAtOnce) return { readings, next: null }
      from = [end.to_ms, end.id, 0]
    }
  }

  async series(query: SeriesQuery): Promise<{ timesMs: number[]; values: number[] }> {
    const points: [number, number][] = []
    const lists = this.#lists(query.model, query.asset)
    const breathe = createBreather()
    let [$endMs, $block] = [query.fromMs, -1]
    while (lists) {
      const $bound = query.toMs + lists.spanMs
      const page = find(this.#oldest, { ...lists.ids, $endMs, $block, $bound, $toMs: query.toMs })
      for (const found of page) {
        const record = this.#record(found)
        const column = record?.series(query.series)
        if (!record || !column) continue
        for (const row of matching(record, query.asset, query.fromMs, query.toMs)) {
          const believed = record.verdicts[row] !== rejected && !Number.isNaN(column[row])
          if (believed) points.push([record.indexTimes[row]!, column[row]!])
        }
      }
      const end = page.at(-1)
      if (!end || page.length < blocksAtOnce) break
      $endMs = end.to_ms
      $block = end.id
      await breathe()
    }
    points.sort(([a], [b]) => a - b)
    return { timesMs: points.map(([t]) => t), values: points.map(([, v]) => v) }
  }

  /** The lists that name the blocks of an asset (undefined: of the model), and the longest time that a block in them covers. */
  #lists(modelName: string, asset: string | undefined): Lists | undefined {
    const model = this.#catalog.findModel(modelName)
    if (model === undefined) return undefined
    const names = asset === undefined ? [allBlocks] : [ofAsset(asset), manyAssets]
    const [one, other] = names.map((name) => this.#catalog.findSource(model, name))
    if (!one && !other) return undefined
    return {
      ids: { $one: one?.id ?? -1, $other: other?.id ?? -1 },
      spanMs: Math.max(one?.spanMs ?? 0, other?.spanMs ?? 0),
    }
  }

  #record(block: BlockRow): StoredRecord | undefined {
    const shape = block.shape === null ? undefined : this.#catalog.shapeById(block.shape)
    return block.payload && shape ? new StoredRecord(block.payload, shape, block.at_ms) : undefined
  }

  #rebuild(block: BlockRow, record: StoredRecord, row: number): RecordedReading {
    const { epoch } = this.#blocks.epochs.find((e) => e.n === block.epoch_n)!
    return rebuild(record.whole(), row, { epoch, first: block.first, last: block.last }, record.atMs)
  }
}

/**
 * Blocks out of two lists, merged by their end. `cursor` bounds where a page begins and how far it may go; each side
 * only once, so that SQLite takes both for bounds on the index.
 */
function listed(cursor: string, order: 'ASC' | 'DESC'): string {
  const part = (list: string): string =>
    `SELECT s.to_ms, s.block FROM block_sources s WHERE s.source = ${list}
     AND ${cursor} AND s.from_ms <= $toMs`
  return `SELECT found.to_ms, b.* FROM (
      ${part('$one')} UNION ALL ${part('$other')} ORDER BY to_ms ${order}, block ${order} LIMIT ${blocksAtOnce}
    ) found JOIN blocks b ON b.id = found.block ORDER BY found.to_ms ${order}, found.block ${order}`
}

function find(statement: StatementSync, parameters: Record<string, number>): Found[] {
  return statement.all(parameters) as unknown as Found[]
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
