import { existsSync, statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { isDamage, one, unwritable } from './sqlite.ts'

/** `PRAGMA application_id`: 'EWJL', so that another program's database is never taken for a journal. */
const applicationId = 0x4557_4a4c

/**
 * Pages in the write-ahead log after which a commit also moves them into the database. Each such commit takes the time of
 * writing this much (4 KiB a page), so a small number bounds how long the event loop is held.
 */
const checkpointPages = 512

/**
 * Opens or creates the journal's database and brings it to the newest schema.
 * A database that is newer (`journal-newer`) or none of ours (`journal-damaged`) is refused, and its file not altered.
 */
export function openDatabase(path: string, migrations: readonly string[]): DatabaseSync {
  if (existsSync(path) && statSync(path).size > 0) refuseForeign(path, migrations.length)
  let db: DatabaseSync | undefined
  try {
    db = new DatabaseSync(path, { timeout: 50 })
    db.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA wal_autocheckpoint = ${checkpointPages};
      PRAGMA journal_size_limit = ${8 * 1024 * 1024};
      PRAGMA cache_size = -16000;
      PRAGMA secure_delete = ON;
    `)
    migrate(db, migrations)
    return db
  } catch (error) {
    db?.close()
    throw isDamage(error) ? damaged(path, error) : unwritable(error)
  }
}

/**
 * A first look through a connection that cannot write.
 * @throws EdgewrightError journal-newer, journal-damaged (none of ours)
 */
export function refuseForeign(path: string, known: number): void {
  let db: DatabaseSync | undefined
  try {
    const url = pathToFileURL(path)
    // Without a log there is nothing to recover, and an immutable database leaves no files of its own beside it.
    if (!existsSync(`${path}-wal`)) url.searchParams.set('immutable', '1')
    db = new DatabaseSync(url, { readOnly: true })
    const { id } = one<{ id: number }>(db.prepare('SELECT application_id AS id FROM pragma_application_id'))!
    const version = userVersion(db)
    const { tables } = one<{ tables: number }>(db.prepare('SELECT count(*) AS tables FROM sqlite_schema'))!
    if (id !== applicationId && (tables > 0 || version > 0))
      throw new EdgewrightError('journal-damaged', `${path} is a database, but not a journal of Edgewright.`)
    if (version > known)
      throw new EdgewrightError(
        'journal-newer',
        `${path} was written by a newer Edgewright (journal version ${version}; this program knows up to ${known}).`,
      )
  } catch (error) {
    throw isDamage(error) ? damaged(path, error) : unwritable(error)
  } finally {
    db?.close()
  }
}

function migrate(db: DatabaseSync, migrations: readonly string[]): void {
  for (let version = userVersion(db); version < migrations.length; version++) {
    db.exec('BEGIN IMMEDIATE')
    try {
      db.exec(migrations[version]!)
      db.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${version + 1}; COMMIT`)
    } catch (error) {
      if (db.isTransaction) db.exec('ROLLBACK')
      throw error
    }
  }
}

function userVersion(db: DatabaseSync): number {
  return one<{ user_version: number }>(db.prepare('PRAGMA user_version'))!.user_version
}

function damaged(path: string, cause: unknown): EdgewrightError {
  return new EdgewrightError(
    'journal-damaged',
    `${path} cannot be read as a journal: it is damaged or no database at all.`,
    { cause },
  )
}
