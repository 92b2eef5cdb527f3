import { type RawBuilder, sql } from 'kysely'
import type { RecordEpoch } from '#core/audit/format.ts'
import { fromHex } from '#core/chain/hex.ts'
import type { SyncBlock } from '#core/contracts/sync.ts'
import type { ArrivedEvent } from '../sync/projector.ts'
import type { Database } from './database.ts'

/** One life of a machine's journal. */
export interface Journal {
  epoch: string
  /** The one that it followed. */
  before: string | null
  /** The machine no longer knows of it. */
  gone: boolean
  /** Where the streams of `before` ended, by number of the stream. */
  tips: RecordEpoch['tips']
}

/** All lives of a machine's journal, in the order in which it told of them. */
export async function journalsOf(db: Database, deviceId: number): Promise<Journal[]> {
  const rows = await db
    .selectFrom('journals')
    .select(['epoch', 'before', 'gone', 'tips'])
    .where('device_id', '=', deviceId)
    .orderBy('n')
    .execute()
  return rows.map(({ tips, ...row }) => ({ ...row, tips: tips as RecordEpoch['tips'] }))
}

/** Of this lock among all that this database knows: 'life' in ASCII. */
const lifeLock = 0x6c696665

/** One machine after the other where several tell of the same life; until the transaction ends. */
export async function lockLife(tx: Database, epoch: string): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(${lifeLock}::int, hashtext(${epoch}))`.execute(tx)
}

/** Other machines whose journal has, or had, one of these epochs. */
export async function othersWith(
  db: Database,
  deviceId: number,
  epochs: readonly string[],
): Promise<{ device: string; name: string; state: string }[]> {
  return db
    .selectFrom('journals')
    .innerJoin('devices', 'devices.id', 'journals.device_id')
    .select(['devices.device', 'devices.name', 'devices.state'])
    .where('journals.device_id', '<>', deviceId)
    .where(sql<boolean>`journals.epoch = ANY(${[...epochs]}::uuid[])`)
    .distinct()
    .execute()
}

export async function addJournals(
  db: Database,
  deviceId: number,
  epochs: readonly (RecordEpoch & { n: number; before: string | null })[],
  now: Date,
): Promise<void> {
  if (epochs.length === 0) return
  await db
    .insertInto('journals')
    .values(
      epochs.map(({ epoch, n, before, startedAt, why, tips }) => ({
        ...{ device_id: deviceId, epoch, n, before, why: storable(why), announced_at: now },
        started_at: new Date(startedAt),
        tips: JSON.stringify(tips),
      })),
    )
    .execute()
}

export async function markGone(db: Database, deviceId: number, epochs: readonly string[]): Promise<void> {
  await db
    .updateTable('journals')
    .set({ gone: true })
    .where('device_id', '=', deviceId)
    .where(sql<boolean>`epoch = ANY(${[...epochs]}::uuid[])`)
    .execute()
}

/** Of a machine in quarantine: records that it no longer had may be told of again. */
export async function forgiveGone(db: Database, device: string): Promise<void> {
  await sql`UPDATE journals j SET gone = false FROM devices d
    WHERE d.id = j.device_id AND d.device = ${device} AND d.state = 'quarantined' AND j.gone`.execute(db)
}

export interface StoredMark {
  ack: number
  digest: Uint8Array
  blocks: number
}

/** Locks where a stream stands until the transaction ends; makes it at `genesis` where nothing of it came yet. */
export async function lockWatermark(
  tx: Database,
  { deviceId, stream, epoch }: { deviceId: number; stream: number; epoch: string },
  genesis: Uint8Array,
  now: Date,
): Promise<StoredMark> {
  const found = await sql<{ ack: number; digest: Buffer; blocks: number }>`
    INSERT INTO watermarks (device_id, stream, epoch, ack, digest, blocks, at)
    VALUES (${deviceId}, ${stream}, ${epoch}, 0, ${Buffer.from(genesis)}, 0, ${now})
    ON CONFLICT (device_id, stream, epoch) DO UPDATE SET at = watermarks.at RETURNING ack, digest, blocks`.execute(
    tx,
  )
  return found.rows[0]!
}

export async function saveWatermark(
  tx: Database,
  { deviceId, stream, epoch }: { deviceId: number; stream: number; epoch: string },
  { ack, digest, blocks }: StoredMark,
  now: Date,
): Promise<void> {
  await tx
    .updateTable('watermarks')
    .set({ ack, digest: Buffer.from(digest), blocks, at: now })
    .where('device_id', '=', deviceId)
    .where('stream', '=', stream)
    .where('epoch', '=', epoch)
    .execute()
}

export async function watermarksOf(
  db: Database,
  deviceId: number,
): Promise<{ stream: number; epoch: string; ack: number; digest: Buffer }[]> {
  return db
    .selectFrom('watermarks')
    .select(['stream', 'epoch', 'ack', 'digest'])
    .where('device_id', '=', deviceId)
    .execute()
}

/** Digests of blocks that end at these rows, where they are stored (a thinned block hides those before its end). */
export async function digestsAt(
  db: Database,
  { deviceId, stream, epoch }: { deviceId: number; stream: number; epoch: string },
  ends: readonly number[],
): Promise<Map<number, Buffer>> {
  const { rows } = await sql<{ last: number; digest: Buffer }>`
    SELECT last, digest FROM blocks WHERE device_id = ${deviceId} AND stream = ${stream} AND epoch = ${epoch}
    AND last = ANY(${[...ends]}::bigint[])`.execute(db)
  return new Map(rows.map(({ last, digest }) => [last, digest]))
}

/**
 * Of these rows, those that lie within a stored block without being its last: another block than that one ends there. Windows that
 * were merged hide the ends of those before, and months that were dropped hide everything: of these nothing can be said.
 */
export async function endsWithin(
  db: Database,
  { deviceId, stream, epoch }: { deviceId: number; stream: number; epoch: string },
  ends: readonly number[],
): Promise<Set<number>> {
  if (ends.length === 0) return new Set()
  const { rows } = await sql<{ row: number }>`
    SELECT e.row FROM unnest(${[...ends]}::bigint[]) AS e (row) CROSS JOIN LATERAL (
      SELECT first, thinned FROM blocks WHERE device_id = ${deviceId} AND stream = ${stream} AND epoch = ${epoch} AND last > e.row
      ORDER BY last LIMIT 1) b WHERE b.first <= e.row AND b.thinned IS NULL`.execute(db)
  return new Set(rows.map(({ row }) => row))
}

/**
 * Blocks as they came, many in one statement. `content`: columns of readings; null where events lie row by row. Each content is
 * a value of its own, which crosses as its bytes: inside an array it would be written and read as text, twice as long.
 */
export async function insertBlocks(
  tx: Database,
  { deviceId, stream, epoch }: { deviceId: number; stream: number; epoch: string },
  blocks: readonly { block: SyncBlock; content: Uint8Array | null }[],
  now: Date,
): Promise<void> {
  if (blocks.length === 0) return
  const column = <T>(of: (b: SyncBlock) => T) => blocks.map(({ block }) => of(block))
  await sql`INSERT INTO blocks (device_id, stream, epoch, received, first, last, at_ms, kind, shape, digest, projected, thinned, gone, content)
    SELECT ${deviceId}::int, ${stream}::smallint, ${epoch}::uuid, ${now}::timestamptz, * FROM unnest(
      ${column((b) => b.first)}::bigint[], ${column((b) => b.last)}::bigint[], ${column((b) => Math.round(b.atMs))}::bigint[],
      ${column((b) => storable(b.of))}::text[], ${column((b) => b.shape)}::text[],
      ${column((b) => Buffer.from(fromHex(b.digest)))}::bytea[], ${column((b) => b.projected === true)}::boolean[],
      ${column((b) => b.thinned ?? null)}::int[], ${column((b) => (b.dropped ? 'dropped' : b.withheld ? 'withheld' : null))}::text[],
      ${contentsOf(blocks)})`.execute(tx)
}

/** A statement has room for 65,535 values, and a batch has 50,000 lines at most (sync/ingest.ts). */
function contentsOf(blocks: readonly { content: Uint8Array | null }[]): RawBuilder<unknown> {
  if (blocks.every(({ content }) => content === null))
    return sql`array_fill(NULL::bytea, ARRAY[${blocks.length}::int])`
  const contents = blocks.map(({ content }) =>
    content === null
      ? sql`NULL`
      : sql`${Buffer.from(content.buffer, content.byteOffset, content.byteLength)}`,
  )
  return sql`ARRAY[${sql.join(contents)}]::bytea[]`
}

export async function insertShapes(
  tx: Database,
  shapes: readonly { sha256: string; json: string }[],
): Promise<void> {
  if (shapes.length === 0) return
  await tx
    .insertInto('shapes')
    .values(shapes.map(({ sha256, json }) => ({ sha256, json })))
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

export async function insertEvents(
  tx: Database,
  { deviceId, stream, epoch }: { deviceId: number; stream: number; epoch: string },
  events: readonly ArrivedEvent[],
  now: Date,
): Promise<void> {
  if (events.length === 0) return
  await sql`INSERT INTO events (device_id, stream, epoch, received, seq, at, kind, by, body)
    SELECT ${deviceId}::int, ${stream}::smallint, ${epoch}::uuid, ${now}::timestamptz, seq, to_timestamp(at_ms / 1000.0), kind, by, body::json
    FROM unnest(${events.map(({ seq }) => seq)}::bigint[], ${events.map(({ timeMs }) => storableMs(timeMs))}::float8[],
      ${events.map(({ kind }) => storable(kind))}::text[], ${events.map(({ by }) => storable(by))}::text[],
      ${events.map(({ body }) => JSON.stringify(body ?? null))}::text[]) AS t (seq, at_ms, kind, by, body)`.execute(
    tx,
  )
}

/** PostgreSQL's text holds everything but U+0000 and lone surrogates: they are shown as the sign for "unknown". */
export const storable = (text: string): string => text.toWellFormed().replaceAll('\u0000', '\ufffd')

/** Years 1 to 9999, which every program can read; a machine's clock may say anything. */
const storableMs = (ms: number): number =>
  Math.min(Math.max(Number.isFinite(ms) ? ms : 0, -62_135_596_800_000), 253_402_300_799_000)

/** Of this lock among all that this database knows: 'sync' in ASCII. */
const deviceLock = 0x73796e63

/** One step at a time for what concerns a machine as a whole; until the transaction ends. Its heartbeats do not wait for it. */
export async function lockDevice(tx: Database, deviceId: number): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(${deviceLock}::int, ${deviceId}::int)`.execute(tx)
}
