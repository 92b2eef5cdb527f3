import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { sameBytes } from '#core/chain/chain.ts'
import type { Attachment } from './journal.ts'
import { isSha256 } from './record.ts'
import { all, isDamage, one, sha256 } from './sqlite.ts'
import { damaged } from './stored-blocks.ts'

/** One attachment of a block without its bytes, as the database files it. */
export interface Filed {
  /** hex */
  sha256: string
  media: string
  model: number
}

const toHex = (digest: Uint8Array): string => Buffer.from(digest).toString('hex')
const fromHex = (hex: string): Uint8Array => Buffer.from(hex, 'hex')

/** Bytes that readings brought, each beside the block that names it by its sha256. */
export class Attachments {
  readonly #put: StatementSync
  readonly #drop: StatementSync
  readonly #find: StatementSync
  readonly #ofBlock: StatementSync
  readonly #bytes: StatementSync
  readonly #size: StatementSync

  constructor(db: DatabaseSync) {
    this.#put = db.prepare(
      'INSERT INTO attachments (block, model, sha256, media, bytes) VALUES (?, ?, ?, ?, ?)',
    )
    this.#drop = db.prepare('DELETE FROM attachments WHERE block = ?')
    this.#find = db.prepare(
      'SELECT block, media, bytes FROM attachments WHERE model = ? AND sha256 = ? ORDER BY block DESC',
    )
    this.#ofBlock = db.prepare('SELECT sha256, media, model FROM attachments WHERE block = ? ORDER BY sha256')
    this.#bytes = db.prepare('SELECT bytes FROM attachments WHERE block = ? AND sha256 = ?')
    // SQLite knows the length of a blob without reading its pages.
    this.#size = db.prepare('SELECT coalesce(sum(length(bytes)), 0) AS size FROM attachments WHERE block = ?')
  }

  /** Bytes are not hashed again: whoever wrote the sha256 into the record hashed them, and `verify` tells. */
  put(block: { id: number; model: number }, attachments: readonly Attachment[]): void {
    for (const { sha256, media, bytes } of attachments)
      this.#put.run(block.id, block.model, fromHex(sha256), media, bytes)
  }

  drop(block: number): void {
    this.#drop.run(block)
  }

  /** Throws `journal-damaged` where every copy that the model's blocks keep is damaged. */
  find(model: number, hex: string): { media: string; bytes: Uint8Array } | undefined {
    if (!isSha256(hex)) return undefined
    const digest = fromHex(hex)
    let broken: number | undefined
    try {
      for (const row of this.#find.iterate(model, digest)) {
        const { block, media, bytes } = row as { block: number; media: string; bytes: Uint8Array }
        if (sameBytes(sha256(bytes), digest)) return { media, bytes }
        broken ??= block
      }
    } catch (cause) {
      throw isDamage(cause) ? damaged(`attachment ${hex}`, 'the database is damaged there', cause) : cause
    }
    if (broken === undefined) return undefined
    throw damaged(`attachment ${hex} of block ${broken}`, 'its content is not what was written')
  }

  ofBlock(block: number): Filed[] {
    const rows = all<{ sha256: Uint8Array; media: string; model: number }>(this.#ofBlock, block)
    return rows.map((row) => ({ ...row, sha256: toHex(row.sha256) }))
  }

  /** Undefined where it is gone; false where the bytes are others than the sha256 says. */
  isSound(block: number, hex: string): boolean | undefined {
    const digest = fromHex(hex)
    const row = one<{ bytes: Uint8Array }>(this.#bytes, block, digest)
    return row && sameBytes(sha256(row.bytes), digest)
  }

  /** Bytes of all attachments of a block. */
  sizeOf(block: number): number {
    return one<{ size: number }>(this.#size, block)!.size
  }
}
