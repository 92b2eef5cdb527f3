import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openRepository } from '#central/registry/repository.ts'
import { exportToStick } from '#central/registry/stick.ts'
import { verifyRepository } from '#central/registry/verify.ts'
import { type SignedSite, signedSite } from '#support/signed-site.ts'

const day = 86_400_000
const work = mkdtempSync(join(tmpdir(), 'edgewright-verify-'))
let site: SignedSite
let digest = ''
const folder = (name: string) => {
  const dir = join(work, name)
  mkdirSync(dir)
  return dir
}
const filesIn = (dir: string) =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(dir.length + 1))
    .sort()

beforeAll(async () => {
  site = await signedSite()
  for (const model of ['pump', 'fan']) {
    const published = await site.publish({ model, version: '1.0.0', bytes: Buffer.from(`bytes of ${model}`) })
    digest = published.digest
  }
  await site.assign({ model: 'pump', version: '1.0.0' })
  await site.revoke({ digest, action: 'warn', reason: 'for a test' })
  await site.rotate('root')
})
afterAll(() => {
  site.remove()
  rmSync(work, { recursive: true })
})

describe('repo verify', () => {
  const problems = async (dir: string, nowMs = site.nowMs) =>
    (await verifyRepository(dir, { nowMs })).problems
  const broken = async (name: string, how: (one: SignedSite) => Promise<void>) => {
    const one = await signedSite({ dir: folder(name), nowMs: site.nowMs })
    await how(one)
    return problems(one.dir)
  }

  it('finds nothing wrong with one that is sound', async () => {
    const report = await verifyRepository(site.dir, { nowMs: site.nowMs })
    expect(report).toMatchObject({ ok: true, problems: [], warnings: [], rootVersions: 2, pending: [] })
    expect(report.packages.map(({ path }) => path)).toEqual([
      'models/demo/pump-1.0.0.ewp',
      'models/demo/fan-1.0.0.ewp',
    ])
  })

  it('sees one flipped bit in any file that counts', async () => {
    const { snapshot, targets } = {
      snapshot: site.read('snapshot'),
      targets: site.read('targets'),
    }
    const live = new Set([
      ...['1.root.json', '2.root.json', 'timestamp.json', `${snapshot.signed.version}.snapshot.json`],
      ...Object.entries(snapshot.signed.meta).map(([name, { version }]) => `${version}.${name}`),
    ])
    const policy = targets.signed.targets['policy.json']!.hashes.sha256
    const files = filesIn(site.dir).filter(
      (file) =>
        (file.startsWith('metadata/') ? live.has(file.slice(9)) : true) &&
        (file.includes('policy.json') ? file.includes(policy) : true),
    )
    expect(files.length).toBeGreaterThan(10)
    for (const file of files) {
      const dir = join(work, 'flipped')
      cpSync(site.dir, dir, { recursive: true })
      const bytes = readFileSync(join(dir, file))
      // Inside the signed part: a signature that breaks where enough others hold is no fault.
      const at = file.startsWith('metadata/') ? bytes.indexOf('"version"') + 2 : bytes.length >> 1
      bytes[at] = bytes[at]! ^ 1
      writeFileSync(join(dir, file), bytes)
      expect(await problems(dir), file).not.toEqual([])
      rmSync(dir, { recursive: true })
    }
  })

  it.each<[string, (one: SignedSite) => Promise<void>, RegExp]>([
    [
      'a signature too few',
      (one) => one.put('targets', { spoil: (e) => void e.signatures.pop() }),
      /lacks signatures: 1 of 2 signatures \(targets-1\); targets-2, targets-3 may sign/,
    ],
    [
      'the wrong signers',
      (one) => one.put('models-demo', { keys: one.keys['site-plant-1']! }),
      /lacks signatures: 0 of 2/,
    ],
    ['a version that is skipped', (one) => one.put('root', { version: 3 }), /^2.root.json is missing/],
    [
      'a role that snapshot lacks',
      (one) => one.put('snapshot', { edit: (s) => void delete s.meta['site-plant-1.json'] }),
      /names no site-plant-1.json/,
    ],
    [
      'a file that is not the one signed for',
      (one) =>
        one.put('targets', {
          version: 1,
          edit: (s) => {
            s.expires = '2031-01-01T00:00:00Z'
          },
          follow: false,
        }),
      /not the file that was signed for/,
    ],
    [
      'an expiry that is no date',
      (one) =>
        one.put('timestamp', {
          edit: (s) => {
            s.expires = 'garbage'
          },
        }),
      /expires/,
    ],
    [
      'a site that signs for a model',
      (one) =>
        one.put('site-plant-1', {
          edit: (s) => {
            s.targets['models/demo/x-1.0.0.ewp'] = { length: 0, hashes: { sha256: '0'.repeat(64) } }
          },
        }),
      /may not sign for/,
    ],
    [
      'a digest that no family vouches for',
      async (one) => {
        await one.publish({ model: 'pump', version: '1.0.0', bytes: Buffer.from('x') })
        await one.assign({ model: 'pump', version: '1.0.0' })
        await one.put('site-plant-1', {
          edit: (s) => {
            s.targets['sites/plant-1/pump']!.hashes.sha256 = '0'.repeat(64)
          },
        })
      },
      /assigns pump 1.0.0 with sha256 0{64}, which no family vouches for/,
    ],
    [
      'a package that is missing',
      async (one) => {
        const { digest: of } = await one.publish({ model: 'pump', version: '1.0.0', bytes: Buffer.from('x') })
        rmSync(join(one.dir, `targets/models/demo/${of}.pump-1.0.0.ewp`))
      },
      /pump-1.0.0.ewp cannot be read/,
    ],
  ])('says it: %s', async (name, how, refusal) => {
    const found = await broken(name.replaceAll(' ', '-'), how)
    expect(found.join('\n')).toMatch(refusal)
  })

  it('says what has expired, and what will within 30 days', async () => {
    const soon = await verifyRepository(site.dir, { nowMs: site.nowMs + 20 * day })
    expect(soon.ok).toBe(true)
    expect(soon.warnings).toHaveLength(2)
    expect(soon.warnings.join()).toMatch(/timestamp expires in 2[45] days/)
    expect(await problems(site.dir, site.nowMs + 46 * day)).toEqual([
      expect.stringMatching(/^timestamp has expired/),
      expect.stringMatching(/^snapshot has expired/),
    ])
  })
})

