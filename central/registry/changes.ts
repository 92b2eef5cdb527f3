import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { link, mkdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { z } from 'zod'
import { EdgewrightError } from '#core/contracts/errors.ts'
import {
  type AssignmentCustom,
  appCustomSchema,
  assignmentCustomSchema,
  noPolicy,
  type PackageCustom,
  type Policy,
  packageCustomSchema,
  policySchema,
} from '#core/contracts/update.ts'
import {
  appRole,
  assignmentPath,
  modelsRole,
  packagePath,
  policyPath,
  siteRole,
  targetFile,
  targetsFolder,
} from '#core/update/names.ts'
import { hashOf, readText, syncFolder, writeWhole } from './files.ts'
import { daysField, type Envelope, expiresAfter, sha256, type Target, type Targets } from './metadata.ts'
import { next, nextAuthority, nextRoot, nextTargets, type Repository } from './repository.ts'

/** Changes to a repository, in memory: each makes the next version of a role, which waits for signatures. */

/**
 * The next version of a role, edited. Signatures that the pending one had are void: what they vouched for is no more.
 * @throws EdgewrightError repository-refused
 */
export function draft(
  repository: Repository,
  role: string,
  nowMs: number,
  edit: (signed: Targets) => void,
): void {
  nextAuthority(repository, role)
  const base = next(repository, role)
  const version = repository.pending.has(role) ? base!.version : (base?.version ?? 0) + 1
  const expires = expiresAfter(nowMs, nextRoot(repository)[daysField].targets)
  const signed: Targets = {
    ...structuredClone(base ?? { _type: 'targets', spec_version: '1.0.31', targets: {} }),
    version,
    expires,
  } as Targets
  edit(signed)
  repository.pending.set(role, { signed, signatures: [] } satisfies Envelope<Targets>)
}

/** What a package says of itself; `edgewright publish` reads it out of the file. */
export interface PackageFile {
  file: string
  family: string
  model: string
  version: string
  release: number
  platforms?: string[]
  /** `file` lies on this disk and never changes: a hard link to it will do, where the file system has them. */
  link?: boolean
}

/**
 * Copies a package into the repository, under its digest, and lists it in its family's metadata.
 * @throws EdgewrightError repository-refused: that version is there with other bytes
 */
export async function addPackage(
  repository: Repository,
  { file, family, model, version, release, platforms, link: mayLink = false }: PackageFile,
  nowMs: number,
): Promise<{ path: string; target: Target }> {
  const path = packagePath(family, model, version)
  const role = modelsRole(family)
  nextAuthority(repository, role)
  const custom = checked(packageCustomSchema, { model, version, release, ...(platforms && { platforms }) })
  return { path, target: await addFile(repository, role, path, file, custom, nowMs, mayLink) }
}

/** An installer of the desktop app. @throws EdgewrightError repository-refused */
export async function addInstaller(
  repository: Repository,
  { file, name, version, platform }: { file: string; name: string; version: string; platform: string },
  nowMs: number,
): Promise<{ path: string; target: Target }> {
  const path = `app/${name}`
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,120}$/.test(name))
    throw new EdgewrightError('repository-refused', `${name} is no name that an installer may have`, {
      hint: 'Use letters, digits, dots, hyphens and underscores.',
    })
  nextAuthority(repository, appRole)
  const custom = checked(appCustomSchema, { version, platform })
  return { path, target: await addFile(repository, appRole, path, file, custom, nowMs) }
}

async function addFile(
  repository: Repository,
  role: string,
  path: string,
  file: string,
  custom: Record<string, unknown>,
  nowMs: number,
  mayLink = false,
): Promise<Target> {
  const folder = join(repository.dir, targetsFolder, dirname(path))
  const beside = join(folder, `.${randomUUID()}.part`)
  await mkdir(folder, { recursive: true })
  try {
    const linked =
      mayLink &&
      (await link(file, beside).then(
        () => true,
        () => false,
      ))
    if (!linked) await writeWhole(beside, createReadStream(file, { highWaterMark: 1 << 20 }))
    const { sha256: digest, length } = await hashOf(beside)
    const there = next(repository, role)?.targets[path]
    if (there && there.hashes.sha256 !== digest)
      throw new EdgewrightError(
        'repository-refused',
        `${path} is published with other bytes (sha256 ${there.hashes.sha256}); a version never changes`,
        { hint: 'Pack it with another version number.' },
      )
    await rename(beside, join(repository.dir, targetsFolder, targetFile(path, digest)))
    await syncFolder(folder)
    const target: Target = { length, hashes: { sha256: digest }, custom }
    draft(repository, role, nowMs, (signed) => {
      signed.targets[path] = target
    })
    return target
  } finally {
    await rm(beside, { force: true })
  }
}

export interface Assignment {
  site: string
  /** null: every machine at the site. */
  group: string | null
  model: string
  version: string
  activate: AssignmentCustom['activate']
}

