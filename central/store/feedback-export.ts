import type { Database } from './database.ts'
import { filteredReviews, type ReviewFilter, type ShownReview } from './feedback-reviews.ts'

const rowsAtOnce = 500

/** What goes into an export: what was reviewed and not left out, unless a state is named or everything is wanted. */
export interface ExportFilter extends ReviewFilter {
  all?: boolean | undefined
}

/** Rows of one moment, however often they are gone through. */
export interface Snapshot {
  /** In the order of arrival, a part at a time. */
  rows: () => AsyncGenerator<ShownReview[], void, void>
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
    let after = 0
    for (;;) {
      let query = filteredReviews(tx, filter).where('reviews.id', '>', after)
      if (filter.state === undefined && filter.all !== true)
        query = query.where('reviews.state', 'in', ['accepted', 'corrected'])
      const part = await query.orderBy('reviews.id').limit(rowsAtOnce).execute()
      if (part.length > 0) yield part
      if (part.length < rowsAtOnce) return
      after = part.at(-1)!.id
    }
  }
  return {
    rows,
    end: async () => {
      await tx.rollback().execute()
    },
  }
}
