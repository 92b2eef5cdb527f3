import type { Insertable } from 'kysely'
import type { Database } from './database.ts'
import type { AccountTables } from './tables/accounts.ts'

type TokenTable = AccountTables['access_tokens']

export const addToken = (db: Database, row: Insertable<TokenTable>) =>
  db.insertInto('access_tokens').values(row).returning('id').executeTakeFirstOrThrow()

const shown = (db: Database) =>
  db
    .selectFrom('access_tokens')
    .innerJoin('accounts', 'accounts.id', 'access_tokens.account')
    .select(['access_tokens.id', 'access_tokens.name', 'account', 'accounts.name as of', 'role'])
    .select(['access_tokens.created_at', 'access_tokens.created_by', 'expires_at', 'last_used_at'])

/** By number, after `after`; one more than `limit` where there are more. */
export const tokensPage = (db: Database, limit: number, after: number) =>
  shown(db)
    .where('access_tokens.id', '>', after)
    .orderBy('access_tokens.id')
    .limit(limit + 1)
    .execute()

export const tokenById = (db: Database, id: number) =>
  shown(db).where('access_tokens.id', '=', id).executeTakeFirst()

/** With what its account may by now. */
export const tokenBy = (db: Database, hash: string, now: Date) =>
  shown(db).select('accounts.roles').where('hash', '=', hash).where('expires_at', '>', now).executeTakeFirst()

export async function touchToken(db: Database, id: number, last_used_at: Date): Promise<void> {
  await db.updateTable('access_tokens').set({ last_used_at }).where('id', '=', id).execute()
}

/** Whether it was there. */
export async function deleteToken(db: Database, id: number): Promise<boolean> {
  const { numDeletedRows } = await db.deleteFrom('access_tokens').where('id', '=', id).executeTakeFirst()
  return numDeletedRows > 0n
}
