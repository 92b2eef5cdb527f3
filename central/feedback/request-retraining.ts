import type { Party } from '#core/contracts/ownership.ts'
import type { NewRetraining, RetrainingCause } from '#core/contracts/retraining.ts'
import type { Base } from '../central.ts'
import type { Notifier } from '../notify/outbox.ts'
import type { Database } from '../store/database.ts'
import {
  dueSchedules,
  moveSchedule,
  putRequest,
  type RetrainingRequest,
  saveRequest,
  unfinished,
} from '../store/feedback-retraining.ts'
import { record } from '../store/log.ts'
import { ownersOf } from '../store/ownership.ts'
import { askedAgain, causeKey, firedAgain, nextTime, retrainingOwner, shownRequest } from './retraining.ts'

export interface Wanted {
  model: string
  version: string | null
  cause: RetrainingCause
  by: string
  at: Date
  decidedBy?: Party | null
  link?: string | undefined
  due?: string | undefined
}

/**
 * A request for a cause, or what `again` makes of the one that is unfinished for the same. Whoever is told of it, and the log,
 * are written with it.
 */
async function request(
  tx: Database,
  notifier: Notifier,
  wanted: Wanted,
  again: (request: RetrainingRequest) => RetrainingRequest,
): Promise<RetrainingRequest> {
  const { model, version, cause, by, at, decidedBy = null, link, due } = wanted
  const key = causeKey(cause, version)
  const owner = retrainingOwner(await ownersOf(tx, [model]), model, decidedBy)
  const made = {
    ...{ model, version, cause, causeKey: key, owner, by, at, text: 'requested' },
    ...{ link: link ?? null, due: due === undefined ? null : new Date(due) },
  }
  // Between the two looks another transaction may finish the one that stood: then a new one can be made.
  for (;;) {
    const row = await putRequest(tx, made)
    if (row) {
      const { id, cause: why, owner: who } = shownRequest(row)
      await record(tx, at.getTime(), 'retraining.requested', by, { id, model, version, cause: why.kind })
      await notifier.publish(tx, 'retraining.requested', { id, model, version, cause: why, owner: who })
      return row
    }
    const standing = await unfinished(tx, model, key ?? '')
    if (!standing) continue
    const more = again(standing)
    await saveRequest(tx, more)
    return more
  }
}

export type GuardrailCause = Extract<RetrainingCause, { kind: 'guardrail' }>

/** A guardrail asks, on one machine. */
export const requestByGuardrail = (
  tx: Database,
  notifier: Notifier,
  wanted: Wanted & { cause: GuardrailCause },
): Promise<RetrainingRequest> =>
  request(tx, notifier, wanted, (standing) => firedAgain(standing, wanted.cause.firings[0]!))

/** A person asks, or a program by its name. */
export function requestBySomebody(
  tx: Database,
  notifier: Notifier,
  asked: NewRetraining,
  who: { by: string; at: Date },
): Promise<RetrainingRequest> {
  const { model, version = null, reason, source, figures = {}, link, due } = asked
  const cause: RetrainingCause =
    source === undefined ? { kind: 'person', reason } : { kind: 'event', source, reason, figures }
  return request(tx, notifier, { model, version, cause, link, due, ...who }, (standing) =>
    askedAgain(standing, asked, who),
  )
}

/** Makes the requests whose time has come; where the last one of the schedule is unfinished, none is added. */
export async function requestScheduled(
  { db, now }: Pick<Base, 'db' | 'now'>,
  notifier: Notifier,
): Promise<void> {
  const at = new Date(now())
  await db.transaction().execute(async (tx) => {
    for (const { model, every_days, since, next_at } of await dueSchedules(tx, at)) {
      const cause = { kind: 'schedule', everyDays: every_days, since: since.toISOString() } as const
      await request(tx, notifier, { model, version: null, cause, by: 'schedule', at }, (standing) => standing)
      await moveSchedule(tx, model, nextTime(next_at, every_days, at))
    }
  })
}
