import { sql } from 'kysely'
import type { Database } from './database.ts'
import { pageAfter, pageOfRows } from './feedback-pages.ts'
import type { DeliveryRow, HookRow } from './tables/notify.ts'

/** Queues a message for every hook that wants this kind. Nothing is written where none does. */
export async function queueForHooks(
  tx: Database,
  { kind, body, now }: { kind: string; body: string; now: Date },
): Promise<void> {
  await sql`
    INSERT INTO deliveries (id, hook, kind, body, created_at, since, next_try)
    SELECT 'msg_' || gen_random_uuid(), id, ${kind}, ${body}, ${now}, ${now}, ${now}
    FROM hooks WHERE ended_at IS NULL AND ${kind} = ANY (kinds)`.execute(tx)
}

export interface NewDelivery {
  id: string
  hook: number | null
  mailTo: string | null
  kind: string
  subject: string | null
  body: string
}
export async function queue(
  tx: Database,
  { id, hook, mailTo, kind, subject, body }: NewDelivery,
  now: Date,
): Promise<void> {
  const row = { id, hook, mail_to: mailTo, kind, subject, body, created_at: now, since: now, next_try: now }
  await tx.insertInto('deliveries').values(row).execute()
}

/** The hook that an address belongs to, if an admin registered it. */
export async function hookAt(db: Database, url: string): Promise<{ id: number } | undefined> {
  const hook = db.selectFrom('hooks').select('id').where('url', '=', url).where('ended_at', 'is', null)
  return hook.orderBy('id').limit(1).executeTakeFirst()
}

export interface Due extends DeliveryRow {
  url: string | null
  secret: string | null
}

/**
 * Takes what is due, at most `each` of every receiver, so that one that hangs delays nobody else. What is taken is due again at
 * `until`, whatever becomes of this process; a second server on this database does not get it meanwhile.
 */
export async function takeDue(
  db: Database,
  { now, until, each }: { now: Date; until: Date; each: number },
): Promise<Due[]> {
  const { rows } = await sql<Due>`
    WITH due AS (
      SELECT n FROM (
        SELECT n, row_number() OVER (PARTITION BY hook ORDER BY next_try, n) AS place
        FROM deliveries WHERE state = 'waiting' AND next_try <= ${now}
      ) AS ranked WHERE place <= ${each}
    ), taken AS (
      UPDATE deliveries SET next_try = ${until}, attempts = attempts + 1
      WHERE n IN (SELECT n FROM due) AND state = 'waiting' AND next_try <= ${now} RETURNING *
    )
    SELECT taken.*, hooks.url, hooks.secret FROM taken LEFT JOIN hooks ON hooks.id = taken.hook ORDER BY taken.n`.execute(
    db,
  )
  return rows
}

export async function delivered(db: Database, n: number, status: number | null, now: Date): Promise<void> {
  await db
    .updateTable('deliveries')
    .set({ state: 'delivered', delivered_at: now, last_status: status, last_problem: null, next_try: null })
    .where('n', '=', n)
    .execute()
}

/** `nextTry` null: it is given up. */
export async function notDelivered(
  db: Database,
  n: number,
  { status, problem, nextTry }: { status: number | null; problem: string; nextTry: Date | null },
): Promise<void> {
  const state = nextTry === null ? ('dead' as const) : ('waiting' as const)
  await db
    .updateTable('deliveries')
    .set({ state, last_status: status, last_problem: problem.slice(0, 500), next_try: nextTry })
    .where('n', '=', n)
    .execute()
}

/** Sends it again, from the start. False: there is none, or its hook has ended. */
export async function again(db: Database, id: string, now: Date): Promise<boolean> {
  const { rows } = await sql`
    UPDATE deliveries SET state = 'waiting', since = ${now}, next_try = ${now}, attempts = 0, delivered_at = NULL
    WHERE id = ${id} AND (hook IS NULL OR EXISTS (SELECT FROM hooks WHERE hooks.id = hook AND ended_at IS NULL))
    RETURNING n`.execute(db)
  return rows.length > 0
}

