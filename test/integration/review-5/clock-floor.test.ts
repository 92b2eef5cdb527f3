import { afterEach, expect, it } from 'vitest'
import type { Belief } from '#edge/update/believed.ts'
import { checkSource, type Outcome } from '#edge/update/check.ts'
import { folderSource } from '#edge/update/sources/folder-source.ts'
import { type SignedSite, signedSite } from '#support/signed-site.ts'

/** A timestamp that was signed years ahead (a desk's clock, or a stolen key) raises the floor of every machine that sees it. */
const tenYearsMs = 10 * 365 * 86_400_000
const nowMs = Date.parse('2026-12-01T00:00:00Z')
let site: SignedSite
afterEach(() => site.remove())

const first = (): Belief => ({
  anchor: { fingerprint: '', at: '', by: '' },
  trusted: { files: { root: site.root() }, marks: { root: 1 } },
  view: null,
  policy: undefined,
  floorMs: 0,
})
const check = (before: Belief): Promise<Outcome> =>
  checkSource(folderSource(site.dir), before, {
    place: { site: site.site, groups: [], platform: 'linux-x64' },
    now: () => nowMs,
  })

it('forgets signed times of the future once root takes their key from timestamp, on the desk and on the machine', async () => {
  site = await signedSite({ nowMs })
  const good = await check(first())
  expect(good.failure).toBeUndefined()
  await site.refresh(nowMs + tenYearsMs)
  const ahead = await check(good.next)
  expect(ahead.next.floorMs).toBe(nowMs + tenYearsMs)

  // The clock is right again, and the key the same: what has been signed stands.
  await expect(site.refresh(nowMs)).rejects.toThrow(/last timestamp was signed at 2036/)
  expect((await check(ahead.next)).next.floorMs).toBe(nowMs + tenYearsMs)

  await site.rotate('timestamp', nowMs)
  const again = await check(ahead.next)
  expect(again.failure).toBeUndefined()
  expect(again.next.floorMs).toBe(nowMs)
  expect(again.next.view?.versions['root']).toBe(2)
})

it('keeps the floor where root changes any other key', async () => {
  site = await signedSite({ nowMs })
  const good = await check(first())
  await site.rotate('snapshot', nowMs)
  const floorMs = nowMs + 86_400_000
  const after = await check({ ...good.next, floorMs })
  expect(after.failure).toBeUndefined()
  expect(after.next.floorMs).toBe(floorMs)
})
