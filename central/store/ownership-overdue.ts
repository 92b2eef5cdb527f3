import { sql } from 'kysely'
import type { Database } from './database.ts'

/** An alert that nobody acknowledged in time. */
export interface Overdue {
  device_id: number
  alert_id: string
  device: string
  machine: string
  site: string
  model: string
  version: string
  priority: string
  title: unknown
  asset: string | null
  raised_at: Date
  arrived_at: Date
  respond_by: Date
  due_at: Date
  owner: string | null
  escalate_to: unknown
}

/**
 * Takes alerts whose time is over, longest overdue first, and locks them until the transaction ends. What arrived after its
 * time was over gets until `settled` (arrived before then): whoever acknowledged it meanwhile may be still on the way.
 */
export async function takeOverdue(
  tx: Database,
  { now, settled, limit }: { now: Date; settled: Date; limit: number },
): Promise<Overdue[]> {
  const { rows } = await sql<Overdue>`
    SELECT a.device_id, a.alert_id, devices.device, devices.name AS machine, a.site, a.model, a.version, a.priority, a.title, a.asset,
      a.raised_at, a.arrived_at, a.respond_by, a.due_at, a.owner, a.escalate_to
    FROM fleet_alerts AS a JOIN devices ON devices.id = a.device_id
    WHERE a.state = 'unacknowledged' AND a.escalation_at IS NULL AND a.due_at <= ${now}
      AND (a.arrived_at <= a.due_at OR a.arrived_at <= ${settled})
    ORDER BY a.due_at LIMIT ${limit} FOR UPDATE OF a SKIP LOCKED`.execute(tx)
  return rows
}

export async function escalated(
  tx: Database,
  alert: Pick<Overdue, 'device_id' | 'alert_id'>,
  { at, outcome, to }: { at: Date; outcome: 'sent' | 'late' | 'nobody-to-tell'; to: string[] },
): Promise<void> {
  await tx
    .updateTable('fleet_alerts')
    .set({ escalation_at: at, escalation_outcome: outcome, escalation_to: to })
    .where('device_id', '=', alert.device_id)
    .where('alert_id', '=', alert.alert_id)
    .execute()
}
