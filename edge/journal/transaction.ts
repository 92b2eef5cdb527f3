import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { utf8 } from '#core/columns/utf8.ts'
import type { Alert } from '#core/contracts/alert.ts'
import { Attachments } from './attachments.ts'
import type { Blocks } from './blocks.ts'
import type { Catalog } from './catalog.ts'
import type { EventRow, InferenceRecord, Placed } from './journal.ts'
import { keyOf } from './keys.ts'
import { attachmentsOf, encodeRecord, indexTimes, type StoredRecord } from './record.ts'
import { listings, markOf, ofAsset } from './sources.ts'
import { type EventStream, streams } from './streams.ts'

const isReal = { 'real-acted': 1, 'real-known': 1, false: 0, 'bad-data': null, unsure: null } as const

/** What a Transaction does, statement by statement. One for the life of the journal. */
export class Work {
  readonly attachments: Attachments
  readonly #blocks: Blocks
  readonly #catalog: Catalog
  readonly #now: () => number
  readonly #putKind: StatementSync
  readonly #putSpan: StatementSync
  readonly #putId: StatementSync
  readonly #putAlert: StatementSync
  readonly #putState: StatementSync
  readonly #dropState: StatementSync
  readonly #dropPayload: StatementSync
  readonly #dropSpan: StatementSync
  readonly #dropId: StatementSync

  constructor(db: DatabaseSync, blocks: Blocks, catalog: Catalog, now: () => number) {
    this.#blocks = blocks
    this.#catalog = catalog
    this.#now = () => Math.round(now())
    this.attachments = new Attachments(db)
    this.#putKind = db.prepare(
      'INSERT OR IGNORE INTO event_kinds (stream, kind, epoch_n, first) VALUES (?, ?, ?, ?)',
    )
    this.#putSpan = db.prepare(
      'INSERT INTO block_sources (source, to_ms, block, from_ms, assets) VALUES (?, ?, ?, ?, ?)',
    )
    // The first reading with an id is the one that its repetitions are answered with.
    this.#putId = db.prepare('INSERT OR IGNORE INTO reading_ids (id, model, block) VALUES (?, ?, ?)')
    this.#putAlert = db.prepare('INSERT OR REPLACE INTO alerts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)')
    this.#putState = db.prepare('INSERT OR REPLACE INTO state (key, json) VALUES (?, ?)')
    this.#dropState = db.prepare('DELETE FROM state WHERE key = ?')
    this.#dropPayload = db.prepare('UPDATE blocks SET payload = NULL WHERE id = ?')
    this.#dropSpan = db.prepare('DELETE FROM block_sources WHERE source = ? AND to_ms = ? AND block = ?')
    this.#dropId = db.prepare('DELETE FROM reading_ids WHERE id = ? AND model = ? AND block = ?')
  }

  record(record: InferenceRecord): Placed {
    const attachments = attachmentsOf(record)
    const payload = encodeRecord(record)
    const model = this.#catalog.model(record.model)
    const shape = this.#catalog.shape(record)
    const atMs = this.#now()
    const { id, ...placed } = this.#blocks.append(
      { stream: 'inference', rows: record.rows, kind: 'record', model, shape, payload },
      atMs,
    )
    this.attachments.put({ id, model }, attachments)
    for (const { bytes } of attachments) this.#blocks.appendedBytes += bytes.length
    const times = indexTimes(record.timesMs, record.verdicts, atMs)
    for (const [name, { fromMs, toMs, assets }] of listings(record.assets, times)) {
      // Also where no list of its own gets an entry, the asset is known by having one.
      const own = assets?.map((asset) => this.#catalog.source(model, ofAsset(asset), 0).id)
      const source = this.#catalog.source(model, name, toMs - fromMs)
      this.#putSpan.run(source.id, toMs, id, fromMs, own ? markOf(own) : null)
    }
    for (const readingId of record.readingIds)
      if (readingId !== null) this.#putId.run(keyOf(readingId), model, id)
    return placed
  }

  events(stream: EventStream, rows: EventRow[]): Placed {
    if (rows.length < 1) throw new RangeError('A block of events needs at least one row.')
    // The digest covers the kind: it has to come back out of the database as it went in.
    const kinds = new Set(rows.map((row) => keyOf(row.kind)))
    const kind = kinds.size === 1 ? keyOf(rows[0]!.kind) : 'mixed'
    const payload = utf8(JSON.stringify(rows))
    const { id: _, ...placed } = this.#blocks.append(
      { stream, rows: rows.length, kind, payload },
      this.#now(),
    )
    for (const k of kinds) this.#putKind.run(streams[stream], k, this.#blocks.epoch.n, placed.first)
    return placed
  }

  putAlert(alert: Alert): void {
    const real = alert.feedback ? isReal[alert.feedback.answer] : null
    this.#putAlert.run(
      keyOf(alert.id),
      alert.state,
      alert.priority,
      keyOf(alert.model.id),
      keyOf(alert.rule),
      keyOf(alert.asset),
      Date.parse(alert.raisedAt),
      real,
      JSON.stringify(alert),
    )
  }

  putState(key: string, value: unknown): void {
    const json = JSON.stringify(value)
    if (json === undefined) this.#dropState.run(keyOf(key))
    else this.#putState.run(keyOf(key), json)
  }

  /** Takes a block's payload, its attachments and what finds its rows; header and digests stay. `record`: the payload, where it can be read. */
  drop(block: { id: number; model: number }, record: StoredRecord | undefined): void {
    this.#dropPayload.run(block.id)
    this.attachments.drop(block.id)
    if (!record) return
    for (const [name, { toMs }] of listings(record.assets, record.indexTimes)) {
      const source = this.#catalog.findSource(block.model, name)
      if (source) this.#dropSpan.run(source.id, toMs, block.id)
    }
    for (const id of record.readingIds) if (id !== null) this.#dropId.run(keyOf(id), block.model, block.id)
  }
}
