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
  { connections = 10, failed, to }: { connections?: number; failed: (error: unknown) => void; to?: string },
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
  // So would that of one in use, between two statements of a transaction; whoever uses it hears of it at the next.
  pool.on('connect', (client) => client.on('error', failed))
  const db: Database = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
  try {
    await migrate(db, to)
  } catch (error) {
    await db.destroy()
    throw error
  }
  return { db, pool, close: () => db.destroy() }
}

/** `to`: no further than this one. */
async function migrate(db: Database, to: string | undefined): Promise<void> {
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
  const { error } = await (to === undefined ? migrator.migrateToLatest() : migrator.migrateTo(to))
  if (error === undefined) return
  const message = error instanceof Error ? error.message : String(error)
  throw new EdgewrightError('database-unreachable', `the database cannot be used: ${message}`, {
    cause: error,
  })
}
