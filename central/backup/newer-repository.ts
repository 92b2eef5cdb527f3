import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { metadataFolder, stickFolder, targetFile, targetsFolder } from '#core/update/names.ts'
import { copyFolder } from '../catalogue/adopt.ts'
import { syncFolder } from '../registry/files.ts'
import type { Target } from '../registry/metadata.ts'
import { openRepository, pendingFolder, type Repository, versionsIn } from '../registry/repository.ts'
import { verifyRepository } from '../registry/verify.ts'

/** The signed repository that a restored central begins with. */
export interface RestoredRepository {
  /** Version of its timestamp, and of the one in the backup. */
  timestamp: number
  backedUp: number
  /** false: the other one was not named, or holds nothing newer. */
  isTaken: boolean
  /** Signed packages and installers whose bytes are neither in the backup nor in the other one. */
  lacking: string[]
}

/** What the backup held; undefined: no repository that can be read. */
export async function heldRepository(dir: string): Promise<RestoredRepository | undefined> {
  try {
    const version = timestampOf(await openRepository(dir))
    return version === 0 ? undefined : { timestamp: version, backedUp: version, isTaken: false, lacking: [] }
  } catch (error) {
    if (error instanceof EdgewrightError) return undefined
    throw error
  }
}

/**
 * Puts another copy of the repository in `dir`, or a stick's, in the place of the one that a backup brought, if it is newer: of the
 * same chain of roots, with every signature holding (what has expired counts: central signs it anew), and with no role older than in
 * the backup. Packages that only the backup has stay.
 * @throws EdgewrightError repository-refused; `dir` is then as it was
 */
export async function takeNewer(dir: string, from: string): Promise<RestoredRepository> {
  const held = await openRepository(dir).catch((cause: unknown) => {
    throw new EdgewrightError('repository-refused', 'the backup holds no signed repository to compare with', {
      hint: 'Restore without --repository, then: edgewright registry adopt DIR --data NEW-DIR.',
      cause,
    })
  })
  const stick = join(from, stickFolder)
  const source = existsSync(join(stick, metadataFolder)) ? stick : from
  const beside = await mkdtemp(join(dirname(dir), '.repository-'))
  try {
    for (const folder of [metadataFolder, pendingFolder, targetsFolder])
      await copyFolder(join(source, folder), join(beside, folder))
    await copyFolder(join(dir, targetsFolder), join(beside, targetsFolder))
    const other = await openRepository(beside, { finish: false }).catch((cause: Error) => {
      throw refusedOf(from, cause.message.replaceAll(beside, source), cause)
    })
    const backedUp = timestampOf(held)
    if (!(await isNewer(held, other, from)))
      return { timestamp: backedUp, backedUp, isTaken: false, lacking: [] }
    const lacking = lackingIn(other)
    const report = await verifyRepository(beside, { nowMs: 0, expects: (path) => !lacking.includes(path) })
    if (!report.ok) throw refusedOf(from, report.problems[0]!.replaceAll(beside, source).replace(/\.$/, ''))
    await rm(dir, { recursive: true })
    await rename(beside, dir)
    await syncFolder(dirname(dir))
    return { timestamp: timestampOf(other), backedUp, isTaken: true, lacking }
  } finally {
    await rm(beside, { recursive: true, force: true })
  }
}

const timestampOf = ({ live }: Repository): number => live.timestamp?.signed.version ?? 0

/** By what each says of itself; that it is signed is looked at afterwards. @throws EdgewrightError repository-refused */
async function isNewer(held: Repository, other: Repository, from: string): Promise<boolean> {
  const root = (dir: string, version: number) =>
    readFile(join(dir, metadataFolder, `${version}.root.json`), 'utf8')
  const [ours, theirs] = [await versionsIn(held.dir, 'root'), new Set(await versionsIn(other.dir, 'root'))]
  for (const version of ours)
    if (theirs.has(version) && (await root(held.dir, version)) !== (await root(other.dir, version)))
      throw refusedOf(from, `its root ${version} is another one than in the backup`)
  const [newer, older]: [string[], string[]] = [[], []]
  const [before, after] = [versionsOf(held), versionsOf(other)]
  for (const role of new Set([...before.keys(), ...after.keys()])) {
    const [was, is] = [before.get(role) ?? 0, after.get(role) ?? 0]
    if (is !== was) (is > was ? newer : older).push(role)
    else if (held.live.texts.get(role) !== other.live.texts.get(role))
      throw refusedOf(from, `its ${role} ${is} is another one than in the backup`)
  }
  if (newer.length > 0 && older.length > 0)
    throw refusedOf(from, `its ${newer.join(', ')} would go forward, and its ${older.join(', ')} back`)
  return newer.length > 0
}

function versionsOf({ live }: Repository): Map<string, number> {
  const { root, targets, snapshot, timestamp, delegated } = live
  const all = [...Object.entries({ root, targets, snapshot, timestamp }), ...delegated]
  return new Map(all.flatMap(([role, one]) => (one ? [[role, one.signed.version] as const] : [])))
}

function lackingIn({ dir, live }: Repository): string[] {
  const all: [string, Target][] = [...live.delegated].flatMap(([role, { signed }]) =>
    role.startsWith('site-') ? [] : Object.entries(signed.targets),
  )
  return all.flatMap(([path, { hashes }]) =>
    existsSync(join(dir, targetsFolder, targetFile(path, hashes.sha256))) ? [] : [path],
  )
}

const refusedOf = (from: string, why: string, cause?: unknown) =>
  new EdgewrightError('repository-refused', `the repository in ${from} is not taken: ${why}`, {
    hint: 'Nothing was restored. Name another copy, or restore without --repository and see the guide for the central team.',
    ...(cause !== undefined && { cause }),
  })
