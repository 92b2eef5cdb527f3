import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { Belief } from '#edge/update/believed.ts'
import { startTestEdge } from '../edge.ts'
import { serveRepository } from '../repository-server.ts'
import { type SignedSite, signedSite } from '../signed-site.ts'
import { beliefIn } from './flips.ts'
import { Machine } from './machine.ts'
import { Packages } from './packages.ts'
import { Reader } from './reader.ts'
import { saved } from './restorable.ts'

/** Of each role that is new, in order: each leads to those after it, the last three hang on targets alone. */
export const roles = ['root', 'timestamp', 'snapshot', 'targets', 'app', 'site-plant-1', 'models-demo']
const firstAlone = roles.indexOf('app')

export const next = '1.1.0'
export const isNewPackage = (path: string) => path.endsWith(`machine-failure-${next}.ewp`)

export type FlipScene = Awaited<ReturnType<typeof flipScene>>

/** A machine that runs 1.0.0 out of a signed repository, and that repository with everything new that there can be. */
export async function flipScene(activate: 'at-once' | 'by-technician') {
  const packages = new Packages()
  const site = await signedSite({ packages: [await packages.file('1.0.0')] })
  const old = saved(site)
  await renew(site, await packages.file(next), activate)
  const renewed = saved(site)
  const server = await serveRepository(site.dir)
  const edge = await startTestEdge({ allowUnsigned: false })
  const machine = new Machine(() => edge)

  /** The machine believes the former state of the repository, and 1.0.0 runs by it; the newer one is published. */
  async function start(): Promise<void> {
    old.restore()
    server.instead = () => false
    await machine.trust(site.root(), site.site, server.url)
    expect(await machine.check()).toMatchObject({ code: 'done' })
    expect((await machine.slots())[0]).toBe('1.0.0 running')
    renewed.restore()
    server.asked.splice(0)
  }
  await start()
  const reader = new Reader(machine.client)

  const textOf = (role: string) => readFileSync(site.path(role), 'utf8')
  const files = (folder: string) =>
    readdirSync(join(site.dir, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))

  return {
    ...{ site, server, edge, machine, reader, start, textOf },
    targets: () => files('targets'),
    /** Metadata that is older, which nobody needs who believes the former state. */
    others(): string[] {
      const live = new Set(roles.map((role) => site.path(role)))
      return files('metadata').filter((path) => !live.has(path))
    },
    believed: (): Belief => beliefIn(edge.dataDir),

    /** What is believed is what it was, or what the signers made; of `flipped` and what hangs on it, what it was. */
    expectAuthentic(before: Belief, after: Belief, flipped: string): void {
      const rank = roles.indexOf(flipped)
      const hangsOnIt = (role: string) =>
        role === flipped || (rank < firstAlone && roles.indexOf(role) > rank)
      for (const role of roles) {
        const allowed = [before.trusted.files[role], ...(hangsOnIt(role) ? [] : [textOf(role)])]
        expect(allowed.includes(after.trusted.files[role]), `what is believed of ${role}`).toBe(true)
        expect(after.trusted.marks[role]).toBeGreaterThanOrEqual(before.trusted.marks[role]!)
      }
      if (rank < firstAlone) expect(after.view).toEqual(before.view)
    },
    /** All of the newer state is believed, byte for byte. */
    expectRenewed: (after: Belief) =>
      expect(after.trusted.files).toEqual(Object.fromEntries(roles.map((role) => [role, textOf(role)]))),

    /** Meanwhile nothing changes of what runs, and 1.0.0 answers. */
    async undisturbed<T>(work: () => Promise<T>): Promise<T> {
      const [slots, installed, answered] = [await machine.slots(), machine.packages(), reader.watch()]
      const result = await work()
      expect(await machine.slots()).toEqual(slots)
      expect(machine.packages()).toBe(installed)
      await answered('1.0.0')
      return result
    },
    async remove(): Promise<void> {
      await reader.end()
      await edge.remove()
      await server.close()
      for (const one of [old, renewed, site, packages]) one.remove()
    },
  }
}

/** Another root, a policy, a package, an assignment, an installer. */
async function renew(site: SignedSite, file: string, activate: 'at-once' | 'by-technician'): Promise<void> {
  await site.rotate('targets')
  await site.revoke({ digest: 'f'.repeat(64), action: 'warn', reason: 'of no version that is here' })
  await site.assign({ ...(await site.publish({ file })), activate })
  await site.publishApp({ name: 'a.deb', version: '2.0.0', platform: 'linux-x64', bytes: Buffer.from('app') })
}
