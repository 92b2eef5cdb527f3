import { sql } from 'kysely'
import type { Presence } from '#core/contracts/central.ts'
import type { DeviceState } from '#core/contracts/fleet.ts'
import type { Database } from './database.ts'
import { presenceSql, type WatchTimes } from './devices-list.ts'

export interface FleetFigures {
  /** Those that were revoked are not seen any more: their presence is null. */
  machines: { state: DeviceState; presence: Presence | null; n: number }[]
  openRollouts: number
  waitingReviews: number
  /** To webhooks and by e-mail. */
  deliveries: { waiting: number; dead: number }
  /** When a checkpoint was countersigned the last time; null: none ever was. */
  countersignedAt: Date | null
}

interface Row {
  rollouts: number
  reviews: number
  waiting: number
  dead: number
  countersigned: Date | null
}

/** What /metrics tells of the fleet: counts alone, out of indexes where there are any. */
export async function fleetFigures(db: Database, times: WatchTimes): Promise<FleetFigures> {
  const presence = sql<Presence | null>`CASE WHEN state = 'revoked' THEN NULL ELSE ${presenceSql(times)} END`
  const machines = await db
    .selectFrom('devices')
    .select(['state', presence.as('presence'), sql<number>`count(*)::int`.as('n')])
    .groupBy(['state', sql`2`])
    .execute()
  const { rows } = await sql<Row>`SELECT
    (SELECT count(*)::int FROM rollouts WHERE open) AS rollouts,
    (SELECT count(*)::int FROM reviews WHERE state = 'open') AS reviews,
    (SELECT count(*)::int FROM deliveries WHERE state = 'waiting') AS waiting,
    (SELECT count(*)::int FROM deliveries WHERE state = 'dead') AS dead,
    (SELECT max(received) FROM checkpoints) AS countersigned`.execute(db)
  const one = rows[0]!
  return {
    machines,
    ...{ openRollouts: one.rollouts, waitingReviews: one.reviews },
    deliveries: { waiting: one.waiting, dead: one.dead },
    countersignedAt: one.countersigned,
  }
}
