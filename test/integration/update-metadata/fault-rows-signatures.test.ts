import { Metadata, MetadataKind } from '@tufjs/models'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createKey } from '#central/registry/key.ts'
import type { Root } from '#central/registry/metadata.ts'
import { tufRules } from '#edge/update/metadata/rules.ts'
import type { SignedSite } from '#support/signed-site.ts'
import { type KeptSite, keptSite } from './kept-site.ts'
import { expectRefused, expectWhole, machine, upToDate } from './machine.ts'

/** Rows of the fault table that concern metadata alone: what is believed afterwards, and the reason given. */

let kept: KeptSite
let site: SignedSite
beforeAll(async () => {
  kept = await keptSite()
  site = kept.site
})
afterEach(() => kept.restore())
afterAll(() => site.remove())

const stranger = () => [createKey('stranger-1'), createKey('stranger-2')]

describe('row 1: unsigned or wrong-key role', () => {
  it.each(['root', 'timestamp', 'snapshot', 'targets', 'models-demo', 'site-plant-1'])(
    '%s is refused',
    async (role) => {
      const at = await upToDate(site)
      const before = at.trusted
      await site.put(role, { spoil: (e) => e.signatures.splice(0) })
      const why = new RegExp(`^${role} version \\d+ is signed by 0 of the \\d different keys`)
      expectRefused(await at.look(), before, { why, held: [role] })
      await site.put(role, {
        version: role === 'root' ? 2 : site.read(role).signed.version,
        keys: stranger(),
      })
      expectRefused(await at.look(), before, { why, held: [role] })
    },
  )
})

it('row 2: one of two signatures is too few, and the reason names who signed', async () => {
  const at = await upToDate(site)
  const before = at.trusted
  await site.put('targets', { spoil: (e) => e.signatures.pop() })
  expectRefused(await at.look(), before, {
    why: /^targets version \d+ is signed by 1 of the 2 different keys that root version 1 asks for \(targets-1\)$/,
    held: ['targets'],
  })
})

it('row 3: duplicate signature IDs do not count twice', async () => {
  const at = await upToDate(site)
  const before = at.trusted
  await site.put('targets', { spoil: (e) => e.signatures.splice(1, 1, e.signatures[0]!) })
  expectRefused(await at.look(), before, {
    why: /carries two signatures under one key ID/,
    held: ['targets'],
  })
})

describe('row 4: one key under two IDs counts once', () => {
  const second = 'f'.repeat(64)
  const twice = (role: 'root' | 'targets') => (root: Root) => {
    const [id] = root.roles[role].keyids
    root.keys[second] = root.keys[id!]!
    root.roles[role] = { keyids: [id!, second], threshold: 2 }
  }
  const signedTwice = (e: { signatures: { keyid: string; sig: string }[] }) =>
    e.signatures.push({ keyid: second, sig: e.signatures[0]!.sig })

  it.each([
    ['by its ID', {}],
    ['by its material, where any ID goes', { rules: tufRules }],
  ])('in targets, %s', async (_, options) => {
    const at = await upToDate(site)
    const before = at.trusted
    await site.put('root', { edit: twice('targets') })
    await site.put('targets', { keys: [site.keys['targets']![0]!], spoil: signedTwice })
    // tuf-js alone takes it: this is what our own count is for
    const [root, targets] = [site.read('root'), site.read('targets')].map((e) =>
      JSON.parse(JSON.stringify(e)),
    )
    const models = Metadata.fromJSON(MetadataKind.Root, root)
    expect(() =>
      models.verifyDelegate('targets', Metadata.fromJSON(MetadataKind.Targets, targets)),
    ).not.toThrow()
    expectRefused(await at.look(options), before, {
      why: /^targets version \d+ is signed by 1 of the 2 different keys/,
      held: ['targets'],
    })
  })

  it.each([{}, { rules: tufRules }])('in a root that follows', async (options) => {
    const at = await upToDate(site)
    const before = at.trusted
    await site.put('root', { edit: twice('root'), spoil: signedTwice })
    expectRefused(await at.look(options), before, {
      why: /^root version 2 is signed by 1 of the 2 different keys that root version 2 asks for/,
      held: ['root'],
    })
  })
})

it('row 5: a bad signature beside enough good ones does no harm', async () => {
  const at = await upToDate(site)
  await site.put('targets', {
    spoil: (e) => e.signatures.push({ keyid: site.keys['targets']![2]!.id, sig: '00'.repeat(64) }),
  })
  const found = await at.look()
  expectWhole(found)
  expect(found.verified?.targets).toMatchObject({ signedBy: ['targets-1', 'targets-2'], threshold: 2 })
})

describe('row 6: root v1 → v4', () => {
  it('is followed hop by hop', async () => {
    const at = machine(site)
    for (const role of ['timestamp', 'root', 'snapshot']) await site.rotate(role)
    const found = await at.look()
    expectWhole(found)
    expect(found.changed[0]).toEqual({ role: 'root', from: 1, to: 4 })
    expect(at.asked.slice(0, 4)).toEqual([2, 3, 4, 5].map((version) => `${version}.root.json`))
  })

  it('stops before the hop that does not hold', async () => {
    const at = machine(site)
    await site.rotate('timestamp')
    await site.put('root', { keys: stranger() })
    await site.put('root')
    const found = await at.look()
    expect(found.failure?.message).toMatch(/^root version 3 is signed by 0 of the 2/)
    expect(found.trusted.marks['root']).toBe(2)
    expect(found.trusted.files['root']).toBe(site.root(2))
  })

  it('reads at most as many as it may, and goes on from there', async () => {
    const at = machine(site)
    for (const role of ['timestamp', 'root', 'snapshot']) await site.rotate(role)
    await at.look({ limits: { rootHops: 2 } })
    expect(at.trusted.marks['root']).toBe(3)
    expectWhole(await at.look({ limits: { rootHops: 2 } }))
    expect(at.trusted.marks['root']).toBe(4)
  })
})

describe('row 7: a root needs the old and the new threshold', () => {
  it.each([
    ['old', 1, 'root version 1'],
    ['new', 0, 'root version 2'],
  ])('lacks the %s', async (_, signer, by) => {
    const at = await upToDate(site)
    const before = at.trusted
    const coming = [createKey('coming-1'), createKey('coming-2')]
    const edit = (root: Root) => {
      for (const key of coming) root.keys[key.id] = key.public
      root.roles.root = { keyids: coming.map(({ id }) => id), threshold: 2 }
    }
    await site.put('root', { edit, keys: signer === 0 ? site.keys['root']!.slice(0, 2) : coming })
    const why = new RegExp(`^root version 2 is signed by 0 of the 2 different keys that ${by} asks for`)
    expectRefused(await at.look(), before, { why, held: ['root', 'timestamp', 'targets'] })
  })
})

it('row 8: a root that skips a version is refused', async () => {
  const at = await upToDate(site)
  const before = at.trusted
  await site.put('root', { version: 3 })
  expectWhole(await at.look()) // nothing stands where version 2 belongs
  kept.rename('3.root.json', '2.root.json')
  expectRefused(await at.look(), before, {
    why: /^root version 3 was found where version 2 belongs/,
    held: ['root'],
  })
})
