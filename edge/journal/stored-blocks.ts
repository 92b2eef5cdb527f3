import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { sameBytes } from '#core/chain/chain.ts'
import { UnreadableColumnsError } from '#core/columns/decode.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { BlockRow, Blocks } from './blocks.ts'
import type { Catalog } from './catalog.ts'
import type { Placed } from './journal.ts'
import { StoredRecord } from './record.ts'
import { all, isDamage, one, sha256 } from './sqlite.ts'
import { streamNames } from './streams.ts'

/** A block of readings, decoded. */
export interface Opened {
  placed: Placed
  record: StoredRecord
}

/** How many decoded blocks are remembered for those who ask reading by reading. */
const remembered = 16
/** Blocks fetched by one statement (measured: one each takes a fifth longer). */
const atOnce = 32

/** Fetches and decodes blocks of `inference`. What is not what was written is `journal-damaged`, by name. */
export class StoredBlocks {
  readonly #blocks: Blocks
  readonly #catalog: Catalog
  readonly #byId: StatementSync
  readonly #byIds: StatementSync
  /** By id, the one used last at the end. */
  readonly #recent = new Map<number, Opened & { digest: Uint8Array }>()

  constructor(db: DatabaseSync, blocks: Blocks, catalog: Catalog) {
    this.#blocks = blocks
    this.#catalog = catalog
    this.#byId = db.prepare('SELECT * FROM blocks WHERE id = ?')
    this.#byIds = db.prepare('SELECT b.* FROM json_each(?) ids JOIN blocks b ON b.id = ids.value')
  }

  /** Undefined where retention dropped the content. Throws `journal-damaged`. */
  open(id: number): Opened | undefined {
    let block: BlockRow | undefined
    try {
      block = one<BlockRow>(this.#byId, id)
    } catch (cause) {
      throw isDamage(cause) ? damaged(`block ${id}`, 'the database is damaged there', cause) : cause
    }
    return this.#opened(id, block)
  }

  /** As `open`, one after the other in this order, fetched some at a time. */
  *openEach(ids: readonly number[]): Generator<Opened | undefined, void, void> {
    for (let at = 0; at < ids.length; at += atOnce) {
      const some = ids.slice(at, at + atOnce)
      const fetched = this.#fetch(some)
      for (const id of some) yield fetched ? this.#opened(id, fetched.get(id)) : this.open(id)
    }
  }

  /** Undefined where the database is damaged at one of them. */
  #fetch(ids: readonly number[]): Map<number, BlockRow> | undefined {
    try {
      return new Map(all<BlockRow>(this.#byIds, JSON.stringify(ids)).map((block) => [block.id, block]))
    } catch (error) {
      if (isDamage(error)) return undefined
      throw error
    }
  }

  #opened(id: number, block: BlockRow | undefined): Opened | undefined {
    if (!block) throw damaged(`block ${id}`, 'it is missing')
    const record = this.decode(block)
    return record && { placed: this.#placed(block), record }
  }

  /** As `open`, from memory where it was asked for lately. The digest tells whether it is still the same block. */
  reopen({ id, digest }: { id: number; digest: Uint8Array }): Opened | undefined {
    const recent = this.#recent.get(id)
    this.#recent.delete(id)
    const same = recent && sameBytes(recent.digest, digest) ? recent : undefined
    const opened = same ?? this.open(id)
    if (!opened) return undefined
    this.#recent.set(id, same ?? { ...opened, digest })
    if (this.#recent.size > remembered) this.#recent.delete(this.#recent.keys().next().value!)
    return opened
  }

  /** Undefined where retention dropped the content. Throws `journal-damaged`. */
  decode(block: BlockRow): StoredRecord | undefined {
    if (block.payload === null) return undefined
    const shape = block.shape === null ? undefined : this.#catalog.shapeById(block.shape)
    if (!shape) throw damaged(this.#name(block), 'what its columns mean is missing or was edited')
    if (!sameBytes(sha256(block.payload), block.sha256))
      throw damaged(this.#name(block), 'its content is not what was written')
    try {
      return new StoredRecord(block.payload, shape, block.at_ms)
    } catch (cause) {
      if (!(cause instanceof UnreadableColumnsError)) throw cause
      throw damaged(this.#name(block), cause.message, cause)
    }
  }

  #placed({ epoch_n, first, last }: BlockRow): Placed {
    return { epoch: this.#blocks.epochs.find(({ n }) => n === epoch_n)?.epoch ?? '', first, last }
  }

  #name(block: BlockRow): string {
    const { epoch, first, last } = this.#placed(block)
    return `block ${block.id} (${streamNames[block.stream]}, epoch ${epoch.slice(0, 8)}, rows ${first} to ${last})`
  }
}

export function isBlockDamage(error: unknown): error is EdgewrightError {
  return error instanceof EdgewrightError && error.code === 'journal-damaged'
}

export function damaged(block: string, why: string, cause?: unknown): EdgewrightError {
  return new EdgewrightError('journal-damaged', `The journal cannot read ${block}: ${why}.`, {
    hint: 'Everything else can be read: ask for another time or asset. Keep the data folder as it is and restore a copy.',
    cause,
  })
}
