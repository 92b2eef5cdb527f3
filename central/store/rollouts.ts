import { sql } from 'kysely'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { Action, Rollout } from '../rollout/types.ts'
import type { Database } from './database.ts'
import { record } from './log.ts'
import type { RolloutRow } from './tables/rollouts.ts'

export type Tell = Extract<Action, { do: 'tell' }>
/** Tells others, in the transaction that makes it so. */
export type Publish = (tx: Database, data: object) => Promise<void>
export type Signing = RolloutRow['signing']

/** A rollout with what is kept beside it. `revision`: of what was read, for whoever writes it back. */
export interface KeptRollout extends Rollout {
  revision: number
  createdAt: string
  signing: Signing
}

const fromRow = (row: RolloutRow): KeptRollout => ({
  id: row.id,
  digest: row.digest,
  plan: row.plan,
  state: row.state,
  groups: row.groups,
  approvals: row.approvals,
  settled: row.settled,
  proposedBy: row.proposed_by,
  revision: row.revision,
  createdAt: row.created_at.toISOString(),
  signing: row.signing,
})

/** One that is aborted stays so until what was said of its machines is taken back: another one would assign the same ones. */
const isOpen = ({ state, settled }: Pick<Rollout, 'state' | 'settled'>): boolean =>
  state.state !== 'done' && (state.state !== 'aborted' || !settled)

const uniqueViolation = '23505'

/** @throws EdgewrightError rollout-refused: another one of this model is open */
export async function insertRollout(
  db: Database,
  rollout: Omit<Rollout, 'id'>,
  at: number,
  tell: Tell,
  publish: Publish,
): Promise<number> {
  const { plan, digest, state, groups, approvals, proposedBy } = rollout
  try {
    return await db.transaction().execute(async (tx) => {
      const { id } = await tx
        .insertInto('rollouts')
        .values({
          model: plan.model,
          version: plan.version,
          digest,
          plan: JSON.stringify(plan),
          state: JSON.stringify(state),
          groups: JSON.stringify(groups),
          approvals: JSON.stringify(approvals),
          proposed_by: proposedBy,
          created_at: new Date(at),
        })
        .returning('id')
        .executeTakeFirstOrThrow()
      await told(tx, { id, plan }, at, [tell], publish)
      return id
    })
  } catch (error) {
    if ((error as { code?: unknown }).code !== uniqueViolation) throw error
    throw new EdgewrightError('rollout-refused', `another rollout of ${plan.model} is open`, {
      hint: 'Let it come to its end, or abort it: GET /api/rollouts?open=true.',
      cause: error,
    })
  }
}

/** Writes a rollout back, with what is to be told of it; false: somebody changed it since it was read, and nothing was written. */
export function saveRollout(
  db: Database,
  next: KeptRollout,
  at: number,
  tells: readonly Tell[],
  publish: Publish,
): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    const { numUpdatedRows } = await tx
      .updateTable('rollouts')
      .set({
        state: JSON.stringify(next.state),
        groups: JSON.stringify(next.groups),
        approvals: JSON.stringify(next.approvals),
        signing: JSON.stringify(next.signing),
        settled: next.settled,
        open: isOpen(next),
        revision: next.revision + 1,
      })
      .where('id', '=', next.id)
      .where('revision', '=', next.revision)
      .executeTakeFirst()
    if (numUpdatedRows === 0n) return false
    await told(tx, next, at, tells, publish)
    return true
  })
}

async function told(
  tx: Database,
  { id, plan: { model, version } }: Pick<Rollout, 'id' | 'plan'>,
  at: number,
  tells: readonly Tell[],
  publish: Publish,
): Promise<void> {
  for (const { kind, by, body } of tells) {
    await record(tx, at, kind, by, { rollout: id, ...body })
    await publish(tx, { rollout: id, model, version, what: kind.replace('rollout.', ''), by, ...body })
  }
}

/** @throws EdgewrightError rollout-unknown */
export async function loadRollout(db: Database, id: number): Promise<KeptRollout> {
  const row = await db.selectFrom('rollouts').selectAll().where('id', '=', id).executeTakeFirst()
  if (row) return fromRow(row)
  throw new EdgewrightError('rollout-unknown', `there is no rollout ${id}`)
}

/** Those that something may be left to do for. */
export async function rolloutsAtWork(db: Database): Promise<KeptRollout[]> {
  const rows = await db
    .selectFrom('rollouts')
    .selectAll()
    .where('settled', '=', false)
    .orderBy('id')
    .execute()
  return rows.map(fromRow)
}

/** A newer rollout of the same model says what runs from now on. */
export async function isFollowed(db: Database, { id, plan }: KeptRollout): Promise<boolean> {
  const { n } = await db
    .selectFrom('rollouts')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .where('model', '=', plan.model)
    .where('id', '>', id)
    .executeTakeFirstOrThrow()
  return n > 0
}

export interface RolloutFilter {
  model?: string | undefined
  state?: string | undefined
  open?: boolean | undefined
  /** Older than this one. */
  before?: number | undefined
  limit: number
}

export async function listRollouts(
  db: Database,
  { model, state, open, before, limit }: RolloutFilter,
): Promise<KeptRollout[]> {
  let query = db.selectFrom('rollouts').selectAll().orderBy('id', 'desc').limit(limit)
  if (model !== undefined) query = query.where('model', '=', model)
  if (state !== undefined) query = query.where(sql<boolean>`state ->> 'state' = ${state}`)
  if (open !== undefined) query = query.where('open', '=', open)
  if (before !== undefined) query = query.where('id', '<', before)
  return (await query.execute()).map(fromRow)
}

export interface HistoryLine {
  at: string
  by: string
  kind: string
  body: Record<string, unknown>
}

export async function historyOf(db: Database, id: number, limit: number): Promise<HistoryLine[]> {
  const rows = await db
    .selectFrom('central_log')
    .select(['at', 'by', 'kind', 'body'])
    .where('kind', 'like', 'rollout.%')
    .where(sql<boolean>`(body ->> 'rollout')::int = ${id}`)
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
  return rows.map(({ at, by, kind, body }) => {
    const { rollout: _, ...rest } = body as Record<string, unknown>
    return { at: at.toISOString(), by, kind, body: rest }
  })
}
