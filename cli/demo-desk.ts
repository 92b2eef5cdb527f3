import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { addPackage, assign } from '#central/registry/changes.ts'
import { initRepository } from '#central/registry/init.ts'
import { createKey, type SigningKey } from '#central/registry/key.ts'
import { readPackageHead } from '#central/registry/package-head.ts'
import { openRepository } from '#central/registry/repository.ts'
import { settle } from '#central/registry/settle.ts'

/** A signing desk that lives as long as this process: its keys are on no disk, so nobody can sign for this root later. */
export interface DemoDesk {
  /** Of the repository, as a stick would carry it. */
  dir: string
  site: string
  /** Text of the root. */
  root: string
  /** Signs a package and assigns it to the site, in the place of the one before. */
  offer(file: string, activate: 'at-once' | 'by-technician'): Promise<void>
}

const site = 'demo'
const family = 'demo'

/** Makes a repository in an empty folder, signed by one key per role. */
export async function openDemoDesk(dir: string, now: () => number): Promise<DemoDesk> {
  const keys: SigningKey[] = []
  const role = (owner: string) => {
    const key = createKey(owner)
    keys.push(key)
    return { keys: [key.public], threshold: 1 }
  }
  const repository = await initRepository(
    dir,
    {
      root: role('the demo itself (root)'),
      targets: role('the demo itself (policy)'),
      snapshot: role('the demo itself (snapshot)'),
      timestamp: role('the demo itself (timestamp)'),
      families: { [family]: role('the demo itself') },
      sites: { [site]: role('the demo itself (site)') },
      note: 'a demo: one key per role, made when it was started and kept nowhere',
    },
    now(),
  )
  await settle(repository, { keys, nowMs: now() })
  return {
    dir,
    site,
    root: await readFile(join(dir, 'metadata', '1.root.json'), 'utf8'),
    async offer(file, activate) {
      const repository = await openRepository(dir)
      const { model, version, release } = await readPackageHead(file)
      await addPackage(repository, { file, family, model, version, release }, now())
      assign(repository, { site, group: null, model, version, activate }, now())
      await settle(repository, { keys, nowMs: now() })
    },
  }
}
