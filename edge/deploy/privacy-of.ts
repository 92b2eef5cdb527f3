import { strictestPrivacy } from '#core/contracts/privacy.ts'
import type { Journal } from '../journal/journal.ts'
import { type LoadedPackage, loadPackageDir } from '../package/read-package.ts'
import { privacyKey } from '../sync/privacy/values.ts'
import type { Model } from './model.ts'
import { versionsIn } from './slots.ts'

/** In the journal's state, beside the privacy: sha256 of the package file, hex. It stays when the version is removed. */
export const digestKey = (model: string, version: string): string => `digest:${model}@${version}`

/** Of a version that is here, or once was. */
export const digestOf = (journal: Pick<Journal, 'state'>, model: string, version: string) =>
  journal.state<string>(digestKey(model, version))

/**
 * What a reading may tell outside of the site is decided by the version that answered it. Durable when it resolves; to be called before the version can answer anything.
 */
export async function keepPrivacy(
  journal: Pick<Journal, 'write'>,
  { manifest: { id, version, privacy }, digest }: Pick<LoadedPackage, 'manifest' | 'digest'>,
): Promise<void> {
  await journal.write((tx) => {
    tx.putState(privacyKey(id, version), privacy ?? strictestPrivacy)
    tx.putState(digestKey(id, version), digest)
  })
}

/** Of versions that were installed before anybody asked. One whose copy is damaged keeps to the strictest. */
export async function keepPrivacyOfThoseHere(model: Model): Promise<void> {
  const { journal } = model.parts
  for (const version of versionsIn(model.record)) {
    if (digestOf(journal, model.id, version.version) === version.digest) continue
    const dir = model.dirOf(version)
    const found = model.loaded(version)?.package ?? (await loadPackageDir(dir).catch(() => undefined))
    if (found?.digest === version.digest) await keepPrivacy(journal, found)
  }
}
