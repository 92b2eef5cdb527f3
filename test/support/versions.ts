import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Manifest } from '#core/contracts/manifest.ts'
import type { Golden } from '#core/contracts/package.ts'
import { knownNames, modelNameIn } from '#edge/package/contents.ts'
import { readPackage } from '#edge/package/read-package.ts'
import { writePackage } from '#edge/package/write-package.ts'
import { logistic } from './models.ts'
import { node, weights } from './onnx-builder.ts'
import { packaged } from './package.ts'
import { before, spliced } from './splice.ts'

/** A packed version: the bytes of its `.ewp`, and what its manifest says. */
export interface Version {
  bytes: Buffer
  manifest: Manifest
}

/** A package that versions are made of. */
export interface Base extends Version {
  golden: Golden
  model: Buffer
  /** All of it, by name. */
  files: Record<string, Buffer>
}

/** What a version is called and what its manifest says otherwise. */
export interface VersionOptions {
  version?: string
  release?: number
  edit?: (manifest: Manifest) => unknown
}

export async function baseOf(bytes: Buffer): Promise<Base> {
  const into = mkdtempSync(join(tmpdir(), 'edgewright-base-'))
  try {
    writeFileSync(join(into, 'base.ewp'), bytes)
    const { dir, manifest, golden } = await readPackage(join(into, 'base.ewp'), into)
    const digests = JSON.parse(readFileSync(join(dir, 'digests.json'), 'utf8')) as { files: object }
    const names = Object.keys(digests.files)
    const files = Object.fromEntries(names.map((name) => [name, readFileSync(join(dir, name))]))
    return { bytes, manifest, golden, files, model: files[modelNameIn(files)]! }
  } finally {
    rmSync(into, { recursive: true, force: true })
  }
}

/** Two features "a" and "b", between −1 and 1; answers sigmoid(a + b), and alerts above 0.5. */
export const smallBase = async (id = 'small'): Promise<Base> =>
  baseOf(await packaged({ id, model: logistic({ weights: [1, 1], bias: 0 }), features: ['a', 'b'] }))

/** The demo model's 1.0.0, or its 1.1.0. */
export const machineFailure = (version = '1.0.0'): Promise<Base> =>
  baseOf(
    readFileSync(
      fileURLToPath(new URL(`../../models/machine-failure/machine-failure-${version}.ewp`, import.meta.url)),
    ),
  )

/**
 * A version of a package as someone could have written it who did not use `edgewright pack`: other parts, and digests
 * that vouch for them. By default it is release 2, and its number one behind the base's.
 */
export async function versionOf(
  base: Base,
  options: VersionOptions = {},
  parts: { model?: Buffer; golden?: Golden } = {},
): Promise<Version> {
  const manifest = structuredClone(base.manifest)
  const [major, minor, patch] = manifest.version.split('.').map(Number.parseFloat)
  manifest.version = options.version ?? `${major}.${minor}.${patch! + 1}`
  manifest.release = options.release ?? manifest.release + 1
  options.edit?.(manifest)
  const files: Record<string, Buffer> = {
    ...base.files,
    'model.json': Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`),
    ...(parts.golden && { 'golden.json': Buffer.from(JSON.stringify(parts.golden)) }),
    ...(parts.model && { [modelNameIn(base.files)]: parts.model }),
  }
  const known = [...knownNames.filter((name) => files[name]), ...Object.keys(files)]
  const into = mkdtempSync(join(tmpdir(), 'edgewright-version-'))
  try {
    const file = join(into, 'version.ewp')
    await writePackage(
      file,
      [...new Set(known)].map((name) => ({ name, bytes: files[name]! })),
    )
    return { bytes: readFileSync(file), manifest }
  } finally {
    rmSync(into, { recursive: true, force: true })
  }
}

/**
 * Good versions 1.0.1, 1.0.2, … of releases 2, 3, …, quick to make. `apart`: version k answers k·apart more than the base in
 * its first output (and its golden vectors know), so that an answer tells whose it is; 0: the same model in other packages.
 */
export async function versionsOf(base: Base, n: number, apart = 0): Promise<Version[]> {
  const { name } = base.manifest.outputs[0]!
  const versions: Version[] = []
  for (let k = 1; k <= n; k++) {
    const shift = Math.fround(k * apart)
    const golden = structuredClone(base.golden)
    golden.outputs[name] = golden.outputs[name]!.map((row) =>
      row.map((cell) => (typeof cell === 'number' ? Math.fround(cell + shift) : cell)),
    )
    const model = spliced(base.model, name, {
      weights: [weights('new shift', [1], [shift])],
      nodes: [node('Add', [before(name), 'new shift'], [name])],
    })
    const called = { version: `1.0.${k}`, release: k + 1 }
    versions.push(await versionOf(base, called, apart === 0 ? {} : { model, golden }))
  }
  return versions
}
