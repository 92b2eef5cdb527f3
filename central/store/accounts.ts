import { sql } from 'kysely'
import type { CentralRole } from '#core/contracts/central.ts'
import type { Database } from './database.ts'
import type { AccountRow, PasswordHash } from './tables/accounts.ts'

const isDuplicate = (error: unknown) => (error as { code?: unknown }).code === '23505'

/** undefined: somebody has that name. */
export async function addAccount(
  db: Database,
  row: Pick<AccountRow, 'name' | 'name_key' | 'roles' | 'created_at' | 'created_by'> & {
    password: PasswordHash | null
  },
): Promise<AccountRow | undefined> {
  try {
    return await db
      .insertInto('accounts')
      .values({ ...row, password: row.password && JSON.stringify(row.password) })
      .returningAll()
      .executeTakeFirstOrThrow()
  } catch (error) {
    if (isDuplicate(error)) return undefined
    throw error
  }
}

export const accountById = (db: Database, id: number) =>
  db.selectFrom('accounts').selectAll().where('id', '=', id).executeTakeFirst()

export const accountByName = (db: Database, nameKey: string) =>
  db.selectFrom('accounts').selectAll().where('name_key', '=', nameKey).executeTakeFirst()

/** By name, after `after`; one more than `limit` where there are more. */
export const accountsPage = (db: Database, limit: number, after: string | undefined) =>
  db
    .selectFrom('accounts')
    .selectAll()
    .$if(after !== undefined, (query) => query.where('name_key', '>', after ?? ''))
    .orderBy('name_key')
    .limit(limit + 1)
    .execute()

export async function anyAccount(db: Database): Promise<boolean> {
  return (await db.selectFrom('accounts').select('id').limit(1).executeTakeFirst()) !== undefined
}

export const updateAccount = (
  db: Database,
  id: number,
  { password, ...rest }: { roles?: CentralRole[]; password?: PasswordHash | null; last_sign_in_at?: Date },
) =>
  db
    .updateTable('accounts')
    .set({ ...rest, ...(password !== undefined && { password: password && JSON.stringify(password) }) })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst()

export const deleteAccount = (db: Database, id: number) =>
  db.deleteFrom('accounts').where('id', '=', id).returningAll().executeTakeFirst()

export async function triesOf(db: Database, nameHashes: readonly string[]) {
  if (nameHashes.length === 0) return []
  return db.selectFrom('sign_in_tries').selectAll().where('name_hash', 'in', nameHashes).execute()
}

/** `failures` 0 forgets them. */
export async function keepTries(
  db: Database,
  name_hash: string,
  tries: { failures: number; locked_until: Date | null; last_at: Date },
): Promise<void> {
  if (tries.failures === 0) {
    await db.deleteFrom('sign_in_tries').where('name_hash', '=', name_hash).execute()
    return
  }
  await db
    .insertInto('sign_in_tries')
    .values({ name_hash, ...tries })
    .onConflict((each) => each.column('name_hash').doUpdateSet(tries))
    .execute()
}

export async function addCode(
  db: Database,
  row: { hash: string; account: number | null; wants_password: boolean; expires_at: Date },
): Promise<void> {
  await db.insertInto('sign_in_codes').values(row).execute()
}

export const codeBy = (db: Database, hash: string, now: Date) =>
  db
    .selectFrom('sign_in_codes')
    .leftJoin('accounts', 'accounts.id', 'sign_in_codes.account')
    .select(['sign_in_codes.account', 'wants_password', 'accounts.name'])
    .where('hash', '=', hash)
    .where('expires_at', '>', now)
    .executeTakeFirst()

/** Whether it was there: of two who use one code, one gets true. */
export async function spendCode(db: Database, hash: string): Promise<boolean> {
  const { numDeletedRows } = await db.deleteFrom('sign_in_codes').where('hash', '=', hash).executeTakeFirst()
  return numDeletedRows > 0n
}

/** Those of this account; of nobody's account (`null`) those that want a password. */
export async function dropCodes(db: Database, account: number | null): Promise<void> {
  await db
    .deleteFrom('sign_in_codes')
    .$if(account !== null, (query) => query.where('account', '=', account))
    .$if(account === null, (query) => query.where('account', 'is', null).where('wants_password', '=', true))
    .execute()
}

export async function addSession(
  db: Database,
  row: { hash: string; account: number | null; created_at: Date; seen_at: Date; expires_at: Date },
): Promise<void> {
  await db.insertInto('sessions').values(row).execute()
}

export const sessionBy = (db: Database, hash: string) =>
  db
    .selectFrom('sessions')
    .leftJoin('accounts', 'accounts.id', 'sessions.account')
    .select(['sessions.account', 'seen_at', 'expires_at', 'accounts.name', 'accounts.roles'])
    .where('hash', '=', hash)
    .executeTakeFirst()

export async function touchSession(db: Database, hash: string, seen_at: Date): Promise<void> {
  await db.updateTable('sessions').set({ seen_at }).where('hash', '=', hash).execute()
}

export async function endSession(db: Database, hash: string): Promise<void> {
  await db.deleteFrom('sessions').where('hash', '=', hash).execute()
}

/** All of an account, but for one. */
export async function endSessions(db: Database, account: number, but?: string): Promise<void> {
  await db
    .deleteFrom('sessions')
    .where('account', '=', account)
    .$if(but !== undefined, (query) => query.where('hash', '<>', but ?? ''))
    .execute()
}

/** What has had its time: sessions, codes, tokens, and wrong passwords of a day ago. */
export async function sweep(db: Database, { now, idle }: { now: Date; idle: Date }): Promise<void> {
  await db
    .deleteFrom('sessions')
    .where((each) => each.or([each('expires_at', '<', now), each('seen_at', '<', idle)]))
    .execute()
  await db.deleteFrom('sign_in_codes').where('expires_at', '<', now).execute()
  await db.deleteFrom('access_tokens').where('expires_at', '<', now).execute()
  await db
    .deleteFrom('sign_in_tries')
    .where('last_at', '<', sql<Date>`${now}::timestamptz - interval '1 day'`)
    .execute()
}
