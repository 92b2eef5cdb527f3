import { sql } from 'kysely'
import type { Where } from '#core/contracts/registry.ts'
import type { Database } from './database.ts'
import type { VersionRow } from './tables/registry.ts'

/** What lists need of a version: everything but its card, and of its manifest what they show. */
const shown = [
  'id',
  'model',
  'version',
  'release',
  'digest',
  'bytes',
  'family',
  'path',
  'platforms',
  'state',
  'proposed_at',
  'proposed_by',
  'published_at',
  'signed_by',
  'threshold',
  'keys',
  'lacks',
  'problem',
  'retire_at',
  'deprecated_at',
  'deprecated_by',
  'deprecated_reason',
  'revoked',
] as const
const said = [
  sql<unknown>`manifest -> 'title'`.as('title'),
  sql<string | null>`manifest ->> 'retireAt'`.as('manifest_retire_at'),
  sql<string | null>`manifest -> 'people' -> 'owner' ->> 'name'`.as('owner'),
  sql<boolean>`manifest IS NOT NULL`.as('is_read'),
] as const

export type ShownVersion = Pick<VersionRow, (typeof shown)[number]> & {
  title: unknown
  manifest_retire_at: string | null
  owner: string | null
  is_read: boolean
}

const versions = (db: Database) => db.selectFrom('registry_versions').select(shown).select(said)

/** Everything that is or was in the repository, for comparing. */
export const allVersions = (db: Database): Promise<ShownVersion[]> => versions(db).orderBy('id').execute()

/** Highest release first. `after`: release and id of the last one before. */
export function versionsOf(
  db: Database,
  model: string,
  page: { limit: number; after?: readonly [release: number, id: number] | undefined },
): Promise<ShownVersion[]> {
  return versions(db)
    .where('model', '=', model)
    .$if(page.after !== undefined, (query) =>
      query.where(sql<boolean>`(release, id) < (${page.after![0]}::int, ${page.after![1]}::int)`),
    )
    .orderBy('release', 'desc')
    .orderBy('id', 'desc')
    .limit(page.limit)
    .execute()
}

/** Of versions under one number (one that was removed, and what came in its place) the one that stands. */
export function versionNamed(
  db: Database,
  model: string,
  version: string,
): Promise<ShownVersion | undefined> {
  return versions(db)
    .where('model', '=', model)
    .where('version', '=', version)
    .orderBy(sql`array_position(ARRAY['published', 'proposed', 'removed'], state)`)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
}

export const versionById = (db: Database, id: number): Promise<ShownVersion | undefined> =>
  versions(db).where('id', '=', id).executeTakeFirst()

export async function wordsOf(db: Database, id: number): Promise<{ manifest: unknown; card: string | null }> {
  return db
    .selectFrom('registry_versions')
    .select(['manifest', 'card'])
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
}

export function approvalsOf(db: Database, id: number) {
  return db
    .selectFrom('registry_approvals')
    .selectAll()
    .where('version_id', '=', id)
    .orderBy('at')
    .orderBy('owner')
    .execute()
}

/** The published version with the highest release below. */
export async function releaseBefore(
  db: Database,
  model: string,
  release: number,
): Promise<string | undefined> {
  const found = await db
    .selectFrom('registry_versions')
    .select('version')
    .where('model', '=', model)
    .where('state', '=', 'published')
    .where('release', '<', release)
    .orderBy('release', 'desc')
    .limit(1)
    .executeTakeFirst()
  return found?.version
}

export interface ModelCounts {
  model: string
  versions: number
  proposed: number
}

/** By name, after `after`. `search`: part of an id or of a title. */
export async function modelsPage(
  db: Database,
  { search, after, limit }: { search?: string | undefined; after?: string | undefined; limit: number },
): Promise<ModelCounts[]> {
  const like = search && `%${search.replaceAll(/[\\%_]/g, '\\$&')}%`
  const { rows } = await sql<ModelCounts>`
    SELECT model, count(*) FILTER (WHERE state = 'published')::int AS versions,
      count(*) FILTER (WHERE state = 'proposed')::int AS proposed
    FROM registry_versions
    WHERE ${after === undefined ? sql`true` : sql`model > ${after}`}
    GROUP BY model
    HAVING ${like ? sql`model ILIKE ${like} OR bool_or((manifest -> 'title')::text ILIKE ${like})` : sql`true`}
    ORDER BY model LIMIT ${limit}`.execute(db)
  return rows
}

export async function modelCounts(db: Database, model: string): Promise<ModelCounts | undefined> {
  const { rows } = await sql<ModelCounts>`
    SELECT model, count(*) FILTER (WHERE state = 'published')::int AS versions,
      count(*) FILTER (WHERE state = 'proposed')::int AS proposed
    FROM registry_versions WHERE model = ${model} GROUP BY model`.execute(db)
  return rows[0]
}

/** Published versions of some models, or of all; highest release first. */
export const publishedOf = (db: Database, models?: readonly string[]): Promise<ShownVersion[]> =>
  models?.length === 0
    ? Promise.resolve([])
    : versions(db)
        .$if(models !== undefined, (query) => query.where('model', 'in', models!))
        .where('state', '=', 'published')
        .orderBy('release', 'desc')
        .orderBy('id', 'desc')
        .execute()

/** Which machines have what, by the newest report of each; revoked ones are not counted. */
export async function whereItIs(db: Database, model: string): Promise<Where[]> {
  const { rows } = await sql<Where>`
    SELECT d.site, s.slot, s.version, s.digest, count(*)::int AS machines
    FROM devices AS d, jsonb_array_elements(d.models) AS m,
      LATERAL (VALUES ('running', m ->> 'running', m ->> 'digest'), ('previous', m ->> 'previous', NULL),
        ('staged', m ->> 'staged', NULL)) AS s (slot, version, digest)
    WHERE d.models @> ${JSON.stringify([{ id: model }])}::jsonb AND m ->> 'id' = ${model} AND s.version IS NOT NULL
      AND d.state <> 'revoked'
    GROUP BY 1, 2, 3, 4
    ORDER BY 1, array_position(ARRAY['running', 'previous', 'staged'], s.slot), 3, 4`.execute(db)
  return rows
}

export interface RunningCount {
  model: string
  version: string
  digest: string | null
  machines: number
}

/** How many machines run each version of some models. */
export async function runningCounts(db: Database, models: readonly string[]): Promise<RunningCount[]> {
  if (models.length === 0) return []
  const { rows } = await sql<RunningCount>`
    SELECT m ->> 'id' AS model, m ->> 'running' AS version, m ->> 'digest' AS digest, count(*)::int AS machines
    FROM devices AS d, jsonb_array_elements(d.models) AS m
    WHERE m ->> 'id' = ANY(${models}) AND m ->> 'running' IS NOT NULL AND d.state <> 'revoked'
    GROUP BY 1, 2, 3`.execute(db)
  return rows
}
