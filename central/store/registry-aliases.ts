import { sql } from 'kysely'
import type { Database } from './database.ts'

export interface AliasRow {
  model: string
  alias: string
  version_id: number | null
  version: string | null
  digest: string | null
  since: Date
  by: string
  reason: string
}

export async function aliasesOf(db: Database, models: readonly string[]): Promise<AliasRow[]> {
  if (models.length === 0) return []
  return db
    .selectFrom('registry_aliases as a')
    .leftJoin('registry_versions as v', 'v.id', 'a.version_id')
    .select(['a.model', 'a.alias', 'a.version_id', 'v.version', 'v.digest', 'a.since', 'a.by', 'a.reason'])
    .where('a.model', 'in', models)
    .orderBy('a.alias')
    .execute()
}

/** Moves a pointer and writes down the move, in one transaction; answers where it pointed before. */
export async function putAlias(
  db: Database,
  move: {
    model: string
    alias: string
    to: { id: number; version: string } | null
    at: Date
    by: string
    reason: string
  },
): Promise<{ from: string | null }> {
  const { model, alias, to, at, by, reason } = move
  return db.transaction().execute(async (tx) => {
    // Two moves of one alias come one after the other, and each writes down where it truly came from.
    await sql`SELECT pg_advisory_xact_lock(hashtextextended(${`alias ${model} ${alias}`}, 0))`.execute(tx)
    const [before] = (await aliasesOf(tx, [model])).filter((one) => one.alias === alias)
    const from = before?.version ?? null
    const set = { version_id: to?.id ?? null, since: at, by, reason }
    await tx
      .insertInto('registry_aliases')
      .values({ model, alias, ...set })
      .onConflict((conflict) => conflict.columns(['model', 'alias']).doUpdateSet(set))
      .execute()
    await tx
      .insertInto('registry_alias_moves')
      .values({ model, alias, from_version: from, to_version: to?.version ?? null, at, by, reason })
      .execute()
    return { from }
  })
}

/** Newest first, before `before`. */
export function aliasMoves(
  db: Database,
  model: string,
  { alias, before, limit }: { alias?: string | undefined; before?: number | undefined; limit: number },
) {
  return db
    .selectFrom('registry_alias_moves')
    .selectAll()
    .where('model', '=', model)
    .$if(alias !== undefined, (query) => query.where('alias', '=', alias!))
    .$if(before !== undefined, (query) => query.where('id', '<', before!))
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
}
