import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Targets as TargetsModel } from '@tufjs/models'
import { EdgewrightError } from '#core/contracts/errors.ts'
import {
  assignmentCustomSchema,
  type Policy,
  packageCustomSchema,
  policySchema,
} from '#core/contracts/update.ts'
import { metadataFolder, policyPath, targetFile, targetsFolder } from '#core/update/names.ts'
import { hashOf, namesIn, readText } from './files.ts'
import { ownerOf } from './key.ts'
import {
  type Envelope,
  type FileMeta,
  holdingKeys,
  missing,
  parseMetadata,
  type Root,
  type Snapshot,
  sha256,
  type Targets,
  type Timestamp,
  topRoles,
} from './metadata.ts'
import { authorityOf, pendingFolder, versionsIn } from './repository.ts'

export interface RoleReport {
  role: string
  version: number
  expires: string
  /** Owners of the keys whose signatures hold, and how many are needed. */
  signedBy: string[]
  threshold: number
}

export interface Report {
  dir: string
  ok: boolean
  /** What makes machines refuse it, in sentences. */
  problems: string[]
  /** What will, or what somebody should look at. */
  warnings: string[]
  roles: RoleReport[]
  rootVersions: number
  /** sha256 of the first root: what people compare when a machine gets its anchor. */
  fingerprint: string | null
  packages: { path: string; bytes: number; digest: string }[]
  /** Roles that wait for signatures. */
  pending: string[]
}

export interface VerifyOptions {
  nowMs: number
  /** Metadata that expire within that many days are warned of. */
  soonDays?: number
  /** Which targets must lie there: all where absent. Of a stick: those that its site is assigned. */
  expects?: (path: string) => boolean
  /** Hash what lies there (default: yes). */
  targets?: boolean
}

const dayMs = 86_400_000

/**
 * Looks at everything in a repository: each root by the one before it, thresholds with every key counted once, hashes of
 * every file, expiries, and whether each assignment's digest is vouched for by its family. Changes nothing.
 */
export async function verifyRepository(dir: string, options: VerifyOptions): Promise<Report> {
  const report: Report = {
    dir,
    ok: false,
    problems: [],
    warnings: [],
    roles: [],
    rootVersions: 0,
    fingerprint: null,
    packages: [],
    pending: (await namesIn(join(dir, pendingFolder))).map((name) => name.replace(/\.json$/, '')),
  }
  try {
    if ((await readText(join(dir, '.commit', 'list.json'))) !== undefined)
      report.warnings.push('A change was cut off; the next command that changes the repository ends it.')
    const root = await verifyRoots(dir, report)
    if (root) await verifyBelow(dir, root, report, options)
    verifyExpiries(report, options)
  } catch (error) {
    if (!(error instanceof EdgewrightError)) throw error
    report.problems.push(`${error.message}.`)
  }
  report.ok = report.problems.length === 0
  return report
}

async function verifyRoots(dir: string, report: Report): Promise<Root | undefined> {
  const versions = await versionsIn(dir, 'root')
  report.rootVersions = versions.length
  let before: Root | undefined
  for (const [index, version] of versions.entries()) {
    const name = `${version}.root.json`
    const path = join(dir, metadataFolder, name)
    const text = await readFile(path, 'utf8')
    const envelope = parseMetadata<Root>('root', text, path)
    const { signed } = envelope
    if (version === 1) report.fingerprint = sha256(text)
    if (version !== index + 1)
      report.problems.push(
        `${index + 1}.root.json is missing: machines that know an older root cannot follow.`,
      )
    if (signed.version !== version) report.problems.push(`${name} calls itself version ${signed.version}.`)
    const own = missing(envelope, signed.roles.root, signed.keys)
    if (own) report.problems.push(`${name} lacks signatures of its own keys: ${own}.`)
    const old = before && missing(envelope, before.roles.root, before.keys)
    if (old) report.problems.push(`${name} lacks signatures of the root before it: ${old}.`)
    if (index === versions.length - 1) addRole(report, 'root', envelope, signed.roles.root, signed.keys)
    before = signed
  }
  if (!before) report.problems.push(`There is no root in ${join(dir, metadataFolder)}.`)
  else
    for (const role of topRoles) {
      const { keyids, threshold } = before.roles[role]
      if (role !== 'snapshot' && role !== 'timestamp' && keyids.length === threshold && threshold > 1)
        report.warnings.push(
          `${role} needs all of its ${threshold} keys: one that is lost, and nobody can sign it.`,
        )
    }
  return before
}

function addRole(
  report: Report,
  role: string,
  envelope: Envelope,
  by: { keyids: string[]; threshold: number },
  keys: Root['keys'],
): void {
  const { version, expires } = envelope.signed
  const signedBy = holdingKeys(envelope, by, keys).map(ownerOf)
  report.roles.push({ role, version, expires, signedBy, threshold: by.threshold })
}

