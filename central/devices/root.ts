import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { metadataFolder } from '#core/update/names.ts'
import { versionsIn } from '../registry/repository.ts'

export const repositoryDir = (dataDir: string): string => join(dataDir, 'repository')

/** sha256 of the newest root that is live, hex: what `edgewright trust` shows of that file. null: nothing is signed here yet. */
export async function rootFingerprint(dataDir: string): Promise<string | null> {
  const dir = repositoryDir(dataDir)
  const newest = (await versionsIn(dir, 'root')).at(-1)
  if (newest === undefined) return null
  const text = await readFile(join(dir, metadataFolder, `${newest}.root.json`))
  return createHash('sha256').update(text).digest('hex')
}
