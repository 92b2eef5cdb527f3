import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Decision } from '#core/contracts/decision.ts'
import type { Updates } from '#core/contracts/update.ts'
import { type EdgeProcess, spawnEdge } from '#support/edge-process.ts'
import { readTrusted } from '#support/read-trusted.ts'
import { type RepositoryServer, serveRepository } from '#support/repository-server.ts'
import { type SignedSite, signedSite } from '#support/signed-site.ts'
import { beliefIn } from '#support/update-faults/flips.ts'
import { id, Machine, reading } from '#support/update-faults/machine.ts'
import { Packages } from '#support/update-faults/packages.ts'

/** A runtime of its own that is killed while it learns of ever newer metadata, and while a package is on its way. */
const dataDir = mkdtempSync(join(tmpdir(), 'edgewright-kill-'))
let site: SignedSite
let server: RepositoryServer
let edge: EdgeProcess
let machine: Machine
const packages = new Packages()

const start = async () => {
  edge = await spawnEdge(dataDir, 0, { signedOnly: true })
}
beforeAll(async () => {
  site = await signedSite({ packages: [await packages.file('1.0.0')] })
  server = await serveRepository(site.dir)
  await start()
  machine = new Machine(() => edge)
  await machine.trust(site.root(), site.site, server.url)
  await machine.check()
  expect(await machine.slots()).toEqual(['1.0.0 running', null, null])
})
afterAll(async () => {
  await edge?.kill()
  await server?.close()
  site?.remove()
  packages.remove()
  rmSync(dataDir, { recursive: true, force: true })
})

const ask = () => edge.client.json<Decision>('POST', `/api/models/${id}/readings`, reading())

describe('SIGKILL while trust goes on', () => {
  const kills = 8
  /** Metadata of every state that was ever published, by role. */
  const published = new Map<string, Set<string>>()
  /** The highest versions that the machine has ever told. */
  const told: Record<string, number> = {}

  const note = () => {
    for (const role of ['root', 'timestamp', 'snapshot', 'targets', 'site-plant-1', 'models-demo']) {
      const texts = published.get(role) ?? new Set()
      published.set(role, texts.add(readFileSync(site.path(role), 'utf8')))
    }
  }
  /** Everything that can be new in one step; each fourth time root is, too. */
  async function publish(k: number): Promise<void> {
    await site.put(['targets', 'site-plant-1', 'models-demo'][k % 3]!)
    note()
    if (k % 4 === 3) await site.rotate('targets')
    note()
  }
  function hear({ view, root }: Updates): void {
    for (const [role, version] of Object.entries({ ...view?.versions, root: root?.version ?? 0 })) {
      expect(version, `${role} after a kill`).toBeGreaterThanOrEqual(told[role] ?? 0)
      told[role] = version
    }
  }
  /** One state of the repository or another, whole, and marks that are not behind what was told. */
  function expectWhole(): void {
    const { trusted, view } = beliefIn(dataDir)
    const { verified, problem } = readTrusted(trusted)
    expect(problem).toBeUndefined()
    const { root, timestamp, snapshot, targets, delegated } = verified!
    const versions = [root, timestamp, snapshot, targets, ...delegated].map(({ name, version }) => [
      name,
      version,
    ])
    expect(view?.versions).toEqual(Object.fromEntries(versions))
    for (const [role, texts] of published) expect(texts.has(trusted.files[role]!), role).toBe(true)
    for (const [role, version] of Object.entries(told))
      expect(trusted.marks[role], `mark of ${role}`).toBeGreaterThanOrEqual(version)
  }

  it(`leaves the old belief or the new one, whole, and no mark lower (${kills} kills)`, async () => {
    note()
    let k = 0
    for (let kill = 0; kill < kills; kill += 1) {
      let isOver = false
      const checks = (async () => {
        // The last of them is cut off.
        while (!isOver) {
          await machine.check().catch(() => undefined)
          const status = await machine.updates().catch(() => undefined)
          if (status) hear(status)
        }
      })()
      // Spread over what a check does: reading, marks, journal.
      for (const until = performance.now() + 60 + 13 * kill; performance.now() < until; k += 1)
        await publish(k)
      isOver = true
      await edge.kill()
      await checks
      expectWhole()
      await start()
      hear(await machine.updates())
      expect(await ask()).toMatchObject({ by: 'model', model: { version: '1.0.0' } })
    }
    expect(k).toBeGreaterThanOrEqual(kills)
    expect(await machine.check()).toMatchObject({ code: 'done', updates: { trust: 'current' } })
    expectWhole()
    hear(await machine.updates())
    expect(told['timestamp']).toBe(site.read('timestamp').signed.version)
  })
})

describe('row 25: SIGKILL in the middle of a download', () => {
  it('goes on with the rest, looks at the whole, and runs it', async () => {
    const file = await packages.file('1.1.0')
    const { digest, ...next } = await site.publish({ file })
    await site.assign(next)
    const half = statSync(file).size >> 1
    const ranges: (string | undefined)[] = []
    server.instead = (path, request, response) => {
      if (!path.includes(digest)) return false
      if (ranges.push(request.headers.range) > 1) return false
      const bytes = readFileSync(file)
      response.writeHead(200, { 'content-length': bytes.length }).write(bytes.subarray(0, half))
      return true
    }
    const part = join(dataDir, 'updates', `${digest}.part`)
    await edge.client.json('POST', '/api/updates/check', {})
    while ((statSync(part, { throwIfNoEntry: false })?.size ?? 0) < half) await sleep(5)
    expect(await ask()).toMatchObject({ model: { version: '1.0.0' } })
    await edge.kill()
    await start()
    await machine.check()
    expect(await machine.slots()).toEqual(['1.1.0 running', '1.0.0 previous', null])
    expect(ranges.slice(0, 2)).toEqual([undefined, expect.stringMatching(`^bytes=${half}-`)])
    expect(machine.leftovers()).toEqual([])
    expect(await ask()).toMatchObject({ model: { version: '1.1.0' } })
  })
})
