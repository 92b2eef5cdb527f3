import { sql } from 'kysely'
import type { DeviceState } from '#core/contracts/fleet.ts'
import { failedStates, type MachineState } from '#core/contracts/rollout.ts'
import type { DeviceReport } from '#core/contracts/sync.ts'
import type { MachineOutcome } from '../rollout/machine-outcome.ts'
import { type AlertRates, type GroupCounts, noMachines } from '../rollout/types.ts'
import type { Database } from './database.ts'
import type { RolloutMachineRow } from './tables/rollouts.ts'

/** The machines of a rollout: who was chosen, what was signed for them, and how far they are. */

const settled = ['succeeded', ...failedStates]

export async function takenBy(db: Database, rollout: number): Promise<Set<number>> {
  const rows = await db
    .selectFrom('rollout_machines')
    .select('device_id')
    .where('rollout_id', '=', rollout)
    .execute()
  return new Set(rows.map(({ device_id }) => device_id))
}

export interface Chosen {
  id: number
  site: string
  entryBefore: RolloutMachineRow['entry_before']
}

/** Keeps who was chosen for a group; who is there already stays as it is. What each runs now is read beside it. */
export async function keepChosen(
  db: Database,
  { rollout, group, model, at }: { rollout: number; group: number; model: string; at: Date },
  chosen: readonly Chosen[],
): Promise<void> {
  await sql`
    INSERT INTO rollout_machines (rollout_id, device_id, grp, site, state, since, before, entry_before)
    SELECT ${rollout}, c.id, ${group}, c.site, 'chosen', ${at},
      (SELECT jsonb_build_object('version', r ->> 'version', 'digest', r ->> 'digest')
        FROM jsonb_array_elements(d.report -> 'models') m, jsonb_extract_path(m, 'slots', 'running') r
        WHERE m ->> 'id' = ${model} AND jsonb_typeof(r) = 'object'),
      nullif(c.entry, 'null')::jsonb
    FROM unnest(${chosen.map(({ id }) => id)}::int[], ${chosen.map(({ site }) => site)}::text[],
      ${chosen.map(({ entryBefore }) => JSON.stringify(entryBefore))}::text[]) AS c (id, site, entry)
    JOIN devices d ON d.id = c.id
    ON CONFLICT DO NOTHING`.execute(db)
  // Without figures of the new rows the planner takes each machine against each other one: seconds, for ten thousand.
  if (chosen.length >= manyMachines) await sql`ANALYZE rollout_machines`.execute(db)
}
const manyMachines = 500

export interface ToSignFor {
  id: number
  device: string
  site: string
  state: MachineState
  before: RolloutMachineRow['before']
  entry_before: RolloutMachineRow['entry_before']
}

/** Machines of a rollout: of a group and not assigned yet, or all that were not taken back. */
export async function machinesToSign(
  db: Database,
  rollout: number,
  group: number | null,
): Promise<ToSignFor[]> {
  let query = db
    .selectFrom('rollout_machines as m')
    .innerJoin('devices as d', 'd.id', 'm.device_id')
    .select(['m.device_id as id', 'd.device', 'm.site', 'm.state', 'm.before', 'm.entry_before'])
    .where('m.rollout_id', '=', rollout)
    .orderBy('m.device_id')
  query =
    group === null
      ? query.where('m.state', '<>', 'taken-back')
      : query.where('m.grp', '=', group).where('m.assigned_at', 'is', null)
  return (await query.execute()) as ToSignFor[]
}

/** What is signed for them holds from now on: they count as assigned, and hear of it with their next heartbeat. */
export async function markAssigned(
  db: Database,
  rollout: number,
  ids: readonly number[],
  at: Date,
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await tx
      .updateTable('rollout_machines')
      .set({ state: 'assigned', since: at, assigned_at: at, seen_at: null })
      .where('rollout_id', '=', rollout)
      .where(sql<boolean>`device_id = ANY(${ids}::int[])`)
      .where('assigned_at', 'is', null)
      .execute()
    await tellToCheck(tx, ids)
  })
}

