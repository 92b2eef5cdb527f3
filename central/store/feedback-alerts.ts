import { sql, type Updateable } from 'kysely'
import type { AlertState } from '#core/contracts/alert.ts'
import type { Priority } from '#core/contracts/manifest.ts'
import type { Text } from '#core/contracts/text.ts'
import type { Database } from './database.ts'
import { words, wordsOrNull } from './feedback-values.ts'
import type { FeedbackTables, FleetAlertRow } from './tables/feedback.ts'

export interface RaisedAlert {
  deviceId: number
  alertId: string
  site: string
  state: AlertState
  priority: Priority
  model: string
  version: string
  rule: string
  title: Text
  asset: string | null
  readingId: string
  raisedAt: Date
  arrivedAt: Date
  respondWithinMin: number | null
  respondBy: Date | null
  dueAt: Date | null
  owner: string | null
  escalateTo: object | null
  /** Of this raising: an alert that comes back keeps the time of its first on a shelf. */
  at: Date
}

/** A new alert, or one that came back: then whatever became of it before is over. */
export async function putRaised(tx: Database, raised: RaisedAlert): Promise<void> {
  const { model, version, rule, priority, state, raisedAt, arrivedAt, dueAt } = raised
  const names = { model: words(model), rule: words(rule), site: raised.site, priority }
  const asset = wordsOrNull(raised.asset)
  const key = { device_id: raised.deviceId, alert_id: words(raised.alertId) }
  const row = {
    ...{ ...names, version: words(version), state, asset, title: JSON.stringify(raised.title) },
    ...{ reading_id: words(raised.readingId), raised_at: raisedAt, arrived_at: arrivedAt, due_at: dueAt },
    ...{ respond_within_min: raised.respondWithinMin, respond_by: raised.respondBy },
    ...{
      owner: wordsOrNull(raised.owner),
      escalate_to: raised.escalateTo && JSON.stringify(raised.escalateTo),
    },
    ...{
      acknowledged_at: null,
      acknowledged_by: null,
      cleared_at: null,
      escalated_at: null,
      action_done_at: null,
    },
    ...{ escalation_at: null, escalation_outcome: null, escalation_to: null, answer: null },
    ...(state !== 'shelved' && { shelved_until: null }),
  }
  await tx
    .insertInto('fleet_alerts')
    .values({ shelved_until: null, ...key, ...row })
    .onConflict((each) => each.columns(['device_id', 'alert_id']).doUpdateSet(row))
    .execute()
  await tx
    .insertInto('alert_raisings')
    .values({
      ...{ ...key, ...names, asset, at: raised.at, respond_by: raised.respondBy, due_at: dueAt },
      acknowledged_at: null,
    })
    .execute()
}

/** False: it is not known here. */
export async function changeAlert(
  tx: Database,
  deviceId: number,
  alertId: string,
  change: Updateable<FeedbackTables['fleet_alerts']>,
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('fleet_alerts')
    .set(change)
    .where('device_id', '=', deviceId)
    .where('alert_id', '=', words(alertId))
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** Somebody acknowledged it: counts for its last raising. */
export async function acknowledgeRaising(
  tx: Database,
  deviceId: number,
  alertId: string,
  at: Date,
): Promise<void> {
  await sql`
    UPDATE alert_raisings SET acknowledged_at = ${at} WHERE ctid = (
      SELECT ctid FROM alert_raisings WHERE device_id = ${deviceId} AND alert_id = ${words(alertId)}
      ORDER BY at DESC LIMIT 1)`.execute(tx)
}

export async function alertOf(
  tx: Database,
  deviceId: number,
  alertId: string,
): Promise<FleetAlertRow | undefined> {
  return tx
    .selectFrom('fleet_alerts')
    .selectAll()
    .where('device_id', '=', deviceId)
    .where('alert_id', '=', words(alertId))
    .executeTakeFirst()
}

/** The machine's clock minus this server's, ms; 0 where it is not known. */
export async function clockOffset(tx: Database, deviceId: number): Promise<number> {
  const row = await tx
    .selectFrom('devices')
    .select('clock_offset_ms')
    .where('id', '=', deviceId)
    .executeTakeFirst()
  return row?.clock_offset_ms ?? 0
}

/** Open alerts of these machines (`devices.id`), by priority; those on a shelf apart. A machine with none is left out. */
export async function openAlerts(
  db: Database,
  deviceIds: readonly number[],
): Promise<Map<number, { high: number; medium: number; low: number; shelved: number }>> {
  const { rows } = await sql<{ id: number; high: number; medium: number; low: number; shelved: number }>`
    SELECT device_id AS id, count(*) FILTER (WHERE state <> 'shelved' AND priority = 'high') AS high,
      count(*) FILTER (WHERE state <> 'shelved' AND priority = 'medium') AS medium,
      count(*) FILTER (WHERE state <> 'shelved' AND priority = 'low') AS low, count(*) FILTER (WHERE state = 'shelved') AS shelved
    FROM fleet_alerts WHERE state <> 'normal' AND device_id = ANY (${[...deviceIds]}::int[]) GROUP BY device_id`.execute(
    db,
  )
  return new Map(rows.map(({ id, ...counts }) => [id, counts]))
}
