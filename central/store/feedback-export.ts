import { sql } from 'kysely'
import type { Database } from './database.ts'
import { filteredReviews, type ReviewFilter, type ShownReview } from './feedback-reviews.ts'

/** With a window, 128 KB each at most. */
const rowsAtOnce = 200

/** A row with the whole window that the model was given; null: it was given one reading. */
export type ExportedReview = ShownReview & { served: unknown }

/** What goes into an export: what was reviewed and not left out, unless a state is named or everything is wanted. */
export interface ExportFilter extends ReviewFilter {
  all?: boolean | undefined
}

/** Rows of one moment, however often they are gone through. */
export interface Snapshot {
  /** In the order of arrival, a part at a time. */
  rows: () => AsyncGenerator<ExportedReview[], void, void>
  /** Gives its connection back; to be called in any case. */
  end: () => Promise<void>
}

/** A snapshot of the database, which reads see and writes do not disturb; it holds one connection. */
export async function reviewSnapshot(db: Database, filter: ExportFilter): Promise<Snapshot> {
  const tx = await db
    .startTransaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute()
  async function* rows() {
    let query = filteredReviews(tx, filter)
      .leftJoin('review_windows', (join) =>
        join
          .onRef('review_windows.device_id', '=', 'reviews.device_id')
          .onRef('review_windows.review_id', '=', 'reviews.id'),
      )
      .select('review_windows.served')
    if (filter.state === undefined && filter.all !== true)
      query = query.where('reviews.state', 'in', ['accepted', 'corrected'])
    // One plan for all of it: pages by number are slow where the planner does not know the table yet.
    await sql`DECLARE exported NO SCROLL CURSOR FOR ${query.orderBy('reviews.id')}`.execute(tx)
    for (;;) {
      const part = await sql<ExportedReview>`FETCH ${sql.raw(String(rowsAtOnce))} FROM exported`.execute(tx)
      if (part.rows.length > 0) yield part.rows
      if (part.rows.length < rowsAtOnce) break
    }
    // Its name is free for the next pass; whoever stops before ends the transaction, and the cursor with it.
    await sql`CLOSE exported`.execute(tx)
  }
  return {
    rows,
    end: async () => {
      await tx.rollback().execute()
    },
  }
}
