import { sql } from 'kysely'
import type { Database } from './database.ts'

/** Why the database cannot be worked with, in words; undefined: it can. */
export async function isReady(db: Database): Promise<string | undefined> {
  try {
    const { rows } = await sql<{ readonly: boolean }>`SELECT pg_is_in_recovery() AS readonly`.execute(db)
    return rows[0]?.readonly ? 'the database is a standby: it takes no writes' : undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
