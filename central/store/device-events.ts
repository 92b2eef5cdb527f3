import { sql } from 'kysely'
import type { DeviceEvent, DeviceEventsQuery } from '#core/contracts/deployments.ts'
import type { Database } from './database.ts'

export interface NewDeviceEvent {
  stream: number
  epoch: string
  seq: number
  at: Date
  by: string
  kind: string
  model: string | null
  version: string | null
  digest: string | null
  /** JSON. */
  body: string
}

/** A statement takes 65,535 parameters, and each event is eleven. */
const atOnce = 2000

/** In the order in which they come, which is the machine's own within a stream. */
export async function keepDeviceEvents(
  db: Database,
  deviceId: number,
  received: Date,
  events: readonly NewDeviceEvent[],
): Promise<void> {
  for (let from = 0; from < events.length; from += atOnce)
    await db
      .insertInto('device_events')
      .values(events.slice(from, from + atOnce).map((one) => ({ ...one, device_id: deviceId, received })))
      .onConflict((conflict) => conflict.columns(['device_id', 'stream', 'epoch', 'seq']).doNothing())
      .execute()
}

type Filter = Pick<DeviceEventsQuery, 'model' | 'device' | 'kind' | 'limit'>

/** By the machines' own times, newest first; what came at one time in the machine's order, newest first. */
export async function deviceEvents(
  db: Database,
  { model, device, kind, limit }: Filter,
  before: { atMs: number; id: number } | undefined,
): Promise<(DeviceEvent & { id: number })[]> {
  let query = db
    .selectFrom('device_events as e')
    .innerJoin('devices as d', 'd.id', 'e.device_id')
    .select(['e.id', 'd.device', 'd.name as machine', 'd.site', 'e.at', 'e.received', 'e.by', 'e.kind'])
    .select(['e.model', 'e.version', 'e.body'])
    .orderBy('e.at', 'desc')
    .orderBy('e.id', 'desc')
    .limit(limit)
  if (model !== undefined) query = query.where('e.model', '=', model)
  if (device !== undefined) query = query.where('d.device', '=', device)
  if (kind !== undefined)
    query = kind.endsWith('.')
      ? query.where(sql<boolean>`starts_with(e.kind, ${kind})`)
      : query.where('e.kind', '=', kind)
  if (before)
    query = query.where(
      sql<boolean>`(e.at, e.id) < (${new Date(before.atMs)}::timestamptz, ${before.id}::bigint)`,
    )
  return (await query.execute()).map(({ at, received, body, ...row }) => ({
    ...row,
    at: at.toISOString(),
    arrivedAt: received.toISOString(),
    reason: reasonIn(body),
    body,
  }))
}

const reasonIn = ({ reason, why, problem }: Record<string, unknown>): string | null => {
  const found = reason ?? why ?? problem
  return typeof found === 'string' ? found : null
}