export async function addHook(
  db: Database,
  hook: { url: string; kinds: string[]; note: string; secret: string; created_at: Date; created_by: string },
): Promise<number> {
  const { id } = await db
    .insertInto('hooks')
    .values({ ...hook, ended_at: null })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

/** Nothing is sent to it any more, what waits included. False: there is none. */
export async function endHook(db: Database, id: number, now: Date): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    const hook = tx.updateTable('hooks').set({ ended_at: now }).where('id', '=', id)
    const { numUpdatedRows } = await hook.where('ended_at', 'is', null).executeTakeFirst()
    if (numUpdatedRows === 0n) return false
    await tx
      .updateTable('deliveries')
      .set({ state: 'dead', last_problem: 'the hook was taken out', next_try: null })
      .where('hook', '=', id)
      .where('state', '=', 'waiting')
      .execute()
    return true
  })
}

export interface Standing {
  waiting: number
  dead: number
  lastDeliveredAt: Date | null
  lastProblem: string | null
}

/** Hooks that stand, each with how its deliveries do; and the same of e-mail, under `null`. */
export async function hooksWithStanding(
  db: Database,
): Promise<{ hooks: (Omit<HookRow, 'secret'> & Standing)[]; mail: Standing }> {
  const standing = (of: ReturnType<typeof sql>) => sql`
    (SELECT count(*) FROM deliveries WHERE hook IS NOT DISTINCT FROM ${of} AND state = 'waiting') AS waiting,
    (SELECT count(*) FROM deliveries WHERE hook IS NOT DISTINCT FROM ${of} AND state = 'dead') AS dead,
    (SELECT max(delivered_at) FROM deliveries WHERE hook IS NOT DISTINCT FROM ${of} AND state = 'delivered') AS "lastDeliveredAt",
    (SELECT last_problem FROM deliveries WHERE hook IS NOT DISTINCT FROM ${of} AND state <> 'delivered'
      AND last_problem IS NOT NULL ORDER BY n DESC LIMIT 1) AS "lastProblem"`
  const hooks = await sql<Omit<HookRow, 'secret'> & Standing>`
    SELECT id, url, kinds, note, created_at, created_by, ended_at, ${standing(sql.ref('hooks.id'))}
    FROM hooks WHERE ended_at IS NULL ORDER BY id`.execute(db)
  const mail = await sql<Standing>`SELECT ${standing(sql`NULL::int`)}`.execute(db)
  return { hooks: hooks.rows, mail: mail.rows[0]! }
}

export async function deliveriesPage(
  db: Database,
  page: { state?: string | undefined; hook?: number | undefined; limit: number; cursor?: string | undefined },
): Promise<{ items: (DeliveryRow & { url: string | null })[]; next: string | null }> {
  let query = db
    .selectFrom('deliveries')
    .leftJoin('hooks', 'hooks.id', 'deliveries.hook')
    .selectAll('deliveries')
    .select('hooks.url')
  if (page.state !== undefined) query = query.where('deliveries.state', '=', page.state as 'waiting')
  if (page.hook !== undefined) query = query.where('deliveries.hook', '=', page.hook)
  const before = pageAfter(page.cursor)
  if (before !== undefined) query = query.where('deliveries.n', '<', before)
  const rows = await query
    .orderBy('deliveries.n', 'desc')
    .limit(page.limit + 1)
    .execute()
  const shown = pageOfRows(rows, page.limit, ({ n }) => n)
  return { items: shown.rows, next: shown.next }
}

/** Deletes what was delivered, and what was given up, before then. Resolves with how many of the latter. */
export async function forgetOver(
  db: Database,
  { delivered, givenUp }: { delivered: Date; givenUp: Date },
): Promise<number> {
  await db
    .deleteFrom('deliveries')
    .where('state', '=', 'delivered')
    .where('delivered_at', '<', delivered)
    .execute()
  const { numDeletedRows } = await db
    .deleteFrom('deliveries')
    .where('state', '=', 'dead')
    .where('since', '<', givenUp)
    .executeTakeFirst()
  return Number(numDeletedRows)
}
