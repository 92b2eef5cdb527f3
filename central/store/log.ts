import type { Database } from './database.ts'

/** Adds to the log of central who did what. */
export async function record(
  db: Database,
  at: number,
  kind: string,
  by: string,
  body: object,
): Promise<void> {
  await db
    .insertInto('central_log')
    .values({ at: new Date(at), by, kind, body: JSON.stringify(body) })
    .execute()
}
