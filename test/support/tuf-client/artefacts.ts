import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Found } from './find-target.ts'
import { replace } from './folder.ts'
import { fetched } from './plain-source.ts'

const fileOf = (folder: string, { path }: Found): string => join(folder, encodeURIComponent(path))

/** Why bytes are not those that were signed; undefined: they are. */
function problem(bytes: Buffer, { length, hashes, path }: Found): string | undefined {
  if (bytes.length !== length) return `${path} is ${bytes.length} bytes long, and ${length} were signed`
  for (const [algorithm, hash] of Object.entries(hashes)) {
    if (algorithm !== 'sha256' && algorithm !== 'sha512')
      return `${path} has a hash that is not known: ${algorithm}`
    if (createHash(algorithm).update(bytes).digest('hex') !== hash) return `${path} has another ${algorithm}`
  }
  return undefined
}

export async function cached(folder: string, target: Found): Promise<boolean> {
  const bytes = await readFile(fileOf(folder, target)).catch(() => undefined) // not fetched yet
  return bytes !== undefined && problem(bytes, target) === undefined
}

/** @throws Error: not there, or not what was signed */
export async function fetchArtefact(
  base: string,
  folder: string,
  target: Found,
  isConsistent: boolean,
): Promise<void> {
  const segments = target.path.split('/')
  const name = segments.pop()!
  const hash = target.hashes['sha256'] ?? Object.values(target.hashes)[0]
  const file = [...segments, isConsistent ? `${hash}.${name}` : name].map(encodeURIComponent).join('/')
  const bytes = await fetched(`${base.replace(/\/$/, '')}/${file}`, target.length)
  if (!bytes) throw new Error(`${target.path} is not there`)
  const why = problem(bytes, target)
  if (why !== undefined) throw new Error(why)
  await replace(fileOf(folder, target), bytes)
}