describe('usb export', () => {
  const exported = async (to: string, options: { sites?: string[]; app?: boolean } = {}) =>
    exportToStick(await openRepository(site.dir), to, { nowMs: site.nowMs, ...options })

  it('brings every root, what is live, and only the packages that the site is assigned', async () => {
    const to = folder('stick')
    const done = await exported(to, { sites: ['plant-1'] })
    expect(done.packages).toEqual(['models/demo/pump-1.0.0.ewp'])
    const files = filesIn(done.folder)
    expect(files).toHaveLength(done.files)
    expect(files).toEqual(
      expect.arrayContaining(['metadata/1.root.json', 'metadata/2.root.json', 'metadata/timestamp.json']),
    )
    expect(files.filter((file) => file.startsWith('targets/'))).toHaveLength(2)
    expect(done.bytesWritten).toBe(done.bytes)
    const again = await exported(to, { sites: ['plant-1'] })
    expect(again.bytes - again.bytesWritten).toBeGreaterThan('bytes of pump'.length)
  })
  it('mends what is damaged on the stick, and removes what is old or strange', async () => {
    const to = folder('damaged')
    const { folder: at } = await exported(to)
    const name = filesIn(at).find((file) => file.endsWith('pump-1.0.0.ewp'))!
    writeFileSync(join(at, name), 'other bytes')
    writeFileSync(join(at, 'metadata/9.targets.json'), '{}')
    writeFileSync(join(at, 'targets/stray'), 'x')
    writeFileSync(join(at, 'metadata/timestamp.json'), '{"torn')
    await exported(to)
    expect(readFileSync(join(at, name), 'utf8')).toBe('bytes of pump')
    expect(existsSync(join(at, 'metadata/9.targets.json'))).toBe(false)
    expect(existsSync(join(at, 'targets/stray'))).toBe(false)
  })
  it('refuses a site that is not there, a folder that is not there, an expired repository, and a newer stick', async () => {
    const to = folder('refused')
    await expect(exported(to, { sites: ['plant-9'] })).rejects.toThrow(/no site-plant-9/)
    await expect(exported(join(to, 'nowhere'))).rejects.toMatchObject({ code: 'file-unreadable' })
    await expect(
      exportToStick(await openRepository(site.dir), to, { nowMs: site.nowMs + 46 * day }),
    ).rejects.toThrow(/has expired/)
    expect(readdirSync(to)).toEqual([])
    const { folder: at } = await exported(to)
    const newer = JSON.parse(readFileSync(join(at, 'metadata/timestamp.json'), 'utf8'))
    newer.signed.version += 1
    writeFileSync(join(at, 'metadata/timestamp.json'), JSON.stringify(newer))
    await expect(exported(to)).rejects.toThrow(/this repository is older/)
  })
  it('refuses to bring a package that is damaged in the repository', async () => {
    const dir = join(work, 'bad-source')
    cpSync(site.dir, dir, { recursive: true })
    const name = filesIn(dir).find((file) => file.endsWith('pump-1.0.0.ewp'))!
    writeFileSync(join(dir, name), 'BYTES OF PUMP')
    const to = folder('bad-stick')
    await expect(exportToStick(await openRepository(dir), to, { nowMs: site.nowMs })).rejects.toThrow(
      /is damaged/,
    )
  })
})
