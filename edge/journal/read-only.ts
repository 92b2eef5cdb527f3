import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { Attachments } from './attachments.ts'
import { Blocks } from './blocks.ts'
import { Catalog } from './catalog.ts'
import { ChainReader } from './chain-reader.ts'
import { refuseForeign } from './database.ts'
import { Events } from './events.ts'
import type { Journal } from './journal.ts'
import { migrations } from './schema.ts'
import { isDamage, one } from './sqlite.ts'
import { Verification } from './verify.ts'

/** Of a journal only what reads it. */
export type ReadOnlyJournal = Pick<Journal, 'chain' | 'verify' | 'eventRows' | 'state'> & {
  close: () => void
}

/**
 * Opens the journal of a data folder through a connection that cannot write: no migration, no new epoch, no marker. For a
 * folder on which no runtime works; what one writes meanwhile may be missed.
 * @throws EdgewrightError file-unreadable (none there), journal-newer, journal-damaged, request-invalid (of an older version)
 */
export function openJournalReadOnly(dir: string): ReadOnlyJournal {
  const path = join(dir, 'journal.db')
  if (!existsSync(path)) throw new EdgewrightError('file-unreadable', `there is no journal in ${dir}`)
  refuseForeign(path, migrations.length)
  const url = pathToFileURL(path)
  // A database without a log is read as it lies, and no file is made beside it.
  if (!existsSync(`${path}-wal`)) url.searchParams.set('immutable', '1')
  const db = opened(path, url)
  try {
    const { user_version: version } = one<{ user_version: number }>(db.prepare('PRAGMA user_version'))!
    if (version < migrations.length)
      throw new EdgewrightError(
        'request-invalid',
        `${path} was written by an older Edgewright (${version})`,
        {
          hint: 'Start the edge on this data folder once: it brings the journal forward. Then ask again.',
        },
      )
    const catalog = new Catalog(db)
    const events = new Events(db, new Blocks(db))
    const getState = db.prepare('SELECT json FROM state WHERE key = ?')
    return {
      chain: new ChainReader(db, catalog),
      verify: () => new Verification(db, catalog, new Attachments(db)).run(),
      eventRows: (query) => events.eventRows(query),
      state: <T>(key: string) => {
        const row = one<{ json: string }>(getState, key)
        return row && (JSON.parse(row.json) as T)
      },
      close: () => db.close(),
    }
  } catch (error) {
    db.close()
    if (isDamage(error))
      throw new EdgewrightError('journal-damaged', `${path} is damaged: ${(error as Error).message}.`, {
        cause: error,
      })
    throw unreadable(path, error)
  }
}

function opened(path: string, url: URL): DatabaseSync {
  try {
    return new DatabaseSync(url, { readOnly: true })
  } catch (error) {
    throw unreadable(path, error)
  }
}

const unreadable = (path: string, cause: unknown): EdgewrightError =>
  cause instanceof EdgewrightError
    ? cause
    : new EdgewrightError('file-unreadable', `${path} cannot be read: ${(cause as Error).message}`, { cause })
