import { sql } from 'kysely'
import { streamNames } from '#core/chain/streams.ts'
import type { DeviceCheckpoint, DeviceEpoch, FleetEvent } from '#core/contracts/fleet.ts'
import type { Database } from './database.ts'
import { listed } from './devices-list.ts'

const mostCheckpoints = 20
const mostEvents = 100

export const deviceInFull = (db: Database, device: string) =>
  db
    .selectFrom('devices')
    .select([...listed, 'public_key', 'enrolled_at', 'confirmed_at', 'confirmed_by', 'epoch', 'report'])
    .where('device', '=', device)
    .executeTakeFirst()

export const deviceInBrief = (db: Database, device: string) =>
  db.selectFrom('devices').select(listed).where('device', '=', device).executeTakeFirst()

/** Lives of its journal, oldest first, and how far central has each. */
export async function epochsOf(db: Database, deviceId: number): Promise<DeviceEpoch[]> {
  const [journals, marks] = await Promise.all([
    db.selectFrom('journals').selectAll().where('device_id', '=', deviceId).orderBy('n').execute(),
    db
      .selectFrom('watermarks')
      .select(['stream', 'epoch', 'ack'])
      .where('device_id', '=', deviceId)
      .orderBy('stream')
      .execute(),
  ])
  return journals.map(({ epoch, started_at, why }) => ({
    epoch,
    startedAt: started_at.toISOString(),
    why,
    streams: marks
      .filter((mark) => mark.epoch === epoch)
      .map(({ stream, ack }) => ({ stream: streamNames[stream] ?? String(stream), ack })),
  }))
}

export async function checkpointsOf(db: Database, deviceId: number): Promise<DeviceCheckpoint[]> {
  const rows = await db
    .selectFrom('checkpoints')
    .select(['counter', 'at', 'epoch', sql<string | null>`countersignature ->> 'at'`.as('countersigned')])
    .where('device_id', '=', deviceId)
    .orderBy('received', 'desc')
    .orderBy('counter', 'desc')
    .limit(mostCheckpoints)
    .execute()
  return rows.map(({ counter, at, epoch, countersigned }) => ({
    counter,
    at: at.toISOString(),
    epoch,
    countersignedAt: countersigned,
    problem: null,
  }))
}

/** What people did with it at central, and the server itself; newest first. */
export async function logOf(db: Database, device: string): Promise<FleetEvent[]> {
  const rows = await db
    .selectFrom('central_log')
    .select(['id', 'at', 'by', 'kind', 'body'])
    .where(sql<boolean>`body ? 'device' AND body ->> 'device' = ${device}`)
    .orderBy('id', 'desc')
    .limit(mostEvents)
    .execute()
  return rows.map(({ at, body, ...row }) => ({
    ...row,
    at: at.toISOString(),
    body: body as Record<string, unknown>,
  }))
}
