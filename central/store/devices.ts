import { sql, type Updateable } from 'kysely'
import type { DeviceState } from '#core/contracts/fleet.ts'
import type { Database } from './database.ts'
import { record } from './log.ts'
import type { DeviceTables } from './tables/devices.ts'

const known = ['id', 'device', 'public_key', 'name', 'site', 'groups', 'state', 'why'] as const

export const knownDevice = (db: Database, device: string) =>
  db.selectFrom('devices').select(known).where('device', '=', device).executeTakeFirst()
export type KnownDevice = NonNullable<Awaited<ReturnType<typeof knownDevice>>>

export interface Change {
  device: string
  /** In which states it may be; absent: in any. */
  from?: readonly DeviceState[]
  set:
    | Updateable<DeviceTables['devices']>
    | ((
        before: KnownDevice & { confirmed_at: Date | null; labels: string[] },
      ) => Updateable<DeviceTables['devices']>)
  log: { kind: string; by: string; at: Date; body: object }
}

/** Changes a machine and says so in the log, both or neither. Answers its state where it may not be changed so. */
export async function changeDevice(
  db: Database,
  { device, from, set, log }: Change,
): Promise<
  { outcome: 'unknown' } | { outcome: 'state'; state: DeviceState } | { outcome: 'changed'; id: number }
> {
  return db.transaction().execute(async (tx) => {
    const before = await tx
      .selectFrom('devices')
      .select([...known, 'confirmed_at', 'labels'])
      .where('device', '=', device)
      .forUpdate()
      .executeTakeFirst()
    if (!before) return { outcome: 'unknown' as const }
    if (from && !from.includes(before.state)) return { outcome: 'state' as const, state: before.state }
    await tx
      .updateTable('devices')
      .set(typeof set === 'function' ? set(before) : set)
      .where('id', '=', before.id)
      .execute()
    await record(tx, log.at.getTime(), log.kind, log.by, {
      device,
      name: before.name,
      site: before.site,
      ...log.body,
    })
    return { outcome: 'changed' as const, id: before.id }
  })
}

/** They are told with their next heartbeat that something was signed for them. */
export async function askToCheckUpdates(db: Database, ids: readonly number[]): Promise<void> {
  await sql`UPDATE devices SET check_updates = true WHERE id = ANY(${[...ids]}::int[]) AND NOT check_updates`.execute(
    db,
  )
}

/** Enrolled machines that all named parts fit; by id. */
export async function devicesFitting(
  db: Database,
  parts: {
    sites?: readonly string[] | undefined
    groups?: readonly string[] | undefined
    labels?: readonly string[] | undefined
    devices?: readonly string[] | undefined
  },
) {
  let query = db
    .selectFrom('devices')
    .select(['id', 'device', 'name', 'site', 'last_seen', 'returned_at', 'updating'])
    .where('state', '=', 'enrolled')
    .orderBy('id')
  if (parts.sites) query = query.where('site', 'in', [...parts.sites])
  if (parts.groups) query = query.where(sql<boolean>`groups && ${[...parts.groups]}::text[]`)
  if (parts.labels) query = query.where(sql<boolean>`labels @> ${[...parts.labels]}::text[]`)
  if (parts.devices) query = query.where(sql<boolean>`device = ANY(${[...parts.devices]}::text[])`)
  return query.execute()
}
