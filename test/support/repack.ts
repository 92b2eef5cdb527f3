import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Manifest } from '#core/contracts/manifest.ts'
import { knownNames } from '#edge/package/contents.ts'
import { readPackage } from '#edge/package/read-package.ts'
import { writePackage } from '#edge/package/write-package.ts'

/**
 * A package as someone could have made it who did not use `edgewright pack`: another model, another manifest, and digests
 * that vouch for both. Only this machine finds out what it does. Answers the path of the new package.
 */
export async function repack(
  packageFile: string,
  folder: string,
  model: Buffer,
  change: (manifest: Manifest) => unknown,
): Promise<string> {
  mkdirSync(folder, { recursive: true })
  const { dir } = await readPackage(packageFile, folder)
  const manifest = JSON.parse(readFileSync(join(dir, 'model.json'), 'utf8')) as Manifest
  change(manifest)
  writeFileSync(join(dir, 'model.json'), JSON.stringify(manifest))
  writeFileSync(join(dir, 'model.onnx'), model)
  const file = join(folder, `${manifest.id}.ewp`)
  await writePackage(
    file,
    knownNames.filter((name) => name !== 'model.ort').map((name) => ({ name, path: join(dir, name) })),
  )
  return file
}
