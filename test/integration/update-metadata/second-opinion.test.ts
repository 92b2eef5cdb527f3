import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { defaultLimits } from '#edge/update/metadata/rules.ts'
import { signedSite } from '#support/signed-site.ts'
import { type KeptSite, keptSite } from './kept-site.ts'
import { expectRefused, expectWhole, machine, upToDate } from './machine.ts'

/** What tuf-js is asked for, and what it is kept from. */

let kept: KeptSite
beforeAll(async () => {
  kept = await keptSite()
})
afterEach(() => kept.restore())
afterAll(() => kept.site.remove())

it('judges by the clock that it is given: not even tuf-js looks at the system’s', async () => {
  const nowMs = Date.UTC(2019, 0, 1)
  const site = await signedSite({ nowMs })
  try {
    expectWhole(await machine(site).look({ nowMs })) // all of it ended years ago
    expect((await machine(site).look({ nowMs: Date.now() })).failure?.code).toBe('update-expired')
  } finally {
    site.remove()
  }
})

it('has the last word on what is new', async () => {
  const { site } = kept
  const at = await upToDate(site)
  const before = at.trusted
  await site.put('targets', {
    edit: ({ delegations }) => void delegations!.roles.push({ ...delegations!.roles[0]!, name: 'snapshot' }),
  })
  expectRefused(await at.look({ wanted: () => [] }), before, {
    why: /^targets version \d+ is refused by the second verifier: Delegated role name conflicts/,
    held: ['targets'],
  })
})

describe('a file with many entries', () => {
  const many = (count: number) => {
    const target = { length: 1, hashes: { sha256: '0'.repeat(64) } }
    return Object.fromEntries(Array.from({ length: count }, (_, k) => [`app/file-${k}`, target]))
  }

  // tuf-js would read these for minutes, and nothing else would run in this process meanwhile
  it('is refused for its signatures before anybody builds objects of it', async () => {
    const { site } = kept
    const at = await upToDate(site)
    const before = at.trusted
    await site.put('targets', {
      edit: (signed) => Object.assign(signed.targets, many(30_000)),
      spoil: (e) => e.signatures.splice(0),
    })
    expectRefused(await at.look(), before, { why: /is signed by 0 of the 2/, held: ['targets'] })
  })

  it('is refused where those who may sign it have signed too many', async () => {
    const { site } = kept
    const at = await upToDate(site)
    const before = at.trusted
    await site.put('app', { edit: ({ targets }) => Object.assign(targets, many(defaultLimits.entries + 1)) })
    expectRefused(await at.look(), before, {
      why: /^app version 2 has 1001 targets, and at most 1000 are read$/,
      held: ['app'],
    })
  })
})

it('a source that fails in its own way is unreachable, and one that serves too much is refused', async () => {
  const { site } = kept
  const at = await upToDate(site)
  const before = at.trusted
  await site.refresh()
  expectRefused(await at.look({ limits: { timestampBytes: 100 } }), before, {
    why: /^timestamp\.json in .* is larger than the 100 bytes allowed/,
    held: ['timestamp'],
  })
  expect(at.trusted).toBe(before)
})
