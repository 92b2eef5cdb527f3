import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Catalog } from './catalog.ts'
import type { Arrival, ArrivalQuery } from './journal.ts'
import { createBreather } from './slices.ts'
import { isBlockDamage, type Opened, type StoredBlocks } from './stored-blocks.ts'

interface Entry {
  id: number
  at_ms: number
  first: number
  last: number
}

/** Headers looked at in one go; at most 1 ms. */
const page = 512

/** The blocks of a model by when they were journaled, oldest first. */
export class Arrivals {
  readonly #catalog: Catalog
  readonly #stored: StoredBlocks
  readonly #after: StatementSync

  constructor(db: DatabaseSync, catalog: Catalog, stored: StoredBlocks) {
    this.#catalog = catalog
    this.#stored = stored
    this.#after = db.prepare(
      `SELECT id, at_ms, first, last FROM blocks
       WHERE model = ? AND (at_ms, id) > (?, ?) AND at_ms <= ? ORDER BY at_ms, id LIMIT ${page}`,
    )
  }

  async *each({ model: name, fromMs, toMs }: ArrivalQuery): AsyncGenerator<Arrival, void, void> {
    const model = this.#catalog.findModel(name)
    if (model === undefined) return
    // Readings come in meanwhile: none of them should wait long for a rehearsal.
    const breathe = createBreather(2)
    let last: Pick<Entry, 'at_ms' | 'id'> = { at_ms: Math.ceil(fromMs), id: -1 }
    for (;;) {
      const entries = this.#after.all(model, last.at_ms, last.id, toMs) as unknown as Entry[]
      for (const { id, at_ms: atMs, first, last: end } of entries) {
        yield { atMs, rows: end - first + 1, ...this.#open(id) }
        await breathe()
      }
      const end = entries.at(-1)
      if (!end || entries.length < page) return
      last = end
    }
  }

  #open(id: number): Pick<Arrival, 'record' | 'missing'> {
    let opened: Opened | undefined
    try {
      opened = this.#stored.open(id)
    } catch (error) {
      if (!isBlockDamage(error)) throw error
      return { missing: 'damaged' }
    }
    return opened ? { record: opened.record.whole() } : { missing: 'retention' }
  }
}
