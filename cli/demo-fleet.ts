import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { addPackage, assign } from '#central/registry/changes.ts'
import { initRepository } from '#central/registry/init.ts'
import { createKey, type SigningKey } from '#central/registry/key.ts'
import { sealKey, writeSecret } from '#central/registry/key-file.ts'
import { readPackageHead } from '#central/registry/package-head.ts'
import { openRepository } from '#central/registry/repository.ts'
import { settle } from '#central/registry/settle.ts'

/** The signed repository of a fleet that is a demo: keys that people would hold are on no disk and end with this process. */
export interface DemoRepository {
  site: string
  /** Signs a package as the people of its family would; no machine runs it before it is assigned. */
  publish(file: string): Promise<{ model: string; version: string; digest: string }>
  /** Assigns a version to every machine of the site. */
  assign(model: string, version: string): Promise<void>
}

const family = 'demo'
/** scrypt's N: the passphrase is random, nobody guesses it. */
const cost = 2 ** 14

/**
 * DATA/repository, and in DATA/keys the three keys that central signs with by itself, sealed under `passphrase`.
 * One key a role: a demo has no three people.
 */
export async function makeDemoRepository(
  dataDir: string,
  { site, passphrase, now }: { site: string; passphrase: string; now: () => number },
): Promise<DemoRepository> {
  const keys: SigningKey[] = []
  const online: [string, ReturnType<typeof createKey>][] = []
  const role = (owner: string, file?: string) => {
    const key = createKey(owner)
    keys.push(key)
    if (file !== undefined) online.push([file, key])
    return { keys: [key.public], threshold: 1 }
  }
  const dir = join(dataDir, 'repository')
  await mkdir(dir, { recursive: true })
  const repository = await initRepository(
    dir,
    {
      root: role('the demo itself (root)'),
      targets: role('the demo itself (policy)'),
      snapshot: role('central (snapshot)', 'snapshot.key'),
      timestamp: role('central (timestamp)', 'timestamp.key'),
      families: { [family]: role('the demo itself (models)') },
      sites: { [site]: role('central (site)', `site-${site}.key`) },
      note: 'a demo: one key per role; those of people are kept nowhere',
    },
    now(),
  )
  await settle(repository, { keys, nowMs: now() })
  await mkdir(join(dataDir, 'keys'), { recursive: true, mode: 0o700 })
  for (const [file, key] of online)
    await writeSecret(join(dataDir, 'keys', file), await sealKey(key, passphrase, cost))
  return {
    site,
    async publish(file) {
      const repository = await openRepository(dir)
      const { model, version, release } = await readPackageHead(file)
      const { target } = await addPackage(repository, { file, family, model, version, release }, now())
      await settle(repository, { keys, nowMs: now() })
      return { model, version, digest: target.hashes.sha256 ?? '' }
    },
    async assign(model, version) {
      const repository = await openRepository(dir)
      assign(repository, { site, group: null, model, version, activate: 'at-once' }, now())
      await settle(repository, { keys, nowMs: now() })
    },
  }
}
