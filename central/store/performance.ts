import { type RawBuilder, sql } from 'kysely'
import type { MetricsWindow } from '#core/contracts/metrics-window.ts'
import type { PerformanceQuery } from '#core/contracts/performance.ts'
import type { Database } from './database.ts'
import { storable } from './sync.ts'

const hourMs = 3600_000
const hourOf = (ms: number): number => Math.floor(ms / hourMs) * hourMs

/** Windows of one machine, added to its hours. One statement; two of one hour in it are added up first, as a row can be met once only. */
export async function addWindows(
  db: Database,
  deviceId: number,
  windows: readonly MetricsWindow[],
): Promise<void> {
  const column = <T>(of: (w: MetricsWindow) => T) => windows.map(of)
  await sql`INSERT INTO metric_hours SELECT ${deviceId}::int, model, version, digest, to_timestamp(hour / 1000.0),
      max(to_timestamp(to_ms / 1000.0)), sum(merged), sum(readings), sum(alert), sum(normal), sum(abstain), sum(rejected), sum(by_rules),
      sum(marked), sum(alerts_raised), sum_counts(answers), sum_counts(latency)
    FROM unnest(${column((w) => w.model)}::text[], ${column((w) => storable(w.version))}::text[], ${column((w) => w.digest)}::text[],
      ${column((w) => hourOf(w.fromMs))}::float8[], ${column((w) => w.toMs)}::float8[], ${column((w) => w.merged ?? 1)}::int[],
      ${column((w) => w.readings)}::bigint[], ${column((w) => w.alert)}::bigint[], ${column((w) => w.normal)}::bigint[],
      ${column((w) => w.abstain)}::bigint[], ${column((w) => w.rejected)}::bigint[], ${column((w) => w.byRules)}::bigint[],
      ${column((w) => w.marked)}::bigint[], ${column((w) => w.alertsRaised)}::bigint[],
      ${column((w) => JSON.stringify(w.answers ?? {}))}::jsonb[], ${column((w) => JSON.stringify(w.latency))}::jsonb[])
      AS w (model, version, digest, hour, to_ms, merged, readings, alert, normal, abstain, rejected, by_rules, marked, alerts_raised, answers, latency)
    GROUP BY model, version, digest, hour
    ON CONFLICT (device_id, model, hour, version, digest) DO UPDATE SET newest = greatest(metric_hours.newest, excluded.newest),
      windows = metric_hours.windows + excluded.windows, readings = metric_hours.readings + excluded.readings,
      alert = metric_hours.alert + excluded.alert, normal = metric_hours.normal + excluded.normal,
      abstain = metric_hours.abstain + excluded.abstain, rejected = metric_hours.rejected + excluded.rejected,
      by_rules = metric_hours.by_rules + excluded.by_rules, marked = metric_hours.marked + excluded.marked,
      alerts_raised = metric_hours.alerts_raised + excluded.alerts_raised,
      answers = add_counts(metric_hours.answers, excluded.answers), latency = add_counts(metric_hours.latency, excluded.latency)`.execute(
    db,
  )
}

export interface Sums {
  key: string
  name: string | null
  machines: number
  readings: number
  alert: number
  normal: number
  abstain: number
  rejected: number
  byRules: number
  marked: number
  alertsRaised: number
  answers: Record<string, number>
  latency: Record<string, number>
  newest: Date | null
}

type Asked = Pick<PerformanceQuery, 'model' | 'version' | 'site' | 'device'> & { from: Date; to: Date }

const where = ({ model, version, site, device, from, to }: Asked): RawBuilder<unknown> => sql`
  m.model = ${model} AND m.hour >= ${from} AND m.hour < ${to}
  ${version === undefined ? sql`` : sql`AND m.version = ${version}`}
  ${site === undefined ? sql`` : sql`AND d.site = ${site}`}
  ${device === undefined ? sql`` : sql`AND d.device = ${device}`}`

const sums = sql`count(DISTINCT m.device_id)::int AS machines, sum(readings)::bigint AS readings, sum(alert)::bigint AS alert,
  sum(normal)::bigint AS normal, sum(abstain)::bigint AS abstain, sum(rejected)::bigint AS rejected, sum(by_rules)::bigint AS "byRules",
  sum(marked)::bigint AS marked, sum(alerts_raised)::bigint AS "alertsRaised", sum_counts(answers) AS answers,
  sum_counts(latency) AS latency, max(newest) AS newest`

const keys = {
  version: { key: sql`m.version`, name: sql`NULL::text` },
  site: { key: sql`d.site`, name: sql`NULL::text` },
  device: { key: sql`d.device`, name: sql`max(d.name)` },
  hour: { key: sql`to_char(m.hour AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`, name: sql`NULL::text` },
} as const

/** One line per version, site, device or hour, in the order of its key; `after`: the last key of the page before. */
export async function performanceLines(
  db: Database,
  asked: Asked,
  { by, limit, after }: { by: keyof typeof keys; limit: number; after: string | undefined },
): Promise<Sums[]> {
  const { key, name } = keys[by]
  const { rows } = await sql<Sums>`SELECT ${key} AS key, ${name} AS name, ${sums}
    FROM metric_hours m JOIN devices d ON d.id = m.device_id WHERE ${where(asked)}
    ${after === undefined ? sql`` : sql`AND ${key} COLLATE "C" > ${after}`}
    GROUP BY 1 ORDER BY ${key} COLLATE "C" LIMIT ${limit}`.execute(db)
  return rows
}

/** All of it together; undefined where nothing came. */
export async function performanceOfAll(db: Database, asked: Asked): Promise<Sums | undefined> {
  const { rows } =
    await sql<Sums>`SELECT '' AS key, NULL::text AS name, ${sums} FROM metric_hours m JOIN devices d ON d.id = m.device_id
    WHERE ${where(asked)}`.execute(db)
  return rows[0]?.newest ? rows[0] : undefined
}

export async function measuredModels(
  db: Database,
): Promise<{ model: string; versions: string[]; newest: Date }[]> {
  const { rows } = await sql<{ model: string; versions: string[]; newest: Date }>`
    SELECT model, array_agg(DISTINCT version) AS versions, max(newest) AS newest FROM metric_hours GROUP BY model ORDER BY model`.execute(
    db,
  )
  return rows
}
