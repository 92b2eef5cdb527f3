import type { Database } from './database.ts'

export interface Inbox {
  id: number
  name: string
  created_at: Date
  created_by: string
}

export async function inboxes(db: Database): Promise<Inbox[]> {
  const standing = db.selectFrom('inboxes').where('ended_at', 'is', null)
  return standing.select(['id', 'name', 'created_at', 'created_by']).orderBy('id').execute()
}

export async function addInbox(
  db: Database,
  inbox: { name: string; secret: string; created_at: Date; created_by: string },
): Promise<number> {
  const made = db.insertInto('inboxes').values({ ...inbox, ended_at: null })
  return (await made.returning('id').executeTakeFirstOrThrow()).id
}

/** False: there is none. */
export async function endInbox(db: Database, id: number, now: Date): Promise<boolean> {
  const inbox = db.updateTable('inboxes').set({ ended_at: now }).where('id', '=', id)
  const { numUpdatedRows } = await inbox.where('ended_at', 'is', null).executeTakeFirst()
  return numUpdatedRows > 0n
}

export async function inboxOf(
  db: Database,
  id: number,
): Promise<{ name: string; secret: string } | undefined> {
  const inbox = db.selectFrom('inboxes').select(['name', 'secret']).where('id', '=', id)
  return inbox.where('ended_at', 'is', null).executeTakeFirst()
}

/** Keeps that a message came; false: it came already. What is older than `forget` cannot come again, and is forgotten. */
export async function cameFirst(
  tx: Database,
  { inbox, id, at, forget }: { inbox: number; id: string; at: Date; forget: Date },
): Promise<boolean> {
  await tx.deleteFrom('inbox_messages').where('at', '<', forget).execute()
  const { numInsertedOrUpdatedRows = 0n } = await tx
    .insertInto('inbox_messages')
    .values({ inbox, id, at })
    .onConflict((each) => each.columns(['inbox', 'id']).doNothing())
    .executeTakeFirst()
  return numInsertedOrUpdatedRows > 0n
}
