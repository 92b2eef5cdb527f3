import { Kysely, PostgresDialect, sql } from 'kysely'
import { Migrator } from 'kysely/migration'
import pg from 'pg'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { migrations } from './migrations/index.ts'
import type { Tables } from './tables.ts'

export type Database = Kysely<Tables>

export interface OpenDatabase {
  db: Database
  /** For what kysely has no words for: COPY, LISTEN. */
  pool: pg.Pool
  close: () => Promise<void>
}

/** bigint counts that a number holds exactly: no count here comes near 2^53. */
const int8 = 20
/** All of a connection's statements together, ms; a query that hangs must not hold a connection for ever. */
const statementMs = 60_000

/**
 * Connects to PostgreSQL 15 or newer, and brings its tables up to date.
 * @throws EdgewrightError database-unreachable
 */
export async function openDatabase(
  url: string,
  { connections = 10, failed }: { connections?: number; failed: (error: unknown) => void },
): Promise<OpenDatabase> {
  const types = new pg.TypeOverrides()
  types.setTypeParser(int8, Number)
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    types,
    statement_timeout: statementMs,
    application_name: 'edgewright',
  })
  // An idle connection that breaks is replaced; unheard, the event would end the process.
  pool.on('error', failed)
  const db: Database = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
  try {
    await migrate(db)
  } catch (error) {
    await db.destroy()
    throw error
  }
  return { db, pool, close: () => db.destroy() }
}

async function migrate(db: Database): Promise<void> {
  const migrator = new Migrator({
    db,
    provider: {
      getMigrations: async () =>
        Object.fromEntries(
          Object.entries(migrations).map(([name, text]) => [
            name,
            {
              up: async (to) => {
                await sql.raw(text).execute(to)
              },
            },
          ]),
        ),
    },
  })
  const { error } = await migrator.migrateToLatest()
  if (error === undefined) return
  const message = error instanceof Error ? error.message : String(error)
  throw new EdgewrightError('database-unreachable', `the database cannot be used: ${message}`, {
    cause: error,
  })
}
