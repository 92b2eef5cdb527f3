import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { anchored } from '#edge/update/metadata/refresh.ts'
import { tufRules } from '#edge/update/metadata/rules.ts'
import type { SignedSite } from '#support/signed-site.ts'
import { type KeptSite, keptSite } from './kept-site.ts'
import { expectRefused, expectWhole, upToDate } from './machine.ts'

/** What is asked of our own repositories beyond TUF 1.0; `tufRules` lets it pass. */

let kept: KeptSite
let site: SignedSite
beforeAll(async () => {
  kept = await keptSite()
  site = kept.site
})
afterEach(() => kept.restore())
afterAll(() => site.remove())

it('a key under an ID that is not its own counts for nothing', async () => {
  const at = await upToDate(site)
  const before = at.trusted
  const other = 'f'.repeat(64)
  await site.put('root', {
    edit: ({ keys, roles }) => {
      keys[other] = keys[roles.timestamp.keyids[0]!]!
      roles.timestamp = { keyids: [other], threshold: 1 }
    },
  })
  await site.put('timestamp', {
    spoil: (e) => {
      e.signatures[0]!.keyid = other
    },
  })
  expectRefused(await at.look(), before, {
    why: /^timestamp version \d+ is signed by 0 of the 1 different keys/,
    held: [],
  })
  expectWhole(await at.look({ rules: tufRules }))
})

it('a root must promise consistent snapshots', async () => {
  const at = await upToDate(site)
  await site.put('root', { edit: (root) => Object.assign(root, { consistent_snapshot: false }) })
  const found = await at.look()
  expect(found.failure?.message).toMatch(/^root version 2 does not promise consistent snapshots/)
  expect(() => anchored(site.root(2))).toThrow(/consistent snapshots/)
})

it('a target needs a sha256', async () => {
  const at = await upToDate(site)
  const before = at.trusted
  const hashes = { sha512: '0'.repeat(128) } as unknown as { sha256: string }
  await site.put('models-demo', {
    edit: ({ targets }) => {
      targets['models/demo/m-2.0.0.ewp'] = { length: 1, hashes }
    },
  })
  expectRefused(await at.look(), before, {
    why: /^models-demo version 3 gives models\/demo\/m-2\.0\.0\.ewp no sha256$/,
    held: ['models-demo'],
  })
})

it('the version of a role is the one that snapshot names, also where it names no hash', async () => {
  const at = await upToDate(site)
  const before = at.trusted
  const { version } = site.read('models-demo').signed
  await site.put('snapshot', {
    edit: ({ meta }) => Object.assign(meta, { 'models-demo.json': { version: version + 1 } }),
  })
  kept.rename(`${version}.models-demo.json`, `${version + 1}.models-demo.json`)
  expectRefused(await at.look(), before, {
    why: /^models-demo version 2 was found where snapshot version \d+ names version 3$/,
    held: ['models-demo'],
  })
})

it('asks for a role’s families once its site is known', async () => {
  const at = await upToDate(site)
  const rounds: string[][] = []
  const found = await at.look({
    wanted: (names, verified) => {
      rounds.push(verified.map(({ name }) => name))
      return names.filter(
        (name) => name === 'site-plant-1' || (verified.length > 0 && name === 'models-demo'),
      )
    },
  })
  expectWhole(found)
  expect(rounds).toEqual([[], ['site-plant-1'], ['site-plant-1', 'models-demo']])
})
