import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Catalog } from './catalog.ts'
import { createBreather } from './slices.ts'
import { allBlocks, manyAssets, markOf, ofAsset } from './sources.ts'
import { one } from './sqlite.ts'
import type { Opened, StoredBlocks } from './stored-blocks.ts'

/** The lists that name the blocks of an asset (of all), and the longest time that one block in them covers. */
export interface Lists {
  ids: { $one: number; $other: number; $mark: Uint8Array | null }
  spanMs: number
}

export interface Found extends Opened {
  id: number
  /** The end of the block in its list, epoch ms. */
  endMs: number
}

interface Entry {
  to_ms: number
  block: number
  /** 0: its times or its assets tell that nothing in it is asked for. */
  may: 0 | 1
}

/** Entries looked at in one go: few where one block answers, more on a long way. At most 1 ms (measured). */
const entries = { first: 16, most: 1024 } as const

/** Goes through lists of blocks in the order of their end, and opens those that may hold what is asked for. */
export class Walk {
  readonly #catalog: Catalog
  readonly #stored: StoredBlocks
  readonly #statements: Record<'newest' | 'oldest', StatementSync>
  /** Version 1 of the journal did not note the assets of blocks under '+'. */
  readonly #hasUnmarked: boolean

  constructor(db: DatabaseSync, catalog: Catalog, stored: StoredBlocks) {
    this.#catalog = catalog
    this.#stored = stored
    this.#hasUnmarked = one(db.prepare("SELECT 1 FROM meta WHERE key = 'unmarked'")) !== undefined
    this.#statements = {
      newest: db.prepare(listed('(s.to_ms, s.block) < ($endMs, $block) AND s.to_ms >= $bound', 'DESC')),
      oldest: db.prepare(listed('(s.to_ms, s.block) > ($endMs, $block) AND s.to_ms <= $bound', 'ASC')),
    }
  }

  /** Undefined where the journal knows no reading of this asset (undefined: of this model). */
  lists(modelName: string, asset: string | undefined): Lists | undefined {
    const model = this.#catalog.findModel(modelName)
    if (model === undefined) return undefined
    const own = this.#catalog.findSource(model, asset === undefined ? allBlocks : ofAsset(asset))
    if (!own && !this.#hasUnmarked) return undefined
    const many = asset === undefined ? undefined : this.#catalog.findSource(model, manyAssets)
    return {
      ids: { $one: own?.id ?? -1, $other: many?.id ?? -1, $mark: own ? markOf([own.id]) : null },
      spanMs: Math.max(own?.spanMs ?? 0, many?.spanMs ?? 0),
    }
  }

  /**
   * Blocks beyond `from` (end, block) up to an end of `boundMs` that may hold something of `toMs` or before.
   * Yields to the event loop between slices. Throws `journal-damaged` at a block that cannot be read.
   */
  async *blocks(
    order: 'newest' | 'oldest',
    { ids }: Lists,
    from: readonly [endMs: number, block: number],
    boundMs: number,
    toMs: number,
  ): AsyncGenerator<Found, void, void> {
    const breathe = createBreather()
    let [$endMs, $block] = from
    for (let $limit: number = entries.first; ; $limit = Math.min(2 * $limit, entries.most)) {
      const bounds = { $endMs, $block, $bound: boundMs, $toMs: toMs, $limit }
      const page = this.#statements[order].all({ ...ids, ...bounds }) as unknown as Entry[]
      const wanted = page.filter((entry) => entry.may === 1)
      let next = 0
      for (const opened of this.#stored.openEach(wanted.map((entry) => entry.block))) {
        const { block: id, to_ms: endMs } = wanted[next++]!
        if (opened) yield { ...opened, id, endMs }
        await breathe()
      }
      const end = page.at(-1)
      if (!end || page.length < $limit) return
      $endMs = end.to_ms
      $block = end.block
      await breathe()
    }
  }
}

/**
 * Entries out of two lists, merged by their end. `cursor` bounds where a page begins and how far it may go; each side
 * only once, so that SQLite takes both for bounds on the index. What sorts out single entries is a column and no
 * condition, so that a page is short however few of them are wanted.
 */
function listed(cursor: string, order: 'ASC' | 'DESC'): string {
  const part = (list: string): string =>
    `SELECT s.to_ms, s.block,
       s.from_ms <= $toMs AND (s.assets IS NULL OR coalesce(instr(s.assets, $mark), 0) > 0) AS may
     FROM block_sources s WHERE s.source = ${list} AND ${cursor}`
  return `${part('$one')} UNION ALL ${part('$other')} ORDER BY to_ms ${order}, block ${order} LIMIT $limit`
}
