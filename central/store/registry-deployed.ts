import { sql } from 'kysely'
import type { Database } from './database.ts'

export interface DeployedRow {
  id: number
  device: string
  machine: string
  site: string
  version: string
  digest: string
  began: Date
  ended: Date | null
  by: string
  reason: string
  ended_kind: string | null
}

/**
 * Stretches in which a version ran on a machine, out of what machines said of their deployments (table device_events, each
 * machine's in its own order); newest first.
 */
export async function deployedRows(
  db: Database,
  model: string,
  {
    version,
    site,
    after,
    limit,
  }: {
    version?: string | undefined
    site?: string | undefined
    /** When the last one of the page before began, and its id. */
    after?: { at: Date; id: number } | undefined
    limit: number
  },
): Promise<DeployedRow[]> {
  const { rows } = await sql<DeployedRow>`
    SELECT e.id, d.device, d.name AS machine, d.site, e.version, e.digest, e.at AS began, f.at AS ended, e.by,
      coalesce(e.body ->> 'reason', '') AS reason, f.kind AS ended_kind
    FROM device_events e
    JOIN devices d ON d.id = e.device_id
    LEFT JOIN LATERAL (SELECT kind FROM device_events g
      WHERE g.device_id = e.device_id AND g.model = e.model AND g.digest = e.digest AND g.id < e.id
        AND g.kind LIKE 'deployment.%' ORDER BY g.id DESC LIMIT 1) before ON true
    LEFT JOIN LATERAL (SELECT at, kind FROM device_events g
      WHERE g.device_id = e.device_id AND g.model = e.model AND g.digest = e.digest AND g.id > e.id
        AND g.kind LIKE 'deployment.%' AND g.kind <> 'deployment.running' ORDER BY g.id LIMIT 1) f ON true
    WHERE e.model = ${model} AND e.kind = 'deployment.running' AND e.version IS NOT NULL AND e.digest IS NOT NULL
      AND before.kind IS DISTINCT FROM 'deployment.running'
      AND ${version === undefined ? sql`true` : sql`e.version = ${version}`}
      AND ${site === undefined ? sql`true` : sql`d.site = ${site}`}
      AND ${after === undefined ? sql`true` : sql`(e.at, e.id) < (${after.at}, ${after.id}::bigint)`}
    ORDER BY e.at DESC, e.id DESC LIMIT ${limit}`.execute(db)
  return rows
}
