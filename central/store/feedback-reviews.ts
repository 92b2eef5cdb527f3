import { sql } from 'kysely'
import type { FeedbackAnswer } from '#core/contracts/alert.ts'
import type { FeedbackExample, ServedWindow } from '#core/contracts/example.ts'
import type { ReviewItem, ReviewState } from '#core/contracts/review.ts'
import type { DeviceRef } from '../sync/projector.ts'
import type { Database } from './database.ts'
import { pageAfter, pageOfRows } from './feedback-pages.ts'
import { words, wordsOrNull } from './feedback-values.ts'
import type { FleetAlertRow, ReviewRow } from './tables/feedback.ts'

export interface Answer {
  alertId: string
  readingId: string
  /** As it stands here; undefined: it is not known. */
  alert: FleetAlertRow | undefined
  model: string
  version: string
  rule: string
  asset: string | null
  answer: FeedbackAnswer
  note: string | null
  by: string
  at: Date
  arrivedAt: Date
  /** The reading as it was served, once it is here. */
  example?: Pick<
    FeedbackExample,
    'digest' | 'time' | 'features' | 'window' | 'withheld' | 'pseudonymised' | 'decision'
  > & { missing: string | null }
}

/**
 * One row per answered raising, whether its answer or its example comes first; an answer that is another than before opens the
 * review again. Resolves with its number.
 */
export async function putAnswer(tx: Database, device: DeviceRef, given: Answer): Promise<number> {
  const { alert, example, answer, at } = given
  const said = { answer, note: wordsOrNull(given.note), by: words(given.by), at }
  const features = example && {
    reading_id: words(given.readingId),
    asset: wordsOrNull(given.asset),
    digest: example.digest,
    reading_time: words(example.time),
    features: example.features && JSON.stringify(example.features),
    withheld: example.withheld.map(words),
    pseudonymised: example.pseudonymised.map(words),
    missing: example.missing,
    window_steps: example.window?.steps ?? null,
    window_held: example.window?.timesMs.length ?? null,
    window_missing: example.window?.missing ?? null,
    decision: example.decision && JSON.stringify(example.decision),
    version: words(given.version), // of the version that decided, which a canary's alert may not be
  }
  const { id } = await tx
    .insertInto('reviews')
    .values({
      ...{ device_id: device.id, machine: device.name, site: device.site, arrived_at: given.arrivedAt },
      ...{ alert_id: words(given.alertId), reading_id: words(given.readingId) },
      occurrence: alert?.raised_at.toISOString() ?? words(given.readingId),
      ...{ model: words(given.model), version: words(given.version), rule: words(given.rule) },
      ...{ priority: alert?.priority ?? 'medium', title: JSON.stringify(alert?.title ?? given.rule) },
      ...{ asset: wordsOrNull(given.asset), raised_at: alert?.raised_at ?? at, owner: alert?.owner ?? null },
      ...{ digest: null, reading_time: null, features: null, missing: null, decision: null },
      ...{ window_steps: null, window_held: null, window_missing: null },
      ...{ label: null, reviewer: null, comment: null, reviewed_at: null },
      ...said,
      ...features,
    })
    .onConflict((each) =>
      each.columns(['device_id', 'alert_id', 'occurrence']).doUpdateSet({
        ...said,
        ...features,
        state: sql<ReviewState>`CASE WHEN reviews.answer = excluded.answer THEN reviews.state ELSE 'open' END`,
        label: sql<string | null>`CASE WHEN reviews.answer = excluded.answer THEN reviews.label END`,
      }),
    )
    .returning('id')
    .executeTakeFirstOrThrow()
  if (example) await putWindow(tx, device.id, id, example.window)
  return id
}

async function putWindow(
  tx: Database,
  deviceId: number,
  reviewId: number,
  window: ServedWindow | undefined,
): Promise<void> {
  await tx
    .deleteFrom('review_windows')
    .where('device_id', '=', deviceId)
    .where('review_id', '=', reviewId)
    .execute()
  if (!window) return
  const served = JSON.stringify(window)
  await tx.insertInto('review_windows').values({ device_id: deviceId, review_id: reviewId, served }).execute()
}

export interface ReviewFilter {
  model?: string | undefined
  version?: string | undefined
  site?: string | undefined
  device?: string | undefined
  answer?: FeedbackAnswer | undefined
  state?: ReviewState | undefined
  disagreement?: boolean | undefined
  from?: string | undefined
  to?: string | undefined
}

/** A row with what else an item shows. */
export type ShownReview = ReviewRow & { device: string; disagreement: boolean }

/** The answer says false, or the reviewer put another label. */
const disagreement = sql<boolean>`(reviews.answer = 'false' OR reviews.state = 'corrected')`

export function filteredReviews(db: Database, filter: ReviewFilter) {
  let query = db
    .selectFrom('reviews')
    .innerJoin('devices', 'devices.id', 'reviews.device_id')
    .selectAll('reviews')
    .select(['devices.device', disagreement.as('disagreement')])
  for (const column of ['model', 'version', 'site', 'answer', 'state'] as const) {
    const wanted = filter[column]
    if (wanted !== undefined) query = query.where(`reviews.${column}`, '=', wanted as never)
  }
  if (filter.device !== undefined) query = query.where('devices.device', '=', filter.device)
  if (filter.disagreement !== undefined) query = query.where(disagreement, '=', filter.disagreement)
  if (filter.from !== undefined) query = query.where('reviews.at', '>=', new Date(filter.from))
  if (filter.to !== undefined) query = query.where('reviews.at', '<', new Date(filter.to))
  return query
}

export async function reviewsPage(
  db: Database,
  { limit, cursor, ...filter }: ReviewFilter & { limit: number; cursor?: string | undefined },
): Promise<{ rows: ShownReview[]; next: string | null }> {
  const before = pageAfter(cursor)
  let query = filteredReviews(db, filter)
  if (before !== undefined) query = query.where('reviews.id', '<', before)
  const rows = await query
    .orderBy('reviews.id', 'desc')
    .limit(limit + 1)
    .execute()
  return pageOfRows(rows, limit, ({ id }) => id)
}

export async function reviewRow(db: Database, id: number): Promise<ShownReview | undefined> {
  return filteredReviews(db, {}).where('reviews.id', '=', id).executeTakeFirst()
}

/** False: there is none. */
export async function review(
  tx: Database,
  id: number,
  { state, label, reviewer, comment, at }: Omit<ReviewItem['review'], 'at'> & { at: Date },
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('reviews')
    .set({ state, label, reviewer, comment, reviewed_at: at })
    .where('id', '=', id)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}
