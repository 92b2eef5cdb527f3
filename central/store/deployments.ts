import { sql } from 'kysely'
import type { DeploymentsQuery } from '#core/contracts/deployments.ts'
import type { DeviceReport } from '#core/contracts/sync.ts'
import type { Database } from './database.ts'

export interface DeploymentRow {
  id: number
  device: string
  name: string
  site: string
  last_seen: Date | null
  returned_at: Date | null
  updating: boolean
  report_at: Date
  model: DeviceReport['models'][number]
}

/** What each machine's newest report says of one model; revoked machines are not shown. By site and name. */
export async function deploymentRows(
  db: Database,
  { model, version, site, held, limit }: Omit<DeploymentsQuery, 'cursor'>,
  after: { site: string; name: string; id: number } | undefined,
): Promise<DeploymentRow[]> {
  const isHeld = sql`(m #>> '{slots,staged,deployment,state}' IN ('rolled-back', 'refused')
    OR m #>> '{slots,running,deployment,state}' = 'withdrawn')`
  const { rows } = await sql<DeploymentRow>`
    SELECT d.id, d.device, d.name, d.site, d.last_seen, d.returned_at, d.updating, d.report_at, m AS model
    FROM devices d, jsonb_array_elements(d.report -> 'models') m
    WHERE d.state <> 'revoked' AND m ->> 'id' = ${model}
    ${version === undefined ? sql`` : sql`AND m #>> '{slots,running,version}' = ${version}`}
    ${site === undefined ? sql`` : sql`AND d.site = ${site}`}
    ${held === undefined ? sql`` : held ? sql`AND ${isHeld}` : sql`AND NOT coalesce(${isHeld}, false)`}
    ${after === undefined ? sql`` : sql`AND (d.site, d.name, d.id) > (${after.site}, ${after.name}, ${after.id}::int)`}
    ORDER BY d.site, d.name, d.id LIMIT ${limit}`.execute(db)
  return rows
}