export async function markTakenBack(
  db: Database,
  rollout: number,
  ids: readonly number[],
  at: Date,
  reason: string,
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await tx
      .updateTable('rollout_machines')
      .set({ state: 'taken-back', since: at, reason, by: null })
      .where('rollout_id', '=', rollout)
      .where(sql<boolean>`device_id = ANY(${ids}::int[])`)
      .execute()
    await tellToCheck(tx, ids)
  })
}

/** In the order of ids, as everywhere: statements that lock rows of machines never wait for each other. */
export async function tellToCheck(db: Database, ids: readonly number[]): Promise<void> {
  await sql`UPDATE devices SET check_updates = true WHERE id IN
    (SELECT id FROM devices WHERE id = ANY(${ids}::int[]) ORDER BY id FOR UPDATE)`.execute(db)
}

export interface DueRow {
  device_id: number
  state: MachineState
  reason: string | null
  by: string | null
  assigned_at: Date | null
  last_seen: Date | null
  report_at: Date | null
  models: DeviceReport['models'] | null
  progress: DeviceReport['updates']['progress'] | null
  device_state: string
  why: string | null
  /** Where it was when it was chosen, and where it is now. */
  site: string
  site_now: string
}

/** Machines whose state may be another one than what is kept: a newer report came, none did for too long, or it is not there any more. */
export async function dueMachines(db: Database, rollout: number, silentSince: Date): Promise<DueRow[]> {
  const { rows } = await sql<DueRow>`
    SELECT m.device_id, m.state, m.reason, m.by, m.assigned_at, d.last_seen, d.report_at, d.report -> 'models' AS models,
      d.report -> 'updates' -> 'progress' AS progress, d.state AS device_state, d.why, m.site, d.site AS site_now
    FROM rollout_machines m JOIN devices d ON d.id = m.device_id
    WHERE m.rollout_id = ${rollout} AND m.state <> 'taken-back' AND (
      (d.site <> m.site OR d.state = 'revoked') AND m.state <> ALL(${[...failedStates]}::text[])
      OR m.assigned_at IS NOT NULL AND (
        d.report_at > coalesce(m.seen_at, '-infinity')
        OR m.state <> ALL(${[...settled, 'offline']}::text[])
          AND (d.last_seen IS NULL OR d.last_seen < ${silentSince} OR d.state <> 'enrolled')
        OR m.state = 'offline' AND d.state = 'enrolled' AND d.last_seen >= ${silentSince}))
    ORDER BY m.device_id`.execute(db)
  return rows
}

/**
 * Keeps how far machines are; of two that look at once, what the newer report says. A machine that fails no more is no accepted
 * failure.
 */
export async function keepOutcomes(
  db: Database,
  rollout: number,
  at: Date,
  all: readonly (MachineOutcome & { id: number; seenAt: Date | null; changed: boolean })[],
): Promise<void> {
  if (all.length === 0) return
  await sql`
    UPDATE rollout_machines m SET state = v.state, reason = v.reason, by = v.by, seen_at = v.seen_at,
      since = CASE WHEN v.changed THEN ${at} ELSE m.since END,
      accepted = m.accepted AND v.state = ANY(${[...failedStates]}::text[])
    FROM unnest(${all.map(({ id }) => id)}::int[], ${all.map(({ state }) => state)}::text[],
      ${all.map(({ reason }) => reason)}::text[], ${all.map(({ by }) => by)}::text[],
      ${all.map(({ seenAt }) => seenAt)}::timestamptz[], ${all.map(({ changed }) => changed)}::boolean[])
      AS v (id, state, reason, by, seen_at, changed)
    WHERE m.rollout_id = ${rollout} AND m.device_id = v.id AND m.state <> 'taken-back'
      AND (m.seen_at IS NULL OR v.seen_at >= m.seen_at)`.execute(db)
}

