import { sql } from 'kysely'
import type { Owned } from '#core/contracts/ownership.ts'
import type { RetrainingCause, RetrainingState } from '#core/contracts/retraining.ts'
import type { Database } from './database.ts'
import { pageAfter, pageOfRows } from './feedback-pages.ts'
import type { RetrainingRow } from './tables/feedback.ts'

export interface HistoryEntry {
  at: string
  by: string
  text: string
}
/** What lies in json, with its type; the other columns are as the table says. */
export type RetrainingRequest = Omit<RetrainingRow, 'cause' | 'owner' | 'history'> & {
  cause: RetrainingCause
  owner: Owned
  history: HistoryEntry[]
}
/** Written here, so read as written. */
const typed = (row: RetrainingRow) => row as RetrainingRequest

export interface NewRequest {
  model: string
  version: string | null
  /** What a further cause is added to while this one is unfinished; null: this one stands for itself. */
  causeKey: string | null
  cause: RetrainingCause
  owner: Owned
  link: string | null
  due: Date | null
  by: string
  at: Date
  text: string
}

/** A new request; undefined: one of the same model and cause is unfinished, `unfinished` gives it. */
export async function putRequest(tx: Database, wanted: NewRequest): Promise<RetrainingRequest | undefined> {
  const { model, version, cause, owner, link, due, by, at, text } = wanted
  const row = await tx
    .insertInto('retraining_requests')
    .values({
      ...{ model, version, cause_key: wanted.causeKey, state: 'open', link, due, result: null },
      ...{ requested_at: at, requested_by: by, changed_at: at },
      ...{ cause: JSON.stringify(cause), owner: JSON.stringify(owner) },
      history: JSON.stringify([{ at: at.toISOString(), by, text }]),
    })
    .onConflict((each) =>
      each.columns(['model', 'cause_key']).where(sql<boolean>`state IN ('open', 'in-progress')`).doNothing(),
    )
    .returningAll()
    .executeTakeFirst()
  return row && typed(row)
}

/** Locked until the transaction ends. */
export async function unfinished(
  tx: Database,
  model: string,
  causeKey: string,
): Promise<RetrainingRequest | undefined> {
  const row = await tx
    .selectFrom('retraining_requests')
    .selectAll()
    .where('model', '=', model)
    .where('cause_key', '=', causeKey)
    .where('state', 'in', ['open', 'in-progress'])
    .forUpdate()
    .executeTakeFirst()
  return row && typed(row)
}

/** Locked until the transaction ends. */
export async function lockRequest(tx: Database, id: number): Promise<RetrainingRequest | undefined> {
  const of = tx.selectFrom('retraining_requests').selectAll().where('id', '=', id)
  const row = await of.forUpdate().executeTakeFirst()
  return row && typed(row)
}

export async function saveRequest(tx: Database, request: RetrainingRequest): Promise<void> {
  const { id, cause, owner, history, ...row } = request
  await tx
    .updateTable('retraining_requests')
    .set({
      ...row,
      cause: JSON.stringify(cause),
      owner: JSON.stringify(owner),
      history: JSON.stringify(history),
    })
    .where('id', '=', id)
    .execute()
}

export async function requestRow(db: Database, id: number): Promise<RetrainingRequest | undefined> {
  const of = db.selectFrom('retraining_requests').selectAll().where('id', '=', id)
  const row = await of.executeTakeFirst()
  return row && typed(row)
}

export async function requestsPage(
  db: Database,
  page: {
    state?: 'unfinished' | RetrainingState | undefined
    model?: string | undefined
    limit: number
    cursor?: string | undefined
  },
): Promise<{ rows: RetrainingRequest[]; next: string | null }> {
  let query = db.selectFrom('retraining_requests').selectAll()
  if (page.state === 'unfinished') query = query.where('state', 'in', ['open', 'in-progress'])
  else if (page.state !== undefined) query = query.where('state', '=', page.state)
  if (page.model !== undefined) query = query.where('model', '=', page.model)
  const before = pageAfter(page.cursor)
  if (before !== undefined) query = query.where('id', '<', before)
  const rows = await query
    .orderBy('id', 'desc')
    .limit(page.limit + 1)
    .execute()
  return pageOfRows(rows.map(typed), page.limit, ({ id }) => id)
}

export async function schedules(db: Database) {
  return db.selectFrom('retraining_schedules').selectAll().orderBy('model').execute()
}

/** Those whose time has come, locked until the transaction ends. */
export async function dueSchedules(tx: Database, now: Date) {
  const due = tx.selectFrom('retraining_schedules').selectAll().where('next_at', '<=', now)
  return due.orderBy('model').forUpdate().skipLocked().execute()
}

export async function moveSchedule(tx: Database, model: string, nextAt: Date): Promise<void> {
  await tx.updateTable('retraining_schedules').set({ next_at: nextAt }).where('model', '=', model).execute()
}

/** null: none any more. */
export async function setSchedule(
  tx: Database,
  model: string,
  schedule: { every_days: number; since: Date; next_at: Date; by: string } | null,
): Promise<void> {
  if (!schedule) {
    await tx.deleteFrom('retraining_schedules').where('model', '=', model).execute()
    return
  }
  await tx
    .insertInto('retraining_schedules')
    .values({ model, ...schedule })
    .onConflict((each) => each.column('model').doUpdateSet(schedule))
    .execute()
}
