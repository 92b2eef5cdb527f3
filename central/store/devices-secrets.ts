import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import type { Database } from './database.ts'

const secretBytes = 32

/** A secret of the server, made at the first call; the same for every process that works on this database. */
export async function serverSecret(db: Database, name: string, now: Date): Promise<Buffer> {
  await db
    .insertInto('server_secrets')
    .values({ name, secret: randomBytes(secretBytes), created_at: now })
    .onConflict((on) => on.doNothing())
    .execute()
  const { secret } = await db
    .selectFrom('server_secrets')
    .select('secret')
    .where('name', '=', name)
    .executeTakeFirstOrThrow()
  return secret
}

/** Uses up what may be used once; false: it was used before. */
export async function spend(db: Database, what: string, expiresAt: Date): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('spent')
    .values({ what, expires_at: expiresAt })
    .onConflict((on) => on.doNothing())
    .executeTakeFirst()
  return numInsertedOrUpdatedRows === 1n
}

export async function forgetSpent(db: Database, now: Date): Promise<void> {
  await db.deleteFrom('spent').where('expires_at', '<', now).execute()
}

/** When the server last said that it is there; null: never. */
export async function aliveAt(db: Database): Promise<Date | null> {
  const row = await db.selectFrom('server_times').select('at').where('name', '=', 'alive').executeTakeFirst()
  return row?.at ?? null
}

export async function sayAlive(db: Database, now: Date): Promise<void> {
  await sql`INSERT INTO server_times (name, at) VALUES ('alive', ${now})
    ON CONFLICT (name) DO UPDATE SET at = excluded.at`.execute(db)
}