/**
 * Says what a site, or a group of machines at it, is to run of one model.
 * @throws EdgewrightError repository-refused: that version is in no family's metadata, or in those of two with other bytes
 */
export function assign(repository: Repository, to: Assignment, nowMs: number): AssignmentCustom {
  const { site, group, model, version, activate } = to
  const found = findPackage(repository, model, version)
  const custom = checked(assignmentCustomSchema, { model, version, package: found.path, activate })
  draft(repository, siteRole(site), nowMs, (signed) => {
    const { length, hashes } = found.target
    signed.targets[assignmentPath(site, group, model)] = { length, hashes, custom }
  })
  return custom
}

/** Takes an assignment away: the machines keep what they run, and nothing new comes. */
export function unassign(
  repository: Repository,
  { site, group, model }: Pick<Assignment, 'site' | 'group' | 'model'>,
  nowMs: number,
): void {
  const path = assignmentPath(site, group, model)
  if (!next(repository, siteRole(site))?.targets[path])
    throw new EdgewrightError(
      'repository-refused',
      `${site}${group ? `/${group}` : ''} is assigned no ${model}`,
    )
  draft(repository, siteRole(site), nowMs, (signed) => {
    delete signed.targets[path]
  })
}

export interface Published {
  role: string
  path: string
  target: Target & { custom: PackageCustom }
}

/** Every package that is published, or waits for signatures. */
export function packages(repository: Repository): Published[] {
  const roles = nextTargets(repository).delegations?.roles ?? []
  return roles.flatMap(({ name: role }) =>
    role.startsWith('models-')
      ? Object.entries(next(repository, role)?.targets ?? {}).map(([path, target]) => ({
          role,
          path,
          target: target as Published['target'],
        }))
      : [],
  )
}

export function findPackage(repository: Repository, model: string, version: string): Published {
  const all = packages(repository)
  const found = all.filter(({ target: { custom } }) => custom.model === model && custom.version === version)
  const digests = new Set(found.map(({ target }) => target.hashes.sha256))
  if (digests.size > 1)
    throw new EdgewrightError(
      'repository-refused',
      `${model} ${version} is published with different bytes by ${found.map(({ role }) => role).join(' and ')}`,
      { hint: 'Pack it with another version number, and publish that.' },
    )
  if (found[0]) return found[0]
  const versions = all.flatMap(({ target: { custom } }) => (custom.model === model ? [custom.version] : []))
  throw new EdgewrightError('repository-refused', `${model} ${version} is not published here`, {
    hint:
      versions.length > 0
        ? `Published versions of ${model}: ${versions.join(', ')}.`
        : 'Publish it first: edgewright publish FILE.ewp --repo DIR.',
  })
}

/** Revocations and minimum releases as they will be. @throws EdgewrightError repository-refused: the file is damaged */
export async function policyOf(repository: Repository): Promise<Policy> {
  const target = next(repository, 'targets')?.targets[policyPath]
  if (!target) return structuredClone(noPolicy)
  const path = join(targetsFolder, targetFile(policyPath, target.hashes.sha256))
  const text = repository.newTargets.get(path) ?? (await readText(join(repository.dir, path)))
  if (text === undefined || sha256(text) !== target.hashes.sha256)
    throw new EdgewrightError('repository-refused', `${path} is missing or damaged`, {
      hint: 'Fetch that file from a copy of the repository.',
    })
  return policySchema.parse(JSON.parse(text))
}

export async function setPolicy(
  repository: Repository,
  nowMs: number,
  edit: (policy: Policy) => void,
): Promise<Policy> {
  const policy = await policyOf(repository)
  edit(policy)
  const text = `${JSON.stringify(checked(policySchema, policy), null, 1)}\n`
  const digest = sha256(text)
  repository.newTargets.set(join(targetsFolder, targetFile(policyPath, digest)), text)
  draft(repository, 'targets', nowMs, (signed) => {
    signed.targets[policyPath] = { length: Buffer.byteLength(text), hashes: { sha256: digest } }
  })
  return policy
}

/** Says that the bytes of a version must not run any more (stop), or that people are to be told (warn). */
export async function revoke(
  repository: Repository,
  { digest, action, reason }: { digest: string; action: 'stop' | 'warn'; reason: string },
  nowMs: number,
): Promise<Policy> {
  return setPolicy(repository, nowMs, (policy) => {
    policy.revoked = [
      ...policy.revoked.filter((one) => one.digest !== digest),
      { digest, action, reason, since: new Date(nowMs).toISOString() },
    ]
  })
}

function checked<S extends z.ZodType>(schema: S, value: z.input<S>): z.output<S> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw new EdgewrightError('repository-refused', `${issue!.path.join('.')}: ${issue!.message}`, {
    hint: 'Correct it, and run the command again.',
  })
}
