import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openSettings } from '#edge/journal/settings.ts'
import { Anchoring } from '#edge/update/anchoring.ts'
import { type Belief, Believed } from '#edge/update/believed.ts'
import { checkSource, type Outcome } from '#edge/update/check.ts'
import { folderSource } from '#edge/update/sources/folder-source.ts'
import { statusOf } from '#edge/update/status.ts'
import { type SignedSite, signedSite } from '#support/signed-site.ts'

/** What stops a version stays until newer signed metadata says otherwise. */
const nowMs = Date.parse('2026-12-01T00:00:00Z')
const digest = 'a'.repeat(64)
let site: SignedSite
let dir: string
let kept: Belief | undefined

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'edgewright-stops-'))
  site = await signedSite({ nowMs })
  await site.revoke({ digest, action: 'stop', reason: 'it is wrong' })
  kept = undefined
})
afterEach(() => {
  rmSync(dir, { recursive: true, force: true })
  site.remove()
})

const journal = {
  state: <T>() => kept as T | undefined,
  write: async <T>(work: (tx: never) => T) =>
    work({
      putState: (_key: string, value: unknown) => {
        kept = value as Belief
      },
    } as never),
}

async function anchoring() {
  const believed = await Believed.open(journal as never, dir)
  const settings = await openSettings(dir, { hostname: 'm' })
  const made = new Anchoring({
    ...{ believed, settings, platform: 'linux-x64' },
    audit: async () => undefined,
    now: () => nowMs,
    failed: (error) => {
      throw error
    },
  })
  await made.start()
  return { believed, made }
}
const check = (before: Belief): Promise<Outcome> =>
  checkSource(folderSource(site.dir), before, {
    place: { site: site.site, groups: [], platform: 'linux-x64' },
    now: () => nowMs,
  })

async function believing() {
  const { believed, made } = await anchoring()
  await made.trust({ root: site.root(), site: site.site }, 'admin')
  const { next, failure } = await check(believed.belief!)
  expect(failure).toBeUndefined()
  await believed.commit(next)
  expect(believed.view?.policy.revoked).toHaveLength(1)
  return { believed, made }
}

it('where the root in the journal is torn, and this machine begins again at the one beside it', async () => {
  await believing()
  kept!.trusted.files['root'] = '{"torn'
  const { believed, made } = await anchoring()
  expect(made.damaged).toBeUndefined()
  expect(believed.view?.policy.revoked).toMatchObject([{ digest, action: 'stop' }])
  expect(believed.view?.assigned).toEqual([])
  expect(statusOf(believed.belief, undefined, nowMs)).toMatchObject({ trust: 'anchored' })
  expect((await check(believed.belief!)).next.view?.policy.revoked).toHaveLength(1)
})

it('where an admin gives another root, until its own metadata was read', async () => {
  const { believed, made } = await believing()
  const other = await signedSite({ site: site.site, nowMs })
  try {
    await made.trust({ root: other.root(), site: site.site, recover: true }, 'admin')
    expect(believed.view?.policy.revoked).toMatchObject([{ digest }])
    site.remove()
    site = other
    expect((await check(believed.belief!)).next.view?.policy.revoked).toEqual([])
  } finally {
    other.remove()
  }
})

it('where people signed for another role, and it is put forward as the targets', async () => {
  const { believed } = await believing()
  const family = site.read('models-demo')
  await site.put('targets', {
    edit: (signed) => {
      signed.targets = family.signed.targets
      delete signed.delegations
    },
  })
  const { failure, next } = await check(believed.belief!)
  expect(failure?.message).toMatch(/targets version 3 delegates nothing: .* as something else than targets/)
  expect(next.view?.policy.revoked).toHaveLength(1)
})
