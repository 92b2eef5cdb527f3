import { createHash } from 'node:crypto'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { addPackage } from '#central/registry/changes.ts'
import { initRepository } from '#central/registry/init.ts'
import { createKey, type SigningKey } from '#central/registry/key.ts'
import { settle } from '#central/registry/settle.ts'

/** Versions 1.0.0 to 1.3.0 of one model. */
export const model = 'press-fault'
export const sha = (text: string): string => createHash('sha256').update(text).digest('hex')

/** One package of each version; each role is signed by one key. */
export async function repositoryOf(
  dir: string,
  sites: string[],
  nowMs: number,
): Promise<Record<string, SigningKey>> {
  const keys: Record<string, SigningKey> = {}
  const role = (name: string) => {
    keys[name] = createKey(`${name} key`)
    return { keys: [keys[name].public], threshold: 1 }
  }
  mkdirSync(dir)
  const made = await initRepository(
    dir,
    {
      ...{
        root: role('root'),
        targets: role('targets'),
        snapshot: role('snapshot'),
        timestamp: role('timestamp'),
      },
      families: { demo: role('models-demo') },
      sites: Object.fromEntries(sites.map((site) => [site, role(`site-${site}`)])),
      note: 'a root of tests',
    },
    nowMs,
  )
  for (const [release, version] of versions.entries()) {
    const file = join(dir, 'package')
    writeFileSync(file, bytesOf(version))
    await addPackage(made, { file, family: 'demo', model, version, release }, nowMs)
    rmSync(file)
  }
  const { waiting } = await settle(made, { keys: Object.values(keys), nowMs })
  if (waiting.length > 0) throw new Error(JSON.stringify(waiting))
  return keys
}

const versions = ['1.0.0', '1.1.0', '1.2.0', '1.3.0']
const bytesOf = (version: string) => `the bytes of ${version}`
export const digestOf = (version: string): string => sha(bytesOf(version))
