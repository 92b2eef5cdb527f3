import { createReadStream } from 'node:fs'
import { access, mkdir, readFile, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { nameSchema } from '#core/contracts/update.ts'
import {
  appRole,
  metadataFolder,
  policyPath,
  siteRole,
  stickFolder,
  targetFile,
  targetsFolder,
} from '#core/update/names.ts'
import { hashOf, namesIn, readText, writeWhole } from './files.ts'
import { type Envelope, parseMetadata, type Target, type Timestamp } from './metadata.ts'
import { type Repository, versionsIn } from './repository.ts'
import { type Report, verifyRepository } from './verify.ts'

export interface StickOptions {
  /** Sites whose packages come along; all where absent. */
  sites?: string[]
  /** Take installers of the desktop app along. */
  app?: boolean
  nowMs: number
}
export interface Exported {
  folder: string
  files: number
  /** Written now; what lay there already, whole, stayed. */
  bytesWritten: number
  bytes: number
  packages: string[]
  report: Report
}

/**
 * Copies a repository onto a stick: all metadata with every root, and the packages that its sites are assigned. Each file is
 * written aside and flushed, timestamp.json last; then all of it is read back and verified.
 * @throws EdgewrightError repository-refused, disk-too-small, disk-unwritable
 */
export async function exportToStick(
  repository: Repository,
  to: string,
  options: StickOptions,
): Promise<Exported> {
  const { live, dir } = repository
  const source = await verifyRepository(dir, { nowMs: options.nowMs, targets: false })
  if (!source.ok)
    throw new EdgewrightError(
      'repository-refused',
      `machines would refuse it: ${source.problems.join(' ')}`,
      {
        hint: 'Nothing was written. Sign what is missing (edgewright repo status), or renew it: edgewright repo timestamp.',
      },
    )
  await access(to).catch((error: Error) => {
    throw new EdgewrightError('file-unreadable', `there is no ${to}: ${error.message}`)
  })
  const folder = join(to, stickFolder)
  await refuseOlder(folder, live.timestamp!)
  const wanted = wantedTargets(repository, options)
  const lacking: [string, Target][] = []
  for (const [path, target] of wanted)
    if (!(await liesThere(folder, path, target))) lacking.push([path, target])
  const metadata = await metadataFiles(repository)
  const sizes = [
    ...metadata.map(([, text]) => Buffer.byteLength(text)),
    ...lacking.map(([, { length }]) => length),
  ]
  const bytesWritten = sizes.reduce((sum, size) => sum + size, 0)
  await checkSpace(to, bytesWritten)
  try {
    for (const [path, { hashes }] of lacking) {
      const name = join(targetsFolder, targetFile(path, hashes.sha256))
      await writeWhole(join(folder, name), createReadStream(join(dir, name), { highWaterMark: 1 << 20 }))
    }
    for (const [name, text] of metadata) await writeWhole(join(folder, metadataFolder, name), text)
    await removeOthers(folder, metadata, wanted)
  } catch (error) {
    throw new EdgewrightError(
      'disk-unwritable',
      `${folder} could not be written: ${(error as Error).message}`,
      {
        hint: 'Check the stick, and export again: what is whole on it is kept.',
        cause: error,
      },
    )
  }
  const expects = (path: string) => wanted.some(([one]) => one === path)
  const report = await verifyRepository(folder, { nowMs: options.nowMs, expects })
  if (!report.ok)
    throw new EdgewrightError(
      'repository-refused',
      `what was read back from ${folder} is wrong: ${report.problems.join(' ')}`,
      {
        hint: 'The stick or its reader is damaged, or the repository is: edgewright repo verify. Use another stick.',
      },
    )
  const all = [
    ...metadata.map(([, text]) => Buffer.byteLength(text)),
    ...wanted.map(([, { length }]) => length),
  ]
  return {
    folder,
    files: all.length,
    bytesWritten,
    bytes: all.reduce((sum, size) => sum + size, 0),
    packages: wanted.flatMap(([path]) => (path.startsWith('models/') ? [path] : [])),
    report,
  }
}

/** The policy, what the sites are assigned, and the installers where they are wished. */
function wantedTargets({ live }: Repository, { sites, app }: StickOptions): [string, Target][] {
  const roles = [...live.delegated.keys()]
  const names =
    sites?.map((site) => siteRole(nameSchema.parse(site))) ?? roles.filter((role) => role.startsWith('site-'))
  for (const name of names)
    if (!live.delegated.has(name))
      throw new EdgewrightError('repository-refused', `there is no ${name} in this repository`, {
        hint: `Its sites: ${roles.flatMap((role) => (role.startsWith('site-') ? [role.slice(5)] : [])).join(', ') || 'none'}.`,
      })
  const wanted = new Map<string, Target>()
  const policy = live.targets!.signed.targets[policyPath]
  if (policy) wanted.set(policyPath, policy)
  for (const name of names)
    for (const { custom } of Object.values(live.delegated.get(name)!.signed.targets)) {
      const path = String(custom?.['package'])
      for (const [role, { signed }] of live.delegated)
        if (role.startsWith('models-') && signed.targets[path]) wanted.set(path, signed.targets[path])
    }
  if (app)
    for (const [path, target] of Object.entries(live.delegated.get(appRole)?.signed.targets ?? {}))
      wanted.set(path, target)
  return [...wanted]
}

/** By name: every root, what is live, and timestamp.json last. */
async function metadataFiles({ dir, live }: Repository): Promise<[string, string][]> {
  const files: [string, string][] = []
  for (const version of await versionsIn(dir, 'root')) {
    const name = `${version}.root.json`
    files.push([name, await readFile(join(dir, metadataFolder, name), 'utf8')])
  }
  const versions = new Map<string, number>([['targets', live.targets!.signed.version]])
  for (const [role, { signed }] of live.delegated) versions.set(role, signed.version)
  versions.set('snapshot', live.snapshot!.signed.version)
  for (const [role, version] of versions) files.push([`${version}.${role}.json`, live.texts.get(role)!])
  files.push(['timestamp.json', live.texts.get('timestamp')!])
  return files
}

async function refuseOlder(folder: string, ours: Envelope<Timestamp>): Promise<void> {
  const path = join(folder, metadataFolder, 'timestamp.json')
  const text = await readText(path)
  if (text === undefined) return
  let there: number
  try {
    there = parseMetadata('timestamp', text, path).signed.version
  } catch {
    return // Torn, by a pulled stick: it is written over.
  }
  if (there > ours.signed.version)
    throw new EdgewrightError(
      'repository-refused',
      `the stick holds timestamp ${there}, and this repository is older (${ours.signed.version})`,
      { hint: 'Fetch the newest repository first, or empty the stick.' },
    )
}

async function liesThere(folder: string, path: string, { length, hashes }: Target): Promise<boolean> {
  try {
    const found = await hashOf(join(folder, targetsFolder, targetFile(path, hashes.sha256)))
    return found.length === length && found.sha256 === hashes.sha256
  } catch {
    return false // Not there, or not readable: it is written anew.
  }
}

async function checkSpace(to: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(to)
  if (bavail * bsize < bytes)
    throw new EdgewrightError(
      'disk-too-small',
      `${to} has ${Math.floor((bavail * bsize) / 1e6)} MB free, and ${Math.ceil(bytes / 1e6)} MB are needed`,
      { hint: 'Use a larger stick, or name the site that it is for: --site ID.' },
    )
}

/** What an earlier export left and this one does not name. */
async function removeOthers(
  folder: string,
  metadata: [string, string][],
  wanted: [string, Target][],
): Promise<void> {
  const names = new Set(metadata.map(([name]) => name))
  for (const name of await namesIn(join(folder, metadataFolder)))
    if (!names.has(name)) await rm(join(folder, metadataFolder, name), { force: true })
  const paths = new Set(
    wanted.map(([path, { hashes }]) => join(targetsFolder, targetFile(path, hashes.sha256))),
  )
  await mkdir(join(folder, targetsFolder), { recursive: true })
  await removeUnder(folder, targetsFolder, paths)
}

async function removeUnder(folder: string, below: string, keep: Set<string>): Promise<void> {
  for (const name of await namesIn(join(folder, below))) {
    const path = join(below, name)
    if (keep.has(path)) continue
    if ([...keep].some((one) => one.startsWith(join(path, '/')))) await removeUnder(folder, path, keep)
    else await rm(join(folder, path), { recursive: true, force: true })
  }
}
