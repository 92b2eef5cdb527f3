import { featuresOf } from '#core/contracts/input-tensor.ts'
import type { Feature, Manifest } from '#core/contracts/manifest.ts'
import { strictestPrivacy } from '#core/contracts/privacy.ts'
import type { Journal } from '../journal/journal.ts'
import { type LoadedPackage, loadPackageDir } from '../package/read-package.ts'
import { privacyKey } from '../sync/privacy/values.ts'
import type { Model } from './model.ts'
import { versionsIn } from './slots.ts'

/** In the journal's state, beside the privacy: sha256 of the package file, hex. It stays when the version is removed. */
export const digestKey = (model: string, version: string): string => `digest:${model}@${version}`

/** Beside them: which of the readings before it a version is given with a reading, `KeptWindows`; null: none. */
export const windowsKey = (model: string, version: string): string => `windows:${model}@${version}`
export interface KeptWindows {
  /** Of the longest window. */
  steps: number
  /** Of all windows, in manifest order. */
  features: Feature[]
}

function windowsIn({ features, tensors }: Manifest['inputs']): KeptWindows | null {
  const windows = tensors.filter((tensor) => tensor.kind === 'window')
  if (windows.length === 0) return null
  const names = new Set(windows.flatMap(featuresOf))
  return {
    steps: Math.max(...windows.map(({ steps }) => steps)),
    features: features.filter(({ name }) => names.has(name)),
  }
}

/** Of a version that is here, or once was. */
export const digestOf = (journal: Pick<Journal, 'state'>, model: string, version: string) =>
  journal.state<string>(digestKey(model, version))

/**
 * What a reading may tell outside of the site is decided by the version that answered it. Durable when it resolves; to be called before the version can answer anything.
 */
export async function keepPrivacy(
  journal: Pick<Journal, 'write'>,
  { manifest: { id, version, privacy, inputs }, digest }: Pick<LoadedPackage, 'manifest' | 'digest'>,
): Promise<void> {
  await journal.write((tx) => {
    tx.putState(privacyKey(id, version), privacy ?? strictestPrivacy)
    tx.putState(digestKey(id, version), digest)
    tx.putState(windowsKey(id, version), windowsIn(inputs))
  })
}

/** Of versions that were installed before anybody asked. One whose copy is damaged keeps to the strictest. */
export async function keepPrivacyOfThoseHere(model: Model): Promise<void> {
  const { journal } = model.parts
  for (const version of versionsIn(model.record)) {
    const knows = journal.state(windowsKey(model.id, version.version)) !== undefined
    if (knows && digestOf(journal, model.id, version.version) === version.digest) continue
    const dir = model.dirOf(version)
    const found = model.loaded(version)?.package ?? (await loadPackageDir(dir).catch(() => undefined))
    if (found?.digest === version.digest) await keepPrivacy(journal, found)
  }
}
