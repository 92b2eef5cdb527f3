import { readFile } from 'node:fs/promises'
import { writeWhole } from '#central/registry/files.ts'
import { type SigningFile, toSign } from '#central/registry/signing-file.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type {
  Alias,
  RegistryModel,
  RegistryModelDetail,
  RegistryVersion,
  RegistryVersionDetail,
  Signatures,
} from '#core/contracts/registry.ts'
import { say } from '#core/contracts/text.ts'
import { connectCentral, type Where } from './central-client.ts'
import type { EdgeClient } from './edge-client.ts'
import { type Io, userPath } from './io.ts'
import { show as showAsked } from './repo-desk.ts'

/** Every item of a paged list. */
async function all<T>(client: EdgeClient, path: string): Promise<T[]> {
  const found: T[] = []
  let cursor: string | null = null
  do {
    const query = new URLSearchParams({ limit: '500', ...(cursor !== null && { cursor }) })
    const page: { items: T[]; next: string | null } = await client.json(
      'GET',
      `${path}${path.includes('?') ? '&' : '?'}${query}`,
    )
    found.push(...page.items)
    cursor = page.next
  } while (cursor !== null)
  return found
}

const modelPath = (model: string) => `/api/registry/models/${encodeURIComponent(model)}`
const versionPath = (model: string, version: string) =>
  `${modelPath(model)}/versions/${encodeURIComponent(version)}`
const pointing = (aliases: readonly Alias[]) =>
  aliases.flatMap(({ alias, version }) => (version === null ? [] : [`${alias} ${version}`])).join(', ')
const machines = (count: number) => `${count} machine${count === 1 ? '' : 's'}`

/** Which models there are to deploy. */
export async function list(io: Io, options: Where & { search?: string }): Promise<RegistryModel[]> {
  const query = options.search === undefined ? '' : `?search=${encodeURIComponent(options.search)}`
  const models = await all<RegistryModel>(connectCentral(io, options), `/api/registry${query}`)
  if (!io.json) {
    for (const { model, newest, versions, proposed, aliases, running } of models)
      io.print(
        [
          `${model}: ${newest ? `${newest.version}, ${versions} published` : 'nothing published'}`,
          ...(proposed > 0 ? [`${proposed} waiting for signatures`] : []),
          ...(pointing(aliases) ? [pointing(aliases)] : []),
          `runs on ${machines(running)}`,
        ].join(' · '),
      )
    if (models.length === 0)
      io.print('Nothing is there to deploy. Publish a package: edgewright publish FILE.ewp')
  }
  return models
}

/** A model and its versions, or all about one version. */
export async function show(
  io: Io,
  model: string,
  version: string | undefined,
  options: Where,
): Promise<RegistryVersionDetail | (RegistryModelDetail & { list: RegistryVersion[] })> {
  const client = connectCentral(io, options)
  if (version !== undefined) {
    const detail = await client.json<RegistryVersionDetail>('GET', versionPath(model, version))
    if (!io.json) for (const line of versionLines(detail)) io.print(line)
    return detail
  }
  const detail = await client.json<RegistryModelDetail>('GET', modelPath(model))
  const versions = await all<RegistryVersion>(client, `${modelPath(model)}/versions`)
  if (!io.json) {
    io.print(`${model}${detail.title ? `: ${say(detail.title, 'en')}` : ''}`)
    for (const { alias, version: to, by, since, reason } of detail.aliases)
      io.print(`  ${alias}: ${to ?? 'nothing'}${by ? ` (${by}, ${since}: ${reason})` : ''}`)
    for (const one of versions)
      io.print(
        `  ${one.version}: ${one.state}${one.lacks ? ` (${one.lacks})` : ''}, on ${machines(one.running)}`,
      )
    for (const { site, slot, version: at, machines: count } of detail.where)
      io.print(`  ${site}: ${at} ${slot} on ${machines(count)}`)
  }
  return { ...detail, list: versions }
}

