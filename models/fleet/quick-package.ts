import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Io } from '#cli/io.ts'
import { pack } from '#cli/pack.ts'
import type { Manifest } from '#core/contracts/manifest.ts'

/**
 * A version of the demo model that counts as committed after a few seconds, so that a rollout can be watched: the very model of the
 * newest one. Answers its package file.
 */
export async function quickPackage(
  io: Io,
  source: string,
  dir: string,
  { version, release, healthWindowS }: { version: string; release: number; healthWindowS: number },
): Promise<string> {
  await cp(source, dir, { recursive: true })
  const path = join(dir, 'model.json')
  const manifest = JSON.parse(await readFile(path, 'utf8')) as Manifest
  const changed = { ...manifest, version, release, operation: { ...manifest.operation, healthWindowS } }
  await writeFile(path, JSON.stringify(changed, null, 2))
  const file = `${dir}.ewp`
  await pack(io, dir, { output: file })
  return file
}
