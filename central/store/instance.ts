import { sql } from 'kysely'
import type { Database } from './database.ts'

/**
 * Which life of this server this is: a UUID that machines see. The database may have lost what it had acknowledged wherever it was
 * restored, copied, or taken over from a standby: then it stands on another server (system identifier) or timeline, and a new life
 * begins by itself. A dump that was restored into the same server looks like nothing happened; `renew` is for that.
 */
export async function instanceOf(
  db: Database,
  { now, randomUUID, renew = false }: { now: () => number; randomUUID: () => string; renew?: boolean },
): Promise<{ id: string; renewed: boolean }> {
  const { rows } = await sql<{ system: string }>`
    SELECT (SELECT system_identifier FROM pg_control_system())::text || '.' ||
      (SELECT timeline_id FROM pg_control_checkpoint())::text || '.' || current_database() AS system`.execute(
    db,
  )
  const system = rows[0]?.system ?? ''
  return db.transaction().execute(async (tx) => {
    const kept = await tx.selectFrom('instance').selectAll().forUpdate().executeTakeFirst()
    if (kept?.system === system && !renew) return { id: kept.id, renewed: false }
    const row = { id: randomUUID(), made_at: new Date(now()), system }
    await tx
      .insertInto('instance')
      .values(row)
      .onConflict((each) => each.column('one').doUpdateSet(row))
      .execute()
    return { id: row.id, renewed: kept !== undefined }
  })
}
