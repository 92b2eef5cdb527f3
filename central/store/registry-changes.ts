import { sql } from 'kysely'
import type { Database } from './database.ts'
import { type ShownVersion, versionById } from './registry.ts'

export interface Signer {
  keyId: string
  owner: string
}

/** A version as the repository's folder shows it. */
export interface SeenVersion {
  model: string
  version: string
  release: number
  digest: string
  bytes: number
  family: string
  path: string
  platforms: string[] | null
  state: 'proposed' | 'published'
  signers: Signer[]
  threshold: number
  keys: number
  lacks: string | null
  revoked: { action: 'stop' | 'warn'; reason: string; since: string } | null
}

const columnsOf = (seen: SeenVersion) => ({
  release: seen.release,
  bytes: seen.bytes,
  platforms: seen.platforms,
  state: seen.state,
  signed_by: seen.signers.map(({ owner }) => owner),
  threshold: seen.threshold,
  keys: seen.keys,
  lacks: seen.lacks,
  revoked: seen.revoked && JSON.stringify(seen.revoked),
})

/** Puts a version down as it stands; its id, and whether it was published just now. */
export async function putSeen(db: Database, seen: SeenVersion, at: Date): Promise<number> {
  const { model, version, digest, family, path } = seen
  const published_at = seen.state === 'published' ? at : null
  const row = await db
    .insertInto('registry_versions')
    .values({ model, version, digest, family, path, ...columnsOf(seen), published_at })
    .onConflict((conflict) =>
      conflict.columns(['path', 'digest']).doUpdateSet({
        ...columnsOf(seen),
        published_at: sql`coalesce(registry_versions.published_at, excluded.published_at)`,
      }),
    )
    .returning('id')
    .executeTakeFirstOrThrow()
  return row.id
}

/** Who proposed it; the first one stays. */
export async function putProposer(
  db: Database,
  { path, digest }: { path: string; digest: string },
  by: string,
  at: Date,
): Promise<void> {
  await db
    .updateTable('registry_versions')
    .set({ proposed_by: by, proposed_at: at })
    .where('path', '=', path)
    .where('digest', '=', digest)
    .where('proposed_by', 'is', null)
    .execute()
}

export async function putRemoved(db: Database, id: number): Promise<void> {
  await db
    .updateTable('registry_versions')
    .set({ state: 'removed', lacks: null })
    .where('id', '=', id)
    .execute()
}

/** The signatures that stand; those that were there keep their time, those that became void go. */
export async function putApprovals(
  db: Database,
  id: number,
  signers: readonly Signer[],
  at: Date,
  broughtBy: (signer: Signer) => string | null,
): Promise<void> {
  const ids = signers.map(({ keyId }) => keyId)
  await db
    .deleteFrom('registry_approvals')
    .where('version_id', '=', id)
    .$if(ids.length > 0, (query) => query.where('key_id', 'not in', ids))
    .execute()
  for (const signer of signers)
    await db
      .insertInto('registry_approvals')
      .values({
        ...{ version_id: id, key_id: signer.keyId, owner: signer.owner, at },
        brought_by: broughtBy(signer),
      })
      .onConflict((conflict) => conflict.columns(['version_id', 'key_id']).doNothing())
      .execute()
}

export async function putWords(
  db: Database,
  id: number,
  words: { manifest: object | null; card: string | null; problem: string | null },
): Promise<void> {
  const manifest = words.manifest && JSON.stringify(words.manifest)
  await db
    .updateTable('registry_versions')
    .set({ ...words, manifest })
    .where('id', '=', id)
    .execute()
}

/** null: what was set is taken back. */
export async function putDeprecation(
  db: Database,
  id: number,
  deprecation: { at: Date; by: string; reason: string; retireAt: Date | null } | null,
): Promise<ShownVersion> {
  await db
    .updateTable('registry_versions')
    .set({
      deprecated_at: deprecation?.at ?? null,
      deprecated_by: deprecation?.by ?? null,
      deprecated_reason: deprecation?.reason ?? null,
      retire_at: deprecation?.retireAt ?? null,
    })
    .where('id', '=', id)
    .execute()
  return (await versionById(db, id))!
}

/** Notices of a retirement that were given, by the version and the date that they are about. */
export const noticesGiven = (db: Database) =>
  db.selectFrom('registry_notices').select(['version_id', 'retire_at', 'days']).execute()

/** Notes that a notice was given, and does what it says with it in one transaction; nothing where it was given before. */
export async function putNotice(
  db: Database,
  { id, retireAt, days, at }: { id: number; retireAt: Date; days: number; at: Date },
  tell: (tx: Database) => Promise<void>,
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const { numInsertedOrUpdatedRows: put } = await tx
      .insertInto('registry_notices')
      .values({ version_id: id, retire_at: retireAt, days, at })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirstOrThrow()
    if (put === 1n) await tell(tx)
  })
}
