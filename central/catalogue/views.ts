import { EdgewrightError } from '#core/contracts/errors.ts'
import type { Manifest } from '#core/contracts/manifest.ts'
import {
  type Alias,
  type RegistryModel,
  type RegistryModelDetail,
  type RegistryVersion,
  type RegistryVersionDetail,
  usualAliases,
} from '#core/contracts/registry.ts'
import type { Text } from '#core/contracts/text.ts'
import type { Base } from '../central.ts'
import {
  approvalsOf,
  type ModelCounts,
  modelCounts,
  modelsPage,
  publishedOf,
  type RunningCount,
  releaseBefore,
  runningCounts,
  type ShownVersion,
  versionNamed,
  versionsOf,
  whereItIs,
  wordsOf,
} from '../store/registry.ts'
import { type AliasRow, aliasesOf, aliasMoves } from '../store/registry-aliases.ts'
import { retirementOf, standingOf } from './standing.ts'

type Parts = Pick<Base, 'db' | 'now'>

export interface Paged<T> {
  items: T[]
  next: string | null
}

const iso = (date: Date | null): string | null => date?.toISOString() ?? null

export const unknown = (what: string) =>
  new EdgewrightError('registry-unknown', `there is no ${what} in the registry`)

/** A page out of one row more than fits it. */
function paged<R, T>(rows: R[], limit: number, item: (row: R) => T, cursor: (row: R) => string): Paged<T> {
  const page = rows.slice(0, limit)
  return { items: page.map(item), next: rows.length > limit ? cursor(page.at(-1)!) : null }
}

function numbersIn(cursor: string | undefined, count: number): number[] | undefined {
  if (cursor === undefined) return undefined
  const numbers = cursor.split('.').map(Number)
  if (numbers.length === count && numbers.every((one) => Number.isInteger(one) && one >= 0 && one < 2 ** 31))
    return numbers
  throw new EdgewrightError('request-invalid', '"cursor": it is none that this list gave')
}

function versionView(
  row: ShownVersion,
  aliases: readonly AliasRow[],
  counts: readonly RunningCount[],
  nowMs: number,
): RegistryVersion {
  return {
    model: row.model,
    version: row.version,
    release: row.release,
    digest: row.digest,
    bytes: row.bytes,
    family: row.family,
    ...(row.platforms && { platforms: row.platforms }),
    state: standingOf(row, nowMs),
    title: row.title as Text | null,
    proposedAt: iso(row.proposed_at),
    proposedBy: row.proposed_by,
    publishedAt: iso(row.published_at),
    signedBy: row.signed_by,
    threshold: row.threshold,
    keys: row.keys,
    lacks: row.lacks,
    aliases: aliases.flatMap(({ version_id, alias }) => (version_id === row.id ? [alias] : [])),
    retireAt: retirementOf(row),
    deprecated: row.deprecated_at && {
      reason: row.deprecated_reason ?? '',
      by: row.deprecated_by ?? '',
      at: row.deprecated_at.toISOString(),
    },
    revoked: row.revoked as RegistryVersion['revoked'],
    running: machinesWith(row, counts),
  }
}

/** By digest: two sets of bytes may bear one number, and only one of them is this. */
const machinesWith = (row: ShownVersion, counts: readonly RunningCount[]): number =>
  counts.reduce(
    (sum, { model, digest, machines }) =>
      model === row.model && digest === row.digest ? sum + machines : sum,
    0,
  )

/** The three that always exist, and a model's own. */
function aliasViews(rows: readonly AliasRow[]): Alias[] {
  const names = [...new Set([...usualAliases, ...rows.map(({ alias }) => alias)])]
  return names.map((alias) => {
    const row = rows.find((one) => one.alias === alias)
    return {
      alias,
      version: row?.version ?? null,
      digest: row?.digest ?? null,
      since: iso(row?.since ?? null),
      by: row?.by ?? null,
      reason: row?.reason ?? null,
    }
  })
}

async function modelViews({ db, now }: Parts, rows: readonly ModelCounts[]): Promise<RegistryModel[]> {
  const names = rows.map(({ model }) => model)
  const [published, aliases, counts] = await Promise.all([
    publishedOf(db, names),
    aliasesOf(db, names),
    runningCounts(db, names),
  ])
  return rows.map((row) => {
    const own = published.filter(({ model }) => model === row.model)
    const newest = own[0]
    const retirements = own
      .filter((one) => machinesWith(one, counts) > 0)
      .flatMap((one) => {
        const retirement = retirementOf(one)
        return retirement && Date.parse(retirement.at) > now()
          ? [{ version: one.version, at: retirement.at }]
          : []
      })
      .sort((a, b) => Date.parse(a.at) - Date.parse(b.at))
    return {
      ...row,
      title: (newest?.title as Text | undefined) ?? null,
      owner: newest?.owner ?? null,
      newest: newest
        ? { version: newest.version, release: newest.release, publishedAt: iso(newest.published_at) }
        : null,
      aliases: aliasViews(aliases.filter(({ model }) => model === row.model)),
      running: counts.reduce((sum, { model, machines }) => (model === row.model ? sum + machines : sum), 0),
      nextRetirement: retirements[0] ?? null,
    }
  })
}

