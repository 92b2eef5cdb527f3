import type { Database } from './database.ts'

export interface NewFinding {
  at: Date
  /** fork, restored, began-anew, lost. */
  kind: string
  words: string
  detail: object
}

/** What does not fit what a machine said before; kept for good. */
export async function addFinding(
  db: Database,
  deviceId: number,
  { detail, ...finding }: NewFinding,
): Promise<void> {
  await db
    .insertInto('findings')
    .values({ device_id: deviceId, ...finding, detail: JSON.stringify(detail) })
    .execute()
}
