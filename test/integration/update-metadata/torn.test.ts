import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { anchored, refresh } from '#edge/update/metadata/refresh.ts'
import type { RepositorySource } from '#edge/update/source.ts'
import type { Trusted } from '#edge/update/trusted.ts'
import { readTrusted } from '#support/read-trusted.ts'
import { type SignedSite, signedSite } from '#support/signed-site.ts'

/** What a damaged file, on the way or at home, may change: nothing of what is believed. */

let site: SignedSite
let files: Map<string, Buffer>
let first: Trusted
let latest: Trusted

/** The repository in memory, so that hundreds of tries take seconds. */
const source = (served: ReadonlyMap<string, Buffer>): RepositorySource => ({
  name: 'memory',
  metadata: async (file) => served.get(file),
  target: () => Promise.reject(new Error('nobody asks for targets here')),
})
const look = (before: Trusted, served: ReadonlyMap<string, Buffer> = files) =>
  refresh(before, source(served), { nowMs: site.nowMs, wanted: (names) => names })
const served = () => {
  const dir = join(site.dir, 'metadata')
  return new Map(readdirSync(dir).map((name) => [name, readFileSync(join(dir, name))]))
}

beforeAll(async () => {
  site = await signedSite()
  await site.publish({ model: 'm', version: '1.0.0', bytes: Buffer.from('one') })
  const root = site.root()
  files = served()
  first = (await look({ files: { root }, marks: { root: 1 } })).trusted
  await site.publish({ model: 'm', version: '2.0.0', bytes: Buffer.from('two') })
  await site.assign({ model: 'm', version: '2.0.0' })
  await site.rotate('targets')
  files = served()
  const found = await look(first)
  expect(found.failure?.message).toBeUndefined()
  latest = found.trusted
})
afterAll(() => site.remove())

/** A flipped bit, or an end that is missing. */
const damage = fc.record({
  file: fc.nat(),
  at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  bit: fc.option(fc.nat({ max: 7 })),
})
function damaged(bytes: Buffer, at: number, bit: number | null): Buffer {
  const place = Math.floor(at * bytes.length)
  if (bit === null) return bytes.subarray(0, place)
  const copy = Buffer.from(bytes)
  copy[place] = copy[place]! ^ (1 << bit)
  return copy
}
const signed = (text: string): unknown => JSON.parse(text).signed

describe('a repository with one damaged file', () => {
  it('changes nothing for whoever has seen all of it', async () => {
    const names = [...files.keys()]
    await fc.assert(
      fc.asyncProperty(damage, async ({ file, at, bit }) => {
        const name = names[file % names.length]!
        const found = await look(latest, new Map(files).set(name, damaged(files.get(name)!, at, bit)))
        expect(found.trusted).toBe(latest)
        if (found.failure) expect(found.failure).toBeInstanceOf(EdgewrightError)
      }),
      { numRuns: 80 },
    )
  })

  it('makes nobody believe anything that was not signed', async () => {
    const names = [...files.keys()]
    await fc.assert(
      fc.asyncProperty(damage, async ({ file, at, bit }) => {
        const name = names[file % names.length]!
        const found = await look(first, new Map(files).set(name, damaged(files.get(name)!, at, bit)))
        if (!found.complete) expect(found.failure).toBeInstanceOf(EdgewrightError)
        for (const [role, text] of Object.entries(found.trusted.files))
          if (text !== first.files[role]) expect(signed(text)).toEqual(signed(latest.files[role]!))
        for (const [role, mark] of Object.entries(found.trusted.marks))
          expect(mark).toBeLessThanOrEqual(latest.marks[role]!)
      }),
      { numRuns: 80 },
    )
  })

  it('every fifth byte of timestamp.json in turn', async () => {
    const bytes = files.get('timestamp.json')!
    for (let at = 0; at < bytes.length; at += 5) {
      const found = await look(
        first,
        new Map(files).set('timestamp.json', damaged(bytes, at / bytes.length, 0)),
      )
      const text = found.trusted.files['timestamp']!
      expect([signed(first.files['timestamp']!), signed(latest.files['timestamp']!)]).toContainEqual(
        signed(text),
      )
    }
  })
})

describe('what is believed, damaged at home', () => {
  it('is fetched anew under its marks; only a root that is torn needs a person', async () => {
    await fc.assert(
      fc.asyncProperty(damage, async ({ file, at, bit }) => {
        const roles = Object.keys(latest.files)
        const role = roles[file % roles.length]!
        const text = damaged(Buffer.from(latest.files[role]!), at, bit).toString('utf8')
        const before = { files: { ...latest.files, [role]: text }, marks: latest.marks }
        const found = await look(before)
        if (found.damaged) {
          expect(role).toBe('root')
          expect(found.failure?.code).toBe('trust-missing')
          expect(found.trusted).toBe(before)
          return
        }
        expect(found.failure?.message).toBeUndefined()
        expect(found.trusted.marks).toEqual(latest.marks)
        for (const [name, here] of Object.entries(found.trusted.files))
          expect(signed(here)).toEqual(signed(latest.files[name]!))
      }),
      { numRuns: 60 },
    )
  })

  it('is read again without a network', () => {
    const whole = readTrusted(latest)
    expect(whole.problem).toBeUndefined()
    expect(whole.root).toMatchObject({ version: 2, signedBy: ['root-1', 'root-2'], threshold: 2 })
    expect(whole.verified?.delegated.map(({ name }) => name).sort()).toEqual([
      'app',
      'models-demo',
      'site-plant-1',
    ])

    const torn = readTrusted({ ...latest, files: { ...latest.files, snapshot: '{' } })
    expect(torn).toMatchObject({ verified: null, root: { version: 2 } })
    expect(torn.problem?.message).toMatch(/is not whole/)

    const lost = readTrusted({
      ...latest,
      files: { ...latest.files, root: latest.files['root']!.slice(0, 50) },
    })
    expect(lost).toMatchObject({ root: null, verified: null })
    expect(lost.problem?.message).toBe(
      'the root that this machine believed is damaged: root is no JSON: it is torn, or something else',
    )
  })

  it('says the same as the refresh that verified it', async () => {
    const { verified } = await look(latest)
    expect(readTrusted(latest).verified).toEqual(verified)
  })
})

describe('a first root', () => {
  it('stands by itself, and two people can compare it', () => {
    const found = anchored(site.root())
    expect(found).toMatchObject({ version: 1, signedBy: ['root-1', 'root-2'], threshold: 2 })
    expect(found.fingerprint).toMatch(/^[0-9a-f]{64}$/)
    expect(anchored(`${site.root()} `).fingerprint).not.toBe(found.fingerprint)
  })

  it.each([
    ['{', /^root is no JSON/],
    ['{}', /^root is no signed metadata: signed: is missing/],
    ['timestamp', /^root version \d+ is malformed: _type: must be "root"/],
  ])('%s is none', (text, why) => {
    const given = text === 'timestamp' ? latest.files['timestamp']! : text
    expect(() => anchored(given)).toThrow(why)
  })

  it('that too few have signed is none', () => {
    const root = JSON.parse(site.root())
    root.signatures.pop()
    expect(() => anchored(JSON.stringify(root))).toThrow(
      /^root version 1 is signed by 1 of the 2 different keys that root version 1 asks for \(root-1\)$/,
    )
  })
})
