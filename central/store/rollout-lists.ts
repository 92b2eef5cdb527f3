import { sql } from 'kysely'
import { failedStates, type MachineState, type RolloutMachinesQuery } from '#core/contracts/rollout.ts'
import type { Database } from './database.ts'
import type { RolloutMachineRow } from './tables/rollouts.ts'

export interface MachineLine extends RolloutMachineRow {
  state: MachineState
  device: string
  name: string
  last_seen: Date | null
  returned_at: Date | null
  updating: boolean
  running: string | null
}

/** By group, site and name. */
export async function machineLines(
  db: Database,
  rollout: number,
  model: string,
  { group, state, limit }: Omit<RolloutMachinesQuery, 'cursor'>,
  after: { grp: number; site: string; name: string; id: number } | undefined,
): Promise<MachineLine[]> {
  const states = state === 'any-failed' ? [...failedStates] : state === undefined ? undefined : [state]
  const { rows } = await sql<MachineLine>`
    SELECT m.*, d.device, d.name, d.last_seen, d.returned_at, d.updating,
      (SELECT r #>> '{slots,running,version}' FROM jsonb_array_elements(d.report -> 'models') r WHERE r ->> 'id' = ${model} LIMIT 1) AS running
    FROM rollout_machines m JOIN devices d ON d.id = m.device_id WHERE m.rollout_id = ${rollout}
    ${group === undefined ? sql`` : sql`AND m.grp = ${group}`}
    ${states === undefined ? sql`` : sql`AND m.state = ANY(${states}::text[])`}
    ${
      after === undefined
        ? sql``
        : sql`AND (m.grp, m.site, d.name, d.id) > (${after.grp}::int, ${after.site}, ${after.name}, ${after.id}::int)`
    }
    ORDER BY m.grp, m.site, d.name, d.id LIMIT ${limit}`.execute(db)
  return rows
}

export interface FailureLine {
  state: MachineState
  reason: string
  machines: number
}

/** Most frequent first. */
export async function failureLines(db: Database, rollout: number, most: number): Promise<FailureLine[]> {
  const { rows } = await sql<FailureLine>`
    SELECT state, coalesce(reason, '') AS reason, count(*)::int AS machines FROM rollout_machines
    WHERE rollout_id = ${rollout} AND state = ANY(${[...failedStates]}::text[])
    GROUP BY state, reason ORDER BY machines DESC, state, reason LIMIT ${most}`.execute(db)
  return rows
}
