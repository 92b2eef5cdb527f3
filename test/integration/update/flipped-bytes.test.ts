import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, relative } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ErrorBody } from '#core/contracts/errors.ts'
import type { Imported, ImportSummary } from '#core/contracts/update.ts'
import type { Belief } from '#edge/update/believed.ts'
import { startTestEdge, type TestEdge } from '#support/edge.ts'
import { type RepositoryServer, serveRepository } from '#support/repository-server.ts'
import { type SignedSite, signedSite } from '#support/signed-site.ts'
import { beliefIn, ends, type Flip, flipsOf, idleFlip, whileFlipped } from '#support/update-faults/flips.ts'
import { Machine, packageFile } from '#support/update-faults/machine.ts'
import { Reader } from '#support/update-faults/reader.ts'
import { type Saved, saved } from '#support/update-faults/restorable.ts'
import { machineFailure, versionOf } from '#support/versions.ts'

/**
 * One byte is flipped in each file of a published repository in turn, and the machine looks at it.
 *
 * What holds: every file that it believes afterwards is, byte for byte, one that the signers made: the one that it believed
 * before, or the new one, and never the new one where that is the file with the flipped byte, or one that is only reached over
 * it. The one exception there can be: of timestamp and root no digest stands elsewhere, so their signatures may be written in
 * other letters (hex in upper case); what was signed is the same. A stick is taken or refused whole: there nothing changes at all.
 */
let site: SignedSite
let server: RepositoryServer
let edge: TestEdge
let machine: Machine
let reader: Reader
let old: Saved
let renewed: Saved
let next: string

/** Of each role that is new, the file which says so; each leads to those after it, the last three hang on targets alone. */
const roles = ['root', 'timestamp', 'snapshot', 'targets', 'app', 'site-plant-1', 'models-demo']

beforeAll(async () => {
  site = await signedSite({ packages: [packageFile('1.0.0')] })
  old = saved(site)
  await renew('by-technician')
  renewed = saved(site)
  old.restore()
  server = await serveRepository(site.dir)
  edge = await startTestEdge({ allowUnsigned: false })
  machine = new Machine(() => edge)
  await believeOld()
  reader = new Reader(machine.client)
})
afterAll(async () => {
  await reader?.end()
  await edge?.remove()
  await server?.close()
  for (const one of [old, renewed, site]) one?.remove()
})

/** Everything that can be new is: another root, a policy, a package, an assignment, an installer. */
async function renew(activate: 'at-once' | 'by-technician', version = '1.1.0'): Promise<void> {
  const { bytes } = await versionOf(await machineFailure('1.1.0'), { version, release: 2 })
  const file = join(site.dir, 'next.ewp')
  writeFileSync(file, bytes)
  await site.rotate('targets')
  await site.revoke({ digest: 'f'.repeat(64), action: 'warn', reason: 'of no version that is here' })
  await site.assign({ ...(await site.publish({ file })), activate })
  await site.publishApp({ name: 'a.deb', version: '2.0.0', platform: 'linux-x64', bytes: Buffer.from('app') })
  rmSync(file)
  next = version
}

/** The machine believes the first state of the repository, and 1.0.0 runs by it. */
async function believeOld(): Promise<void> {
  old.restore()
  server.instead = () => false
  await machine.trust(site.root(), site.site, server.url)
  expect(await machine.check()).toMatchObject({ code: 'done' })
  expect((await machine.slots())[0]).toBe('1.0.0 running')
}

