import { sql } from 'kysely'
import type { DeviceState } from '#core/contracts/fleet.ts'
import type { Database } from './database.ts'

export interface Beat {
  id: number
  epoch: string
  bootId: string
  clockOffsetMs: number
}

export interface Beaten {
  id: number
  name: string
  site: string
  groups: string[]
  state: DeviceState
  /** It was to be told to look for updates, and now is. */
  checkUpdates: boolean
  reportAt: Date | null
  bootFlips: number
  /** It came from the boot before the one that was heard of last. */
  isFormer: boolean
}

/** Before which a machine was late, of those last heard of before the server's own silence, and of all others. */
export interface LateBefore {
  heardUntil: Date
  earlier: Date
  later: Date
}

/**
 * How a machine stands now is told again within the minute: its commit waits for no disk, so that heartbeats take none of the
 * disk's time from what must be durable. Evaluated in the statement, it holds for its transaction alone
 * (PostgreSQL, `synchronous_commit` and `set_config`).
 */
const notWaited = sql<boolean>`set_config('synchronous_commit', 'off', true) = 'off'`

/**
 * Heartbeats of several machines, each once, in one statement. A machine whose row is held (its batch is being stored) is left
 * out, so that the others need not wait for it; unless `wait`.
 */
export async function keepBeats(
  db: Database,
  beats: readonly Beat[],
  at: Date,
  late: LateBefore,
  wait: boolean,
): Promise<Map<number, Beaten>> {
  const { rows } = await sql<Beaten>`
    UPDATE devices d SET last_seen = ${at}, clock_offset_ms = b.clock_offset, epoch = b.epoch, check_updates = false,
      returned_at = CASE WHEN d.last_seen < CASE WHEN d.last_seen <= ${late.heardUntil} THEN ${late.earlier}::timestamptz
        ELSE ${late.later}::timestamptz END THEN ${at} ELSE d.returned_at END,
      boot_flips = CASE WHEN d.boot_id <> b.boot AND d.former_boot = b.boot THEN d.boot_flips + 1
        WHEN d.boot_id <> b.boot THEN 0 ELSE d.boot_flips END,
      former_boot = CASE WHEN d.boot_id <> b.boot THEN d.boot_id ELSE d.former_boot END, boot_id = b.boot
    FROM (SELECT o.id, o.check_updates AS told, o.boot_flips AS flips, v.epoch, v.boot, v.clock_offset
      FROM unnest(${beats.map(({ id }) => id)}::int[], ${beats.map(({ epoch }) => epoch)}::text[],
        ${beats.map(({ bootId }) => bootId)}::text[], ${beats.map(({ clockOffsetMs }) => clockOffsetMs)}::float8[])
        AS v (id, epoch, boot, clock_offset) JOIN devices o ON o.id = v.id ORDER BY o.id
      FOR NO KEY UPDATE OF o ${wait ? sql`` : sql`SKIP LOCKED`}) b
    WHERE d.id = b.id AND ${notWaited}
    RETURNING d.id, d.name, d.site, d.groups, d.state, b.told AS "checkUpdates", d.report_at AS "reportAt",
      d.boot_flips AS "bootFlips", d.boot_flips > b.flips AS "isFormer"`.execute(db)
  return new Map(rows.map((row) => [row.id, row]))
}

export interface NewReport {
  at: Date
  /** Which start said it, and when by that start's own clock, ms. */
  bootId: string
  monoMs: number
  /** DeviceReport, as JSON. */
  report: string
  version: string
  updating: boolean
  waitingItems: number
  alerts: { high: number; medium: number; low: number; shelved: number }
  /** JSON. */
  models: string
  problems: string
}

/** One that is older than what stands there, and was held up on the line, is left out. */
export async function keepReport(db: Database, id: number, now: NewReport): Promise<void> {
  await db
    .updateTable('devices')
    .set({
      report: now.report,
      report_at: now.at,
      report_boot: now.bootId,
      report_mono: now.monoMs,
      version: now.version,
      updating: now.updating,
      waiting_items: now.waitingItems,
      alerts_high: now.alerts.high,
      alerts_medium: now.alerts.medium,
      alerts_low: now.alerts.low,
      alerts_shelved: now.alerts.shelved,
      models: now.models,
      problems: now.problems,
    })
    .where('id', '=', id)
    .where(sql<boolean>`(report_boot IS DISTINCT FROM ${now.bootId} OR report_mono <= ${now.monoMs}::float8)`)
    .where(notWaited)
    .execute()
}