export async function listModels(
  parts: Parts,
  query: { search?: string | undefined; cursor?: string | undefined; limit: number },
): Promise<Paged<RegistryModel>> {
  const rows = await modelsPage(parts.db, {
    search: query.search,
    after: query.cursor,
    limit: query.limit + 1,
  })
  const page = paged(
    rows,
    query.limit,
    (row) => row,
    ({ model }) => model,
  )
  return { items: await modelViews(parts, page.items), next: page.next }
}

export async function modelDetail(parts: Parts, model: string): Promise<RegistryModelDetail> {
  const counts = await modelCounts(parts.db, model)
  if (!counts) throw unknown(`model ${model}`)
  const [[view], where] = await Promise.all([modelViews(parts, [counts]), whereItIs(parts.db, model)])
  return { ...view!, where }
}

export async function listVersions(
  { db, now }: Parts,
  model: string,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
): Promise<Paged<RegistryVersion>> {
  const after = numbersIn(cursor, 2) as [number, number] | undefined
  const rows = await versionsOf(db, model, { limit: limit + 1, after })
  if (rows.length === 0 && !(await modelCounts(db, model))) throw unknown(`model ${model}`)
  const [aliases, counts] = await Promise.all([aliasesOf(db, [model]), runningCounts(db, [model])])
  return paged(
    rows,
    limit,
    (row) => versionView(row, aliases, counts, now()),
    ({ release, id }) => `${release}.${id}`,
  )
}

export async function oneVersion(
  { db }: Pick<Parts, 'db'>,
  model: string,
  version: string,
): Promise<ShownVersion> {
  const row = await versionNamed(db, model, version)
  if (!row) throw unknown(`version ${version} of ${model}`)
  return row
}

export async function versionDetail(
  { db, now }: Parts,
  model: string,
  version: string,
): Promise<RegistryVersionDetail> {
  const row = await oneVersion({ db }, model, version)
  const [words, approvals, replaces, where, aliases, counts] = await Promise.all([
    wordsOf(db, row.id),
    approvalsOf(db, row.id),
    releaseBefore(db, model, row.release),
    whereItIs(db, model),
    aliasesOf(db, [model]),
    runningCounts(db, [model]),
  ])
  return {
    ...versionView(row, aliases, counts, now()),
    manifest: words.manifest ? manifestView(words.manifest as Manifest) : null,
    card: words.card,
    problem: row.problem,
    approvals: approvals.map(({ owner, key_id, at, brought_by }) => ({
      by: owner,
      keyId: key_id,
      at: at.toISOString(),
      broughtBy: brought_by,
    })),
    replaces: replaces ?? null,
    where: where.filter((one) => (one.digest === null ? one.version === version : one.digest === row.digest)),
  }
}

const manifestView = (manifest: Manifest): NonNullable<RegistryVersionDetail['manifest']> => ({
  purpose: manifest.purpose,
  notFor: manifest.notFor,
  trainedOn: manifest.trainedOn,
  people: manifest.people,
  success: manifest.success,
  guardrails: manifest.guardrails ?? [],
  privacy: manifest.privacy ?? null,
  retireAt: manifest.retireAt ?? null,
  retentionDays: manifest.retentionDays,
  features: manifest.inputs.features.map(({ name, title, unit }) => ({ name, title, ...(unit && { unit }) })),
})

export async function aliasHistory(
  { db }: Pick<Parts, 'db'>,
  model: string,
  { alias, limit, cursor }: { alias?: string | undefined; limit: number; cursor?: string | undefined },
) {
  const [before] = numbersIn(cursor, 1) ?? []
  const rows = await aliasMoves(db, model, { alias, before, limit: limit + 1 })
  return paged(
    rows,
    limit,
    ({ alias: name, from_version, to_version, at, by, reason }) => ({
      alias: name,
      from: from_version,
      to: to_version,
      at: at.toISOString(),
      by,
      reason,
    }),
    ({ id }) => String(id),
  )
}

export async function aliasView({ db }: Pick<Parts, 'db'>, model: string, alias: string): Promise<Alias> {
  const rows = await aliasesOf(db, [model])
  return aliasViews(rows).find((one) => one.alias === alias) ?? aliasViews([])[0]!
}
