import { type SelectQueryBuilder, sql } from 'kysely'
import { lateAfterMs, offlineAfterMs, type Presence } from '#core/contracts/central.ts'
import type { DeviceState, DevicesQuery } from '#core/contracts/fleet.ts'
import type { Database } from './database.ts'
import type { Tables } from './tables.ts'

/** As central/devices/presence.ts has it; a test holds the two to the same answers. */
export interface WatchTimes {
  nowMs: number
  heardUntilMs: number
  outageMs: number
  steadyAfterMs: number
  /** Beyond it, either way, a clock is wrong. */
  clockLimitMs: number
}

const seconds = (ms: number) => sql`make_interval(secs => ${ms / 1000}::float8)`

/** For how long it has been silent while the server could hear it. */
const silence = ({ nowMs, heardUntilMs, outageMs }: WatchTimes) =>
  sql`(${new Date(nowMs)}::timestamptz - last_seen
    - CASE WHEN last_seen <= ${new Date(heardUntilMs)}::timestamptz THEN ${seconds(outageMs)} ELSE interval '0' END)`

export const presenceSql = (times: WatchTimes) =>
  sql<Presence>`(CASE WHEN last_seen IS NULL THEN 'never'
    WHEN ${silence(times)} > ${seconds(offlineAfterMs)} THEN 'offline'
    WHEN ${silence(times)} > ${seconds(lateAfterMs)} THEN 'late'
    WHEN last_seen - returned_at < ${seconds(times.steadyAfterMs)} THEN 'late'
    WHEN updating THEN 'updating' ELSE 'online' END)`

/** Somebody should look at it. */
export const troubleSql = (times: WatchTimes) =>
  sql<boolean>`(state IN ('waiting', 'quarantined') OR (state = 'enrolled' AND (jsonb_array_length(problems) > 0
    OR abs(coalesce(clock_offset_ms, 0)) > ${times.clockLimitMs}
    OR (last_seen IS NOT NULL AND ${silence(times)} > ${seconds(offlineAfterMs)}))))`

export const listed = [
  'id',
  'device',
  'name',
  'site',
  'groups',
  'labels',
  'state',
  'why',
  'last_seen',
  'returned_at',
  'updating',
  'clock_offset_ms',
  'alerts_high',
  'alerts_medium',
  'alerts_low',
  'alerts_shelved',
  'models',
  'waiting_items',
  'report_at',
  'version',
  'problems',
] as const

type Filter = Omit<DevicesQuery, 'limit' | 'cursor'>

/** Where a page begins: behind this machine. */
export interface After {
  site: string
  name: string
  id: number
}

function filtered<O>(
  query: SelectQueryBuilder<Tables, 'devices', O>,
  filter: Filter,
  times: WatchTimes,
): SelectQueryBuilder<Tables, 'devices', O> {
  const { site, group, label, state, presence, model, version, search, problem } = filter
  if (site !== undefined) query = query.where('site', '=', site)
  if (group !== undefined) query = query.where(sql<boolean>`${group} = ANY(groups)`)
  if (label !== undefined) query = query.where(sql<boolean>`labels @> ARRAY[${label}]::text[]`)
  if (state !== undefined) query = query.where('state', '=', state)
  if (presence !== undefined) query = query.where(sql<boolean>`${presenceSql(times)} = ${presence}`)
  if (model !== undefined) {
    const part = JSON.stringify([{ id: model, ...(version !== undefined && { running: version }) }])
    query = query.where(sql<boolean>`models @> ${part}::jsonb`)
  }
  if (search !== undefined) {
    const text = search.toLowerCase()
    query = query.where(sql<boolean>`(strpos(lower(name), ${text}) > 0 OR starts_with(device, ${text}))`)
  }
  if (problem === 'true') query = query.where(troubleSql(times))
  if (problem === 'false') query = query.where(sql<boolean>`NOT ${troubleSql(times)}`)
  return query
}

/** By site, name and id. Bodies of reports are not read. */
export function listDevices(
  db: Database,
  filter: Filter,
  times: WatchTimes,
  limit: number,
  after: After | undefined,
) {
  const query = filtered(db.selectFrom('devices'), filter, times)
    .select(listed)
    .orderBy('site')
    .orderBy('name')
    .orderBy('id')
    .limit(limit)
  return (
    after ? query.where(sql<boolean>`(site, name, id) > (${after.site}, ${after.name}, ${after.id})`) : query
  ).execute()
}
export type ListedDevice = Awaited<ReturnType<typeof listDevices>>[number]

export async function countDevices(db: Database, filter: Filter, times: WatchTimes): Promise<number> {
  const { n } = await filtered(db.selectFrom('devices'), filter, times)
    .select(({ fn }) => fn.countAll<number>().as('n'))
    .executeTakeFirstOrThrow()
  return n
}

/** Machines by site, state and presence; revoked ones are left out. */
export async function countSites(db: Database, times: WatchTimes, site: string | undefined) {
  const query = db
    .selectFrom('devices')
    .select([
      'site',
      'state',
      presenceSql(times).as('presence'),
      sql<number>`count(*)::int`.as('machines'),
      sql<number>`count(*) FILTER (WHERE ${troubleSql(times)})::int`.as('problems'),
      sql<number>`coalesce(sum(alerts_high), 0)::bigint`.as('high'),
      sql<number>`coalesce(sum(alerts_medium), 0)::bigint`.as('medium'),
      sql<number>`coalesce(sum(alerts_low), 0)::bigint`.as('low'),
      sql<number>`coalesce(sum(alerts_shelved), 0)::bigint`.as('shelved'),
    ])
    .where('state', '!=', 'revoked')
    .groupBy(['site', 'state', sql`3`])
    .orderBy('site')
  return (site === undefined ? query : query.where('site', '=', site)).execute()
}

export interface SquareRow {
  site: string
  device: string
  name: string
  state: DeviceState
  presence: Presence
  alert: 'high' | 'medium' | 'low' | null
}

export function squaresOf(db: Database, sites: readonly string[], times: WatchTimes): Promise<SquareRow[]> {
  return db
    .selectFrom('devices')
    .select([
      'site',
      'device',
      'name',
      'state',
      presenceSql(times).as('presence'),
      sql<SquareRow['alert']>`CASE WHEN alerts_high > 0 THEN 'high' WHEN alerts_medium > 0 THEN 'medium'
        WHEN alerts_low > 0 THEN 'low' END`.as('alert'),
    ])
    .where('site', 'in', [...sites])
    .where('state', '!=', 'revoked')
    .orderBy('site')
    .orderBy('name')
    .orderBy('id')
    .execute()
}

/** Alerts that arrived since then, by site. */
export async function alertsRaised(db: Database, since: Date): Promise<Map<string, number>> {
  const rows = await db
    .selectFrom('events')
    .innerJoin('devices', 'devices.id', 'events.device_id')
    .select(['devices.site', sql<number>`count(*)::int`.as('n')])
    .where('events.kind', '=', 'alert.raised')
    .where('events.received', '>', since)
    .where('events.at', '>', since)
    .groupBy('devices.site')
    .execute()
  return new Map(rows.map(({ site, n }) => [site, n]))
}
