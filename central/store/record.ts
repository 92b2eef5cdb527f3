import { sql } from 'kysely'
import type { FindingsQuery, LogQuery, RecordQuery } from '#core/contracts/fleet-record.ts'
import type { Database } from './database.ts'

/** Where the page before ended. */
export interface RecordPlace {
  receivedMs: number
  deviceId: number
  stream: number
  seq: number
}
export interface RecordRow extends RecordPlace {
  device: string
  machine: string
  site: string
  epoch: string
  at: Date
  received: Date
  kind: string
  by: string
  body: unknown
}

const starts = (prefix: string): string => `${prefix.replaceAll(/[\\%_]/g, '\\$&')}%`
const contains = (text: string): string => `%${text.replaceAll(/[\\%_]/g, '\\$&')}%`

/** Events, newest arrival first; what arrived together in the machine's order, newest first. */
export async function recordRows(
  db: Database,
  { device, site, kind, by, from, to, limit }: Omit<RecordQuery, 'cursor'>,
  after: RecordPlace | undefined,
): Promise<RecordRow[]> {
  const { rows } =
    await sql<RecordRow>`SELECT d.device, d.name AS machine, d.site, e.device_id AS "deviceId", e.stream, e.epoch, e.seq, e.at, e.received,
      extract(epoch FROM e.received) * 1000 AS "receivedMs", e.kind, e.by, e.body
    FROM events e JOIN devices d ON d.id = e.device_id WHERE TRUE
    ${device === undefined ? sql`` : sql`AND d.device = ${device}`}
    ${site === undefined ? sql`` : sql`AND d.site = ${site}`}
    ${kind === undefined ? sql`` : kind.endsWith('.') ? sql`AND e.kind LIKE ${starts(kind)}` : sql`AND e.kind = ${kind}`}
    ${by === undefined ? sql`` : sql`AND e.by ILIKE ${contains(by)}`}
    ${from === undefined ? sql`` : sql`AND e.received >= ${new Date(from)}`}
    ${to === undefined ? sql`` : sql`AND e.received < ${new Date(to)}`}
    ${
      after === undefined
        ? sql``
        : sql`AND (e.received, e.device_id, e.stream, e.seq) < (to_timestamp(${after.receivedMs}::float8 / 1000), ${after.deviceId}::int, ${after.stream}::smallint, ${after.seq}::bigint)`
    }
    ORDER BY e.received DESC, e.device_id DESC, e.stream DESC, e.seq DESC LIMIT ${limit}`.execute(db)
  return rows
}

export async function logRows(
  db: Database,
  { kind, by, from, to, limit }: Omit<LogQuery, 'cursor'>,
  beforeId: number | undefined,
): Promise<{ id: number; at: Date; by: string; kind: string; body: unknown }[]> {
  return db
    .selectFrom('central_log')
    .select(['id', 'at', 'by', 'kind', 'body'])
    .$if(kind !== undefined, (q) =>
      kind!.endsWith('.') ? q.where('kind', 'like', starts(kind!)) : q.where('kind', '=', kind!),
    )
    .$if(by !== undefined, (q) => q.where('by', 'ilike', contains(by!)))
    .$if(from !== undefined, (q) => q.where('at', '>=', sql<Date>`${new Date(from!)}`))
    .$if(to !== undefined, (q) => q.where('at', '<', sql<Date>`${new Date(to!)}`))
    .$if(beforeId !== undefined, (q) => q.where('id', '<', beforeId!))
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
}

export async function findingRows(
  db: Database,
  { device, limit }: Omit<FindingsQuery, 'cursor'>,
  beforeId: number | undefined,
): Promise<
  {
    id: number
    device: string
    machine: string
    site: string
    at: Date
    kind: string
    words: string
    detail: unknown
  }[]
> {
  return db
    .selectFrom('findings')
    .innerJoin('devices', 'devices.id', 'findings.device_id')
    .select([
      'findings.id',
      'devices.device',
      'devices.name as machine',
      'devices.site',
      'findings.at',
      'findings.kind',
      'findings.words',
      'findings.detail',
    ])
    .$if(device !== undefined, (q) => q.where('devices.device', '=', device!))
    .$if(beforeId !== undefined, (q) => q.where('findings.id', '<', beforeId!))
    .orderBy('findings.id', 'desc')
    .limit(limit)
    .execute()
}

/** A counter belongs to a life of the machine's journal: one that was put back to a copy counts from where the copy stood. */
export interface CheckpointPlace {
  /** Which of the machine's lives, in the order in which it told of them. */
  life: number
  counter: number
}

/** Countersigned ones, newest first. */
export async function checkpointRows(
  db: Database,
  device: string,
  limit: number,
  before: CheckpointPlace | undefined,
): Promise<
  (CheckpointPlace & { at: Date; received: Date; epoch: string; kept: unknown; countersignature: unknown })[]
> {
  const { rows } = await sql<
    CheckpointPlace & { at: Date; received: Date; epoch: string; kept: unknown; countersignature: unknown }
  >`SELECT * FROM (
      SELECT coalesce(j.n, -1) AS life, c.counter, c.at, c.received, c.epoch, c.kept, c.countersignature
      FROM checkpoints c JOIN devices d ON d.id = c.device_id LEFT JOIN journals j ON j.device_id = c.device_id AND j.epoch = c.epoch
      WHERE d.device = ${device}) AS all_lives
    ${before === undefined ? sql`` : sql`WHERE (life, counter) < (${before.life}::int, ${before.counter}::bigint)`}
    ORDER BY life DESC, counter DESC LIMIT ${limit}`.execute(db)
  return rows
}