async function verifyBelow(dir: string, root: Root, report: Report, options: VerifyOptions): Promise<void> {
  const read = async <E extends Envelope>(
    role: string,
    name: string,
    meta: FileMeta | undefined,
    targets?: Targets,
  ) => {
    const path = join(dir, metadataFolder, name)
    const text = await readText(path)
    if (text === undefined) {
      report.problems.push(`${path} is missing.`)
      return undefined
    }
    if (meta && (meta.length !== Buffer.byteLength(text) || meta.hashes.sha256 !== sha256(text)))
      report.problems.push(`${name} is not the file that was signed for: its length or sha256 differs.`)
    const envelope = parseMetadata(role, text, path) as E
    if (meta && envelope.signed.version !== meta.version)
      report.problems.push(`${name} calls itself version ${envelope.signed.version}.`)
    const by = authorityOf(role, root, targets)
    const lacking = by ? missing(envelope, by.role, by.keys) : 'nobody may sign it'
    if (lacking) report.problems.push(`${name} lacks signatures: ${lacking}.`)
    if (by) addRole(report, role, envelope, by.role, by.keys)
    return envelope
  }
  const timestamp = await read<Envelope<Timestamp>>('timestamp', 'timestamp.json', undefined)
  if (!timestamp) return
  const snapshotMeta = timestamp.signed.meta['snapshot.json']
  const snapshot = await read<Envelope<Snapshot>>(
    'snapshot',
    `${snapshotMeta.version}.snapshot.json`,
    snapshotMeta,
  )
  const targetsMeta = snapshot?.signed.meta['targets.json']
  if (!snapshot) return
  if (!targetsMeta) {
    report.problems.push('The snapshot names no targets.json.')
    return
  }
  const targets = await read<Envelope<Targets>>('targets', `${targetsMeta.version}.targets.json`, targetsMeta)
  if (!targets) return
  const all = new Map<string, Targets>([['targets', targets.signed]])
  for (const { name } of targets.signed.delegations?.roles ?? []) {
    const meta = snapshot.signed.meta[`${name}.json`]
    const found =
      meta && (await read<Envelope<Targets>>(name, `${meta.version}.${name}.json`, meta, targets.signed))
    if (found) all.set(name, found.signed)
    else if (!meta) report.problems.push(`The snapshot names no ${name}.json, and targets delegates to it.`)
  }
  await verifyTargets(dir, all, report, options)
}

async function verifyTargets(
  dir: string,
  all: Map<string, Targets>,
  report: Report,
  { expects = () => true, targets: hashes = true }: VerifyOptions,
): Promise<void> {
  const top = TargetsModel.fromJSON({ ...all.get('targets') } as never)
  const vouched = new Map<string, string>()
  for (const [role, { targets }] of all)
    if (role.startsWith('models-'))
      for (const [path, { hashes: of }] of Object.entries(targets)) vouched.set(path, of.sha256)
  const policy = await policyIn(dir, all.get('targets')!, report)
  const revoked = new Map(policy?.revoked.map((one) => [one.digest, one]))
  for (const [role, { targets }] of all)
    for (const [path, target] of Object.entries(targets)) {
      if (
        role !== 'targets' &&
        ![...(top.delegations?.rolesForTarget(path) ?? [])].some((one) => one.role === role)
      )
        report.problems.push(`${role} lists ${path}, which it may not sign for: machines pass over it.`)
      const digest = target.hashes.sha256
      if (role.startsWith('site-')) {
        const custom = assignmentCustomSchema.safeParse(target.custom)
        if (!custom.success) report.problems.push(`${path} does not say which package it assigns.`)
        else if (vouched.get(custom.data.package) !== digest)
          report.problems.push(
            `${path} assigns ${custom.data.model} ${custom.data.version} with sha256 ${digest}, which no family vouches for: no machine installs it.`,
          )
        const bad = revoked.get(digest)
        if (bad) report.warnings.push(`${path} assigns what is revoked (${bad.action}: ${bad.reason}).`)
        continue
      }
      if (role.startsWith('models-')) {
        if (!packageCustomSchema.safeParse(target.custom).success)
          report.problems.push(`${path} does not say which model and version it is.`)
        report.packages.push({ path, bytes: target.length, digest })
      }
      if (!expects(path)) continue
      const name = join(targetsFolder, targetFile(path, digest))
      if (!hashes) continue
      const found = await hashOf(join(dir, name)).catch((error: NodeJS.ErrnoException) => error.message)
      if (typeof found === 'string') report.problems.push(`${name} cannot be read: ${found}.`)
      else if (found.length !== target.length || found.sha256 !== digest)
        report.problems.push(
          `${name} is damaged: ${found.length} bytes with sha256 ${found.sha256}, and ${target.length} bytes with ${digest} were signed for.`,
        )
    }
}

async function policyIn(dir: string, targets: Targets, report: Report): Promise<Policy | undefined> {
  const target = targets.targets[policyPath]
  if (!target) return undefined
  const name = join(targetsFolder, targetFile(policyPath, target.hashes.sha256))
  const text = await readText(join(dir, name))
  if (text === undefined || sha256(text) !== target.hashes.sha256) return undefined // Told with the other targets.
  const parsed = policySchema.safeParse(JSON.parse(text))
  if (parsed.success) return parsed.data
  report.problems.push(`${name} is no policy: ${parsed.error.issues[0]!.message}.`)
  return undefined
}

function verifyExpiries(report: Report, { nowMs, soonDays = 30 }: VerifyOptions): void {
  for (const { role, expires } of report.roles) {
    const left = Date.parse(expires) - nowMs
    if (Number.isNaN(left))
      report.problems.push(`${role} has no date of expiry that can be read: ${expires}.`)
    else if (left <= 0) report.problems.push(`${role} has expired at ${expires}: machines trust nothing new.`)
    else if (left < soonDays * dayMs)
      report.warnings.push(`${role} expires in ${Math.floor(left / dayMs)} days, at ${expires}.`)
  }
}
