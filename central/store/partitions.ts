import { sql } from 'kysely'
import type { Database } from './database.ts'

const monthly = ['blocks', 'events'] as const

/** The first moment of a month, `offset` months after that of `ms`. */
const month = (ms: number, offset: number): Date => {
  const at = new Date(ms)
  return new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + offset, 1))
}

/**
 * Tables for this month and the next, so that what is old can be dropped as a table. Rows that arrived while none fitted lie in the
 * default partition: the month that they belong to then goes without one of its own.
 */
export async function ensurePartitions(db: Database, nowMs: number): Promise<void> {
  for (const table of monthly)
    for (const offset of [0, 1]) {
      const [from, to] = [month(nowMs, offset), month(nowMs, offset + 1)]
      const name = `${table}_${from.toISOString().slice(0, 7).replace('-', '_')}`
      const { rows } = await sql<{ there: boolean }>`SELECT to_regclass(${name}) IS NOT NULL
        OR EXISTS (SELECT FROM ${sql.table(`${table}_rest`)} WHERE received >= ${from} AND received < ${to}) AS there`.execute(
        db,
      )
      if (rows[0]?.there) continue
      await sql`CREATE TABLE IF NOT EXISTS ${sql.table(name)} PARTITION OF ${sql.table(table)}
        FOR VALUES FROM (${sql.lit(from.toISOString())}) TO (${sql.lit(to.toISOString())})`.execute(db)
    }
}