const isNewPackage = (path: string) => path.endsWith(`machine-failure-${next}.ewp`)
const believed = () => beliefIn(edge.dataDir)
const textOf = (role: string) => readFileSync(site.path(role), 'utf8')
const files = (folder: string) =>
  readdirSync(join(site.dir, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
const others = () => {
  const live = new Set(roles.map((role) => site.path(role)))
  return files('metadata').filter((path) => !live.has(path))
}

/** What is believed is what it was, or what the signers made; of `flipped` and what hangs on it, what it was. */
function expectAuthentic(before: Belief, after: Belief, flipped: string): void {
  const rank = roles.indexOf(flipped)
  const hangsOnIt = (role: string) => role === flipped || (rank < 4 && roles.indexOf(role) > rank)
  for (const role of roles) {
    const text = after.trusted.files[role]
    const allowed = [before.trusted.files[role], ...(hangsOnIt(role) ? [] : [textOf(role)])]
    expect(allowed.includes(text), `what is believed of ${role}`).toBe(true)
    expect(after.trusted.marks[role]).toBeGreaterThanOrEqual(before.trusted.marks[role]!)
  }
  if (rank < 4) expect(after.view).toEqual(before.view)
}

/** All of the newer state is believed, byte for byte. */
const expectRenewed = (after: Belief) =>
  expect(after.trusted.files).toEqual(Object.fromEntries(roles.map((role) => [role, textOf(role)])))

async function undisturbed<T>(work: () => Promise<T>): Promise<T> {
  const [slots, packages, answered] = [await machine.slots(), machine.packages(), reader.watch()]
  const result = await work()
  expect(await machine.slots()).toEqual(slots)
  expect(machine.packages()).toBe(packages)
  await answered('1.0.0')
  return result
}

describe('a flipped byte in a repository, over HTTP', () => {
  /** Metadata is looked at alone here: no package can be had. */
  const noPackages = () => {
    server.instead = (path, _, response) => {
      if (isNewPackage(path)) response.writeHead(404).end()
      return isNewPackage(path)
    }
  }
  const start = async () => {
    await believeOld()
    renewed.restore()
    noPackages()
    server.asked.splice(0)
  }

  it.each(roles)('in the metadata of %s', async (role) => {
    await start()
    await undisturbed(async () => {
      const flips = flipsOf(textOf(role))
      expect(flips.length).toBeGreaterThan(3)
      for (const flip of flips) {
        const before = believed()
        const checked = await whileFlipped(site.path(role), flip, () => machine.check())
        expect(checked, flip.where).toMatchObject({ code: 'update-refused', status: 422 })
        expect(checked.message, flip.where).toMatch(new RegExp(`^${role}\\b`))
        expectAuthentic(before, believed(), role)
      }
      // Without the app's metadata the rest goes on; without any other there is nothing to be fetched.
      if (role !== 'app') expect(server.asked.filter(isNewPackage)).toEqual([])
      expect(await machine.check()).toMatchObject({ code: 'done' })
      expectRenewed(believed())
      expect(server.asked.filter(isNewPackage)).not.toEqual([])
    })
  })

  it.each(roles)('in the letters of a signature on %s: what was signed is the same', async (role) => {
    await start()
    const before = believed()
    const checked = await whileFlipped(site.path(role), idleFlip(textOf(role)), () => machine.check())
    if (role !== 'root' && role !== 'timestamp') {
      // A digest of the whole file stands above it.
      expect(checked.message).toMatch(new RegExp(`^${role} version \\d+ is not the file that`))
      return expectAuthentic(before, believed(), role)
    }
    expect(checked.code).toBe('done')
    const [after, signed] = [believed(), (text = '') => JSON.parse(text).signed as unknown]
    expect(after.trusted.files[role]).not.toBe(textOf(role))
    expect(signed(after.trusted.files[role])).toEqual(signed(textOf(role)))
    expectRenewed({
      ...after,
      trusted: { ...after.trusted, files: { ...after.trusted.files, [role]: textOf(role) } },
    })
  })

  it('in metadata that is older, or that nobody needs: it is not even asked for', async () => {
    renewed.restore()
    const paths = others()
    expect(paths.length).toBeGreaterThan(5)
    for (const path of paths) {
      await start()
      const [flip] = ends(readFileSync(path).length)
      expect(await whileFlipped(path, flip!, () => machine.check())).toMatchObject({ code: 'done' })
      expect(server.asked).not.toContain(`/${relative(site.dir, path)}`)
      expectRenewed(believed())
    }
  })

  it('in each target in turn; once the byte is put back, the update comes', async () => {
    await start()
    server.instead = () => false
    const targets = files('targets')
    const [policy, fresh, rest] = [
      targets.filter((path) => path.endsWith('policy.json')),
      targets.filter(isNewPackage),
      targets.filter((path) => !path.endsWith('policy.json') && !isNewPackage(path)),
    ]
    expect([policy.length, fresh.length]).toEqual([1, 1])
    expect(rest.map((path) => basename(path).slice(65)).sort()).toEqual([
      'a.deb',
      'machine-failure-1.0.0.ewp',
    ])
    await undisturbed(async () => {
      const before = believed()
      for (const flip of ends(readFileSync(policy[0]!).length)) {
        const checked = await whileFlipped(policy[0]!, flip, () => machine.check())
        expect(checked).toMatchObject({
          code: 'update-refused',
          message: 'policy.json is not what was signed: its sha256 is another',
        })
        expect(believed().view).toEqual(before.view)
      }
      for (const flip of ends(readFileSync(fresh[0]!).length)) {
        const { updates } = await whileFlipped(fresh[0]!, flip, () => machine.check())
        expect(updates.progress).toMatchObject([
          { state: 'failed', reason: expect.stringMatching(/not those that were signed .* twice$/) },
        ])
        expect(machine.leftovers()).toEqual([])
      }
    })
    // Nobody needs these here: the one runs already, the other is the desktop app's.
    for (const path of rest) {
      const bytes = readFileSync(path)
      bytes[0]! ^= 1
      writeFileSync(path, bytes)
    }
    const answered = reader.watch()
    const { updates } = await machine.check()
    expect(updates.progress).toMatchObject([{ version: next, state: 'waiting' }])
    expect(await machine.slots()).toEqual(['1.0.0 running', null, `${next} staged`])
    expectRenewed(believed())
    await answered('1.0.0')
  })
})

describe('a flipped byte on a stick', () => {
  let drive: string
  const onStick = (path: string) => join(drive, 'edgewright-repository', relative(site.dir, path))
  beforeAll(async () => {
    await believeOld()
    await renew('at-once', '1.1.1')
    drive = mkdtempSync(join(tmpdir(), 'edgewright-stick-'))
    cpSync(site.dir, join(drive, 'edgewright-repository'), { recursive: true })
  })
  afterAll(() => rmSync(drive, { recursive: true, force: true }))

  async function read(): Promise<{ status: number; body: Partial<ErrorBody> & Partial<ImportSummary> }> {
    const response = await edge.raw('POST', '/api/updates/import', {
      body: JSON.stringify({ path: drive }),
      headers: { 'content-type': 'application/json' },
    })
    return { status: response.status, body: (await response.json()) as ErrorBody }
  }
  const readFlipped = (path: string, flip: Flip) => whileFlipped(onStick(path), flip, read)
  /** Whatever was read, nothing is believed before it was confirmed. */
  async function unchanged(work: () => Promise<unknown>): Promise<void> {
    const before = believed()
    await undisturbed(work)
    expect(believed()).toEqual(before)
    expect(machine.leftovers()).toEqual([])
  }
  async function readable(path: string, flip: Flip): Promise<void> {
    const { status, body } = await readFlipped(path, flip)
    expect([status, body.packages?.map(({ version }) => version)]).toEqual([200, [next]])
    expect((await edge.raw('DELETE', `/api/updates/import/${body.id}`)).status).toBe(204)
  }

  it.each(roles)('in the metadata of %s: the stick is refused', async (role) => {
    const path = site.path(role)
    await unchanged(async () => {
      const idle = role === 'root' || role === 'timestamp' ? [] : [idleFlip(textOf(role))]
      for (const flip of [...flipsOf(textOf(role)), ...idle]) {
        const { status, body } = await readFlipped(path, flip)
        expect([status, body.error?.code], flip.where).toEqual([422, 'update-refused'])
        expect(body.error?.message, flip.where).toMatch(new RegExp(`^${role}\\b`))
      }
      if (idle.length === 0) await readable(path, idleFlip(textOf(role)))
    })
  })

  it('in what nobody needs: it is not read', async () => {
    const targets = files('targets').filter((path) => !isNewPackage(path) && !path.endsWith('policy.json'))
    await unchanged(async () => {
      for (const path of [...others(), ...targets]) await readable(path, { where: 'first', at: 0, mask: 1 })
    })
  })

  it('in a target: the stick is refused; once the byte is put back, the update comes', async () => {
    const needed = files('targets').filter((path) => isNewPackage(path) || path === newestPolicy())
    expect(needed).toHaveLength(2)
    await unchanged(async () => {
      for (const path of needed)
        for (const flip of ends(readFileSync(path).length)) {
          const { status, body } = await readFlipped(path, flip)
          expect([status, body.error?.code]).toEqual([422, 'download-refused'])
          expect(body.error?.message).toMatch(/not those that were signed \(sha256 [0-9a-f]{64}\), twice$/)
        }
    })
    const { body } = await read()
    const path = `/api/updates/import/${body.id}/confirm`
    expect(await edge.client.json<Imported>('POST', path, {})).toMatchObject({
      packages: [{ version: next, ok: true }],
    })
    expect((await machine.slots())[0]).toBe(`${next} running`)
    expectRenewed(believed())
  })

  const newestPolicy = () => {
    const sha256 = site.read('targets').signed.targets['policy.json']!.hashes.sha256
    return join(site.dir, 'targets', `${sha256}.policy.json`)
  }
})
