import { createReadStream } from 'node:fs'
import { lstat, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { metadataFolder, targetsFolder } from '#core/update/names.ts'
import { syncFolder, writeWhole } from '../registry/files.ts'
import { pendingFolder } from '../registry/repository.ts'
import { type Report, verifyRepository } from '../registry/verify.ts'

/**
 * Copies a signed repository that was made elsewhere into a data folder of central, once every signature, hash and date of the
 * copy holds. Nothing but its metadata, its targets and what waits for signatures is taken; nothing stays where it is refused.
 * @throws EdgewrightError repository-refused
 */
export async function adoptRepository(
  from: string,
  dataDir: string,
  nowMs: number,
): Promise<{ dir: string; report: Report }> {
  const dir = join(dataDir, 'repository')
  if (await lstat(dir).catch(() => undefined))
    throw new EdgewrightError('repository-refused', `${dir} is there already`, {
      hint: 'Move it away first, if another is to take its place; machines believe the root that they were given.',
    })
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  const beside = await mkdtemp(join(dataDir, '.repository-'))
  try {
    for (const folder of [metadataFolder, targetsFolder, pendingFolder])
      await copyFolder(join(from, folder), join(beside, folder))
    const report = await verifyRepository(beside, { nowMs })
    if (!report.ok)
      throw new EdgewrightError(
        'repository-refused',
        `machines would refuse ${from}: ${report.problems[0]!.replaceAll(beside, from).replace(/\.$/, '')}`,
        { hint: 'Nothing of it was taken. edgewright repo verify says all that is wrong.' },
      )
    await rename(beside, dir)
    await syncFolder(dataDir)
    return { dir, report: { ...report, dir } }
  } finally {
    await rm(beside, { recursive: true, force: true })
  }
}

/** Plain files alone; hidden ones stay, and where there is no folder there is nothing. */
export async function copyFolder(from: string, to: string): Promise<void> {
  const entries = await readdir(from, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  for (const entry of entries) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    if (entry.isDirectory()) await copyFolder(source, target)
    else if (!entry.isFile())
      throw new EdgewrightError('repository-refused', `${source} is a link or a device, and no file`)
    else if (!entry.name.startsWith('.'))
      await writeWhole(target, createReadStream(source, { highWaterMark: 1 << 20 }))
  }
}
