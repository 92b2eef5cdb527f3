import { sql } from 'kysely'
import type { Database } from './database.ts'
import { filteredReviews, type ReviewFilter } from './feedback-reviews.ts'

export interface AnswerCount {
  model: string
  version: string
  site: string
  answer: string
  n: number
}

/** Answers by model, version, site and kind; at most so many groups of the first three, those with most answers. */
export async function answerCounts(
  db: Database,
  filter: ReviewFilter,
  groups: number,
): Promise<AnswerCount[]> {
  const counted = filteredReviews(db, filter)
    .clearSelect()
    .select(['reviews.model', 'reviews.version', 'reviews.site', 'reviews.answer'])
    .select(({ fn }) => fn.countAll<number>().as('n'))
    .groupBy(['reviews.model', 'reviews.version', 'reviews.site', 'reviews.answer'])
  const { rows } = await sql<AnswerCount>`
    WITH counted AS (${counted}), ranked AS (
      SELECT *, dense_rank() OVER (ORDER BY "all" DESC, model, version, site) AS place
      FROM (SELECT *, sum(n) OVER (PARTITION BY model, version, site) AS "all" FROM counted) AS summed)
    SELECT model, version, site, answer, n FROM ranked WHERE place <= ${groups} ORDER BY place, answer`.execute(
    db,
  )
  return rows
}

/** The same over everything, and how the reviews stand. */
export async function answerTotals(
  db: Database,
  filter: ReviewFilter,
): Promise<{ answer: string; state: string; n: number }[]> {
  return filteredReviews(db, filter)
    .clearSelect()
    .select(['reviews.answer', 'reviews.state'])
    .select(({ fn }) => fn.countAll<number>().as('n'))
    .groupBy(['reviews.answer', 'reviews.state'])
    .execute()
}

interface Stretch {
  from: Date
  to: Date
  site?: string | undefined
  model?: string | undefined
}

/** Raisings in a stretch, of which the figures are made. */
const raisings = ({ from, to, site, model }: Stretch) => sql`
  alert_raisings WHERE at >= ${from} AND at < ${to}
    ${site === undefined ? sql`` : sql`AND site = ${site}`} ${model === undefined ? sql`` : sql`AND model = ${model}`}`

/** Alarms by machine and 10 minutes, in the order of both: only stretches that had any. `slot`: of 600 s since 1970. */
export async function slotsOf(
  db: Database,
  stretch: Stretch,
): Promise<{ device: number; slot: number; n: number }[]> {
  const { rows } = await sql<{ device: number; slot: number; n: number }>`
    SELECT device_id AS device, floor(extract(epoch FROM at) / 600)::int8 AS slot, count(*) AS n
    FROM ${raisings(stretch)} GROUP BY 1, 2 ORDER BY 1, 2`.execute(db)
  return rows
}

export interface Totals {
  raised: number
  high: number
  medium: number
  low: number
  timely: number
  due: number
}
/** `due`: of those raised, whose time to be acknowledged is over by `now`; `timely`: which were by then. */
export async function totalsOf(db: Database, stretch: Stretch, now: Date): Promise<Totals> {
  const { rows } = await sql<Totals>`
    SELECT count(*) AS raised, count(*) FILTER (WHERE priority = 'high') AS high,
      count(*) FILTER (WHERE priority = 'medium') AS medium, count(*) FILTER (WHERE priority = 'low') AS low,
      count(*) FILTER (WHERE due_at <= ${now}) AS due,
      count(*) FILTER (WHERE due_at <= ${now} AND acknowledged_at <= respond_by) AS timely
    FROM (SELECT * FROM ${raisings(stretch)}) AS raised`.execute(db)
  return rows[0]!
}

/** Sources (machine, rule, asset) that raised three alarms or more within a minute. */
export async function chatteringOf(db: Database, stretch: Stretch): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    SELECT count(DISTINCT (device_id, model, rule, asset)) AS n FROM (
      SELECT *, lag(at, 2) OVER (PARTITION BY device_id, model, rule, asset ORDER BY at) AS third
      FROM ${raisings(stretch)}) AS each
    WHERE third >= at - interval '1 minute'`.execute(db)
  return rows[0]?.n ?? 0
}

export interface Source {
  device: string
  machine: string
  site: string
  model: string
  rule: string
  asset: string | null
  title: unknown
  count: number
}
export async function worstOf(db: Database, stretch: Stretch, most: number): Promise<Source[]> {
  const { rows } = await sql<Source>`
    SELECT devices.device, devices.name AS machine, devices.site, worst.model, worst.rule, worst.asset, worst.count,
      (SELECT title FROM fleet_alerts WHERE fleet_alerts.device_id = worst.device_id AND alert_id = worst.alert_id) AS title
    FROM (SELECT device_id, model, rule, asset, count(*) AS count, max(alert_id) AS alert_id
      FROM ${raisings(stretch)} GROUP BY 1, 2, 3, 4 ORDER BY count(*) DESC, 1, 2, 3, 4 LIMIT ${most}) AS worst
    JOIN devices ON devices.id = worst.device_id ORDER BY worst.count DESC, 1, worst.rule`.execute(db)
  return rows
}

/** Machines that are looked at, and alarms that stand since before `since`. */
export async function standingOf(
  db: Database,
  { site, model }: Pick<Stretch, 'site' | 'model'>,
  since: Date,
): Promise<{ machines: number; stale: number }> {
  const { rows } = await sql<{ machines: number; stale: number }>`
    SELECT
      (SELECT count(*) FROM devices WHERE state = 'enrolled' ${site === undefined ? sql`` : sql`AND site = ${site}`}) AS machines,
      (SELECT count(*) FROM fleet_alerts WHERE state IN ('unacknowledged', 'acknowledged') AND raised_at < ${since}
        ${site === undefined ? sql`` : sql`AND site = ${site}`} ${model === undefined ? sql`` : sql`AND model = ${model}`}) AS stale`.execute(
    db,
  )
  return rows[0]!
}
