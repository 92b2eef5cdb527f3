import { mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { Alerts } from './alerts.ts'
import { Arrivals } from './arrivals.ts'
import { Blocks, beginEpoch, readEpochs } from './blocks.ts'
import { Catalog } from './catalog.ts'
import { ChainReader } from './chain-reader.ts'
import { openDatabase } from './database.ts'
import { inodeOf, readMarker, whyRestored, writeMarker } from './epochs.ts'
import { Events } from './events.ts'
import type { Journal, JournalLog } from './journal.ts'
import { keyOf } from './keys.ts'
import { Readings } from './readings.ts'
import { type Lost, Retention } from './retain.ts'
import { migrations } from './schema.ts'
import { all, isDamage, one, unwritable } from './sqlite.ts'
import { StoredBlocks } from './stored-blocks.ts'
import { type Stream, streamNames, streams } from './streams.ts'
import { Work } from './transaction.ts'
import { Verification } from './verify.ts'
import { GroupWriter } from './writer.ts'

export interface OpenOptions {
  /** Epoch ms. */
  now: () => number
  randomUUID: () => string
  log?: JournalLog
}

/**
 * Opens the journal of a data folder, `journal.db` and its marker `journal.epoch`; creates it where there is none.
 * Throws `journal-newer`, `journal-damaged` (the file is then not altered) or `journal-unwritable`.
 * One at a time: the folder's lock (lock.ts) sees to that.
 */
export function openJournal(dir: string, { now, randomUUID, log }: OpenOptions): Journal {
  mkdirSync(dir, { recursive: true })
  const path = join(dir, 'journal.db')
  const markerPath = join(dir, 'journal.epoch')
  const db = openDatabase(path, migrations)
  try {
    const began = settleEpoch(db, path, markerPath, { now, randomUUID })
    return assemble(db, path, markerPath, { now, randomUUID, ...(log && { log }) }, began)
  } catch (error) {
    db.close()
    if (isDamage(error))
      throw new EdgewrightError('journal-damaged', `${path} is damaged: ${(error as Error).message}.`, {
        cause: error,
      })
    throw unwritable(error)
  }
}

/** A new epoch after another: why, and what that one no longer has of its end. */
interface Began {
  why: string
  formerEpoch: string
  lost: Lost[]
}

/** Begins an epoch where the journal is new or was restored, counts the opening, and only then writes the marker. */
function settleEpoch(
  db: DatabaseSync,
  path: string,
  markerPath: string,
  { now, randomUUID }: OpenOptions,
): Began | undefined {
  const epoch = readEpochs(db).at(-1)?.epoch
  const opens = one<{ value: number }>(db.prepare("SELECT value FROM meta WHERE key = 'opens'"))?.value ?? 0
  const { rows } = one<{ rows: number }>(db.prepare('SELECT coalesce(sum(rows), 0) AS rows FROM heads'))!
  const inode = inodeOf(path)
  const torn = tornEnds(db)
  const why =
    epoch === undefined
      ? 'created'
      : (whyRestored(readMarker(markerPath), { epoch, opens, rows }, inode) ??
        (torn.length > 0 ? 'its last rows are not where they were recorded' : undefined))
  const nowMs = Math.round(now())
  db.exec('BEGIN IMMEDIATE')
  if (why !== undefined) beginEpoch(db, randomUUID(), nowMs, why)
  if (epoch === undefined) db.prepare("INSERT INTO meta (key, value) VALUES ('created_ms', ?)").run(nowMs)
  db.prepare("INSERT OR REPLACE INTO meta (key, value) VALUES ('opens', ?)").run(opens + 1)
  db.exec('COMMIT')
  writeMarker(markerPath, {
    epoch: readEpochs(db).at(-1)!.epoch,
    opens: opens + 1,
    inode,
    rows,
    closed: false,
  })
  if (epoch === undefined || why === undefined) return undefined
  const lost = torn
    .filter(({ seq, last }) => seq > last)
    .map(
      ({ stream, seq, last }): Lost => ({
        ...{ stream: streamNames[stream]!, epoch, why: 'lost' },
        ...{ first: last + 1, last: seq, rows: seq - last },
      }),
    )
  return { why, formerEpoch: epoch, lost }
}

/** Rows could not be numbered on where the heads do not fit the blocks; a new epoch goes on, and verify() tells of it. */
const tornEnds = (db: DatabaseSync): { stream: number; seq: number; last: number }[] =>
  all(
    db.prepare(
      `SELECT * FROM (SELECT stream, seq, coalesce((SELECT last FROM blocks b WHERE b.stream = h.stream
       AND b.epoch_n = (SELECT max(n) FROM epochs) ORDER BY first DESC LIMIT 1), 0) AS last FROM heads h) WHERE seq <> last`,
    ),
  )

function assemble(
  db: DatabaseSync,
  path: string,
  markerPath: string,
  options: OpenOptions,
  began: Began | undefined,
): Journal {
  const { now, log } = options
  const blocks = new Blocks(db)
  const catalog = new Catalog(db)
  const listeners = new Set<(stream: Stream) => void>()
  const grew = (stream: Stream) => {
    for (const listener of listeners) listener(stream)
  }
  const work = new Work(db, blocks, catalog, now)
  const writer = new GroupWriter(db, blocks, catalog, work, grew, log)
  const stored = new StoredBlocks(db, blocks, catalog)
  const readings = new Readings(db, blocks, catalog, stored)
  const arrivals = new Arrivals(db, catalog, stored)
  const alerts = new Alerts(db)
  const events = new Events(db, blocks)
  const retention = new Retention(db, blocks, catalog, stored, work.attachments, writer, log)
  const getState = db.prepare('SELECT json FROM state WHERE key = ?')
  const { epoch } = blocks.epoch
  if (began) {
    const { lost, ...body } = began
    log?.warn({ epoch, why: body.why, lost }, 'The journal was restored: a new epoch begins.')
    const event = (kind: string, body: object) => ({ kind, timeMs: now(), by: 'runtime', body })
    const gaps = lost.map((one) => event('gap', one))
    writer
      .write((tx) => {
        tx.events('events', [event('journal-restored', body)])
        if (gaps.length > 0) tx.events('events', gaps)
      })
      .catch((err: unknown) => log?.error({ err }, 'The restoration could not be journaled.'))
  }
  let closing: Promise<void> | undefined

  async function close(): Promise<void> {
    writer.close()
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    const opens = one<{ value: number }>(db.prepare("SELECT value FROM meta WHERE key = 'opens'"))!.value
    db.close()
    writeMarker(markerPath, { epoch, opens, inode: inodeOf(path), rows: blocks.rows, closed: true })
  }

  return {
    epoch,
    write: (unit) => writer.write(unit),
    onGrowth: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    alert: (id) => alerts.alert(id),
    alerts: (query) => alerts.alerts(query),
    trackRecord: (model, rule) => alerts.trackRecord(model, rule),
    state: <T>(key: string) => {
      const row = one<{ json: string }>(getState, keyOf(key))
      return row && (JSON.parse(row.json) as T)
    },
    reading: (id, model) => readings.reading(id, model),
    readings: (query) => readings.readings(query),
    series: (query) => readings.series(query),
    arrivals: (query) => arrivals.each(query),
    attachment: (model, sha256) => {
      const id = catalog.findModel(model)
      return id === undefined ? undefined : work.attachments.find(id, sha256)
    },
    eventRows: (query) => events.eventRows(query),
    chain: new ChainReader(db, catalog),
    verify: () => new Verification(db, catalog, work.attachments).run(),
    retain: (model, keepMs, nowMs) => retention.retain(model, keepMs, nowMs),
    sizes: () => sizes(db, path, blocks),
    close: () => {
      closing ??= close()
      return closing
    },
  }
}

function sizes(db: DatabaseSync, path: string, blocks: Blocks): ReturnType<Journal['sizes']> {
  const { bytes } = one<{ bytes: number }>(
    db.prepare('SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size'),
  )!
  const log = statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0
  const per = (what: 'blocks' | 'rows'): Record<Stream, number> =>
    Object.fromEntries(streamNames.map((name) => [name, blocks.heads[streams[name]]![what]])) as Record<
      Stream,
      number
    >
  return { bytes: bytes + log, blocks: per('blocks'), rows: per('rows') }
}