function versionLines(detail: RegistryVersionDetail): string[] {
  const { manifest } = detail
  const lines: [string, string | null | undefined][] = [
    ['state', `${detail.state}${detail.lacks ? `: ${detail.lacks}` : ''}`],
    ['title', detail.title && say(detail.title, 'en')],
    ['sha256', `${detail.digest} (${detail.bytes} bytes)`],
    ['proposed', detail.proposedBy && `${detail.proposedBy}, ${detail.proposedAt}`],
    ['published', detail.publishedAt],
    ['approved by', detail.approvals.map(({ by, at }) => `${by} (${at})`).join(', ')],
    ['aliases', detail.aliases.join(', ')],
    ['replaces', detail.replaces],
    [
      'trained on',
      manifest && [manifest.trainedOn.data, manifest.trainedOn.pipeline ?? []].flat().join(', by '),
    ],
    ['owner', manifest?.people.owner.name],
    ['must hold', manifest?.success.map(({ metric, target }) => `${metric} ${target}`).join('; ')],
    ['deprecated', detail.deprecated && `${detail.deprecated.by}: ${detail.deprecated.reason}`],
    [
      'not after',
      detail.retireAt &&
        `${detail.retireAt.at} (says ${detail.retireAt.from === 'manifest' ? 'its manifest' : 'central'})`,
    ],
    ['revoked', detail.revoked && `${detail.revoked.action}: ${detail.revoked.reason}`],
    [
      'where',
      detail.where
        .map(({ site, slot, machines: count }) => `${site} ${slot} on ${machines(count)}`)
        .join(', '),
    ],
    ['problem', detail.problem],
  ]
  return [
    `${detail.model} ${detail.version}`,
    ...lines.flatMap(([name, text]) => (text ? [`  ${name}: ${text}`] : [])),
  ]
}

/** Points an alias to another version, or nowhere. */
export async function alias(
  io: Io,
  model: string,
  name: string,
  version: string | undefined,
  { reason, ...where }: Where & { reason: string },
): Promise<Alias> {
  const path = `${modelPath(model)}/aliases/${encodeURIComponent(name)}`
  const moved = await connectCentral(io, where).json<Alias>('PUT', path, { version: version ?? null, reason })
  if (!io.json) io.print(`${name} of ${model} points to ${moved.version ?? 'nothing'}.`)
  return moved
}

/** Says that a version is to be replaced, and until when; or takes that back. */
export async function deprecate(
  io: Io,
  model: string,
  version: string,
  { reason, until, lift, ...where }: Where & { reason: string; until?: string; lift?: boolean },
): Promise<RegistryVersionDetail> {
  const retireAt = until === undefined ? undefined : new Date(until)
  if (retireAt && Number.isNaN(retireAt.getTime()))
    throw new EdgewrightError('request-invalid', `"${until}" is no time`, { hint: 'Such as 2027-03-01.' })
  const body = lift
    ? { deprecated: false, reason }
    : { deprecated: true, reason, ...(retireAt && { retireAt: retireAt.toISOString() }) }
  const path = `${versionPath(model, version)}/deprecation`
  const detail = await connectCentral(io, where).json<RegistryVersionDetail>('PUT', path, body)
  if (!io.json)
    io.print(
      `${model} ${version} is ${detail.state}${detail.retireAt ? `, and must not start after ${detail.retireAt.at}` : ''}.`,
    )
  return detail
}

/** Takes back what waits for signatures. */
export async function discard(
  io: Io,
  model: string,
  version: string,
  { reason, ...where }: Where & { reason: string },
): Promise<RegistryVersionDetail> {
  const path = `${versionPath(model, version)}/discard`
  const detail = await connectCentral(io, where).json<RegistryVersionDetail>('POST', path, { reason })
  if (!io.json) io.print(`${model} ${version} is taken back; nobody need sign it.`)
  return detail
}

/** Fetches what waits for signatures, in a file for those who sign. */
export async function signFile(
  io: Io,
  to: string,
  { role, ...where }: Where & { role?: string },
): Promise<{ file: string; toSign: ReturnType<typeof toSign> }> {
  const query = role === undefined ? '' : `?role=${encodeURIComponent(role)}`
  const file = await connectCentral(io, where).json<SigningFile>('GET', `/api/registry/signing/file${query}`)
  const path = userPath(io, to)
  await writeWhole(path, `${JSON.stringify(file, null, 1)}\n`)
  const asked = toSign(file)
  if (!io.json) {
    showAsked(asked, io.print)
    io.print(`Written to ${path}. On the machine of each signer: edgewright repo sign ${to} --key KEY`)
  }
  return { file: path, toSign: asked }
}

/** Brings a signed file back; what is complete goes live. */
export async function signatures(io: Io, from: string, where: Where): Promise<Signatures> {
  const path = userPath(io, from)
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw new EdgewrightError('file-unreadable', `${path} cannot be read: ${error.message}`)
  })
  const response = await connectCentral(io, where).send('POST', '/api/registry/signatures', {
    body: text,
    headers: { 'content-type': 'application/json' },
  })
  const taken = (await response.json()) as Signatures
  if (!io.json) {
    for (const { role, added } of taken.imported)
      io.print(`${role}: ${added.length > 0 ? `signed by ${added.join(', ')}` : 'no new signature'}`)
    printSettled(io, taken)
  }
  return taken
}

export function printSettled(io: Io, { live, waiting }: Pick<Signatures, 'live' | 'waiting'>): void {
  if (live.length > 0) io.print(`Live: ${live.map(({ role, version }) => `${role} ${version}`).join(', ')}.`)
  for (const { role, version, why } of waiting) io.print(`Waiting: ${role} ${version}: ${why}.`)
}