/** By group; groups that have no machine are absent. */
export async function countsOf(
  db: Database,
  rollouts: readonly number[],
  silentSince: Date,
): Promise<Map<number, GroupCounts[]>> {
  const { rows } = await sql<{
    rollout_id: number
    grp: number
    state: MachineState
    n: number
    unassigned: number
    accepted: number
    now: number
  }>`
    SELECT m.rollout_id, m.grp, m.state, count(*)::int AS n, (count(*) FILTER (WHERE m.assigned_at IS NULL))::int AS unassigned,
      (count(*) FILTER (WHERE m.accepted))::int AS accepted,
      (count(*) FILTER (WHERE d.last_seen >= ${silentSince} AND d.state = 'enrolled'))::int AS now
    FROM rollout_machines m JOIN devices d ON d.id = m.device_id WHERE m.rollout_id = ANY(${rollouts}::int[])
    GROUP BY m.rollout_id, m.grp, m.state`.execute(db)
  const all = new Map<number, GroupCounts[]>()
  for (const { rollout_id, grp, state, n, unassigned, accepted, now } of rows) {
    const groups = all.get(rollout_id) ?? []
    all.set(rollout_id, groups)
    const was = groups[grp] ?? noMachines
    const isFailure = (failedStates as readonly string[]).includes(state)
    groups[grp] = {
      machines: was.machines + (state === 'taken-back' ? 0 : n),
      unassigned: was.unassigned + (state === 'taken-back' ? 0 : unassigned),
      byState: { ...was.byState, [state]: n },
      failed: was.failed + (isFailure ? n - accepted : 0),
      succeeded: was.succeeded + (state === 'succeeded' ? n : 0),
      succeededNow: was.succeededNow + (state === 'succeeded' ? now : 0),
    }
  }
  return all
}

/** Who resumes a rollout that stopped by itself accepts its failures so far. */
export async function acceptFailures(db: Database, rollout: number): Promise<void> {
  await db
    .updateTable('rollout_machines')
    .set({ accepted: true })
    .where('rollout_id', '=', rollout)
    .where('state', 'in', [...failedStates])
    .execute()
}

/** How far back readings of what ran before are looked at. */
const comparedDays = 7

/**
 * Readings and alerts on a group's machines, by hours: under these bytes since they were assigned, and under others in the
 * week before.
 */
export async function alertRatesOf(
  db: Database,
  { rollout, group, model, digest }: { rollout: number; group: number; model: string; digest: string },
): Promise<AlertRates> {
  const { rows } = await sql<{ version: string; ours: boolean; readings: number; alerts: number }>`
    SELECT h.version, h.digest = ${digest} AS ours, sum(h.readings)::bigint AS readings, sum(h.alert)::bigint AS alerts
    FROM rollout_machines m JOIN metric_hours h ON h.device_id = m.device_id
    WHERE m.rollout_id = ${rollout} AND m.grp = ${group} AND h.model = ${model} AND (
      h.digest = ${digest} AND h.newest >= m.assigned_at
      OR h.digest <> ${digest} AND h.hour < m.assigned_at AND h.hour >= m.assigned_at - make_interval(days => ${comparedDays}))
    GROUP BY h.version, ours ORDER BY h.version`.execute(db)
  const sum = (ours: boolean, of: 'readings' | 'alerts') =>
    rows.reduce((total, row) => (row.ours === ours ? total + row[of] : total), 0)
  return {
    readings: sum(true, 'readings'),
    alerts: sum(true, 'alerts'),
    readingsBefore: sum(false, 'readings'),
    alertsBefore: sum(false, 'alerts'),
    versionsBefore: rows.filter(({ ours }) => !ours).map(({ version }) => version),
  }
}

/** A machine that a site's file may say something to. */
export interface SiteDevice {
  id: number
  device: string
  site: string
  groups: string[]
  state: DeviceState
}

/** All that stand there now, but for revoked ones. */
export const machinesAt = (db: Database, sites: readonly string[]): Promise<SiteDevice[]> =>
  db
    .selectFrom('devices')
    .select(['id', 'device', 'site', 'groups', 'state'])
    .where(sql<boolean>`site = ANY(${sites}::text[])`)
    .where('state', '<>', 'revoked')
    .orderBy('id')
    .execute()

/** Of machines' own groups, those of machines that were revoked or stand elsewhere; of unknown ones nothing is said. */
export async function goneFrom(db: Database, site: string, own: readonly string[]): Promise<Set<string>> {
  const { rows } = await sql<{ own: string }>`
    SELECT 'device-' || left(device, 16) AS own FROM devices
    WHERE 'device-' || left(device, 16) = ANY(${own}::text[]) AND (state = 'revoked' OR site <> ${site})`.execute(
    db,
  )
  return new Set(rows.map((row) => row.own))
}
