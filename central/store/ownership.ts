import { sql } from 'kysely'
import { manifestSchema } from '#core/contracts/manifest.ts'
import { type Ownership, type Raci, raciSchema } from '#core/contracts/ownership.ts'
import { ownershipOf, raciOfPeople } from '../ownership/raci.ts'
import type { Database } from './database.ts'

interface Found {
  model: string
  raci: unknown
  version: string | null
  people: unknown
}

const { people: peopleSchema } = manifestSchema.shape

/** Who answers for these models; a model of which nothing is known is left out. */
export async function ownersOf(db: Database, models: readonly string[]): Promise<Map<string, Ownership>> {
  if (models.length === 0) return new Map()
  const { rows } = await sql<Found>`
    SELECT wanted.model, edit.raci, published.version, published.people
    FROM unnest(${[...new Set(models)]}::text[]) AS wanted (model)
    LEFT JOIN LATERAL (SELECT raci FROM ownership_edits WHERE model = wanted.model ORDER BY id DESC LIMIT 1) AS edit ON true
    LEFT JOIN LATERAL (SELECT version, manifest -> 'people' AS people FROM registry_versions
      WHERE model = wanted.model AND state = 'published' AND manifest IS NOT NULL
      ORDER BY release DESC, id DESC LIMIT 1) AS published ON true`.execute(db)
  return new Map(rows.map((row) => [row.model, found(row)]))
}

function found({ model, raci, version, people }: Found): Ownership {
  const edited = raciSchema.safeParse(raci)
  const signed = peopleSchema.safeParse(people)
  const published = version !== null && signed.success ? { version, raci: raciOfPeople(signed.data) } : null
  return ownershipOf(model, edited.success ? edited.data : null, published)
}

/** Names of all models that anything here is about, in their order, after `after`. */
export async function modelNames(db: Database, after: string, limit: number): Promise<string[]> {
  const { rows } = await sql<{ model: string }>`
    SELECT model FROM (
      SELECT DISTINCT model FROM registry_versions UNION SELECT DISTINCT model FROM ownership_edits
    ) AS known WHERE model > ${after} ORDER BY model LIMIT ${limit}`.execute(db)
  return rows.map(({ model }) => model)
}

export interface Edit {
  at: Date
  by: string
  reason: string
  raci: Raci | null
}

/** Newest first. */
export async function ownershipHistory(db: Database, model: string): Promise<Edit[]> {
  const rows = await db
    .selectFrom('ownership_edits')
    .select(['at', 'by', 'reason', 'raci'])
    .where('model', '=', model)
    .orderBy('id', 'desc')
    .limit(100)
    .execute()
  return rows.map(({ raci, ...row }) => ({ ...row, raci: raciSchema.safeParse(raci).data ?? null }))
}

export async function editOwnership(tx: Database, model: string, { raci, ...edit }: Edit): Promise<void> {
  await tx
    .insertInto('ownership_edits')
    .values({ model, ...edit, raci: raci && JSON.stringify(raci) })
    .execute()
}
