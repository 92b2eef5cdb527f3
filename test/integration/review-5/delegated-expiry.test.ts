import { afterEach, expect, it } from 'vitest'
import { signedTrust } from '#edge/deploy/trust.ts'
import type { Belief } from '#edge/update/believed.ts'
import { checkSource } from '#edge/update/check.ts'
import { folderSource } from '#edge/update/sources/folder-source.ts'
import { statusOf, whyExpired } from '#edge/update/status.ts'
import { type SignedSite, signedSite } from '#support/signed-site.ts'

/** A machine that hears of nothing new: what vouches for a package may end before its timestamp does. */
const nowMs = Date.parse('2026-12-01T00:00:00Z')
const dayMs = 86_400_000
let site: SignedSite
afterEach(() => site.remove())

const inTime = (days: number) => (signed: { expires: string }) => {
  signed.expires = new Date(nowMs + days * dayMs).toISOString().replace('.000Z', 'Z')
}

async function believing() {
  const before: Belief = {
    anchor: { fingerprint: '', at: '', by: '' },
    trusted: { files: { root: site.root() }, marks: { root: 1 } },
    view: null,
    policy: undefined,
    floorMs: 0,
  }
  const place = { site: site.site, groups: [], platform: 'linux-x64' }
  const { next, failure } = await checkSource(folderSource(site.dir), before, { place, now: () => nowMs })
  expect(failure).toBeUndefined()
  const at = (days: number) => {
    const systemMs = nowMs + days * dayMs
    return {
      vouch: (digest: string) =>
        signedTrust(
          () => next.view,
          () => false,
          (path) => whyExpired(next, systemMs, path),
        ).vouch(digest),
      status: statusOf(next, undefined, systemMs),
    }
  }
  return at
}

it.each(['models-demo', 'site-plant-1'])(
  'lets nothing in that %s vouched for, once that has ended',
  async (role) => {
    site = await signedSite({ nowMs })
    const { digest } = await site.publish({ model: 'm', version: '1.0.0', bytes: Buffer.from('one') })
    await site.assign({ model: 'm', version: '1.0.0' })
    await site.put(role, { edit: inTime(5) })
    const at = await believing()
    expect(at(4).vouch(digest)).toMatchObject({ signedBy: ['models-demo-1', 'models-demo-2'] })
    expect(() => at(6).vouch(digest)).toThrow(new RegExp(`too old to bring in anything new: ${role} ended`))
    expect(at(6).status.trust).toBe('current')
  },
)

it('names no installer of the app any more once its role has ended, and packages go on', async () => {
  site = await signedSite({ nowMs })
  const { digest } = await site.publish({ model: 'm', version: '1.0.0', bytes: Buffer.from('one') })
  await site.assign({ model: 'm', version: '1.0.0' })
  await site.publishApp({
    name: 'app.exe',
    version: '2.0.0',
    platform: 'win32-x64',
    bytes: Buffer.from('app'),
  })
  await site.put('app', { edit: inTime(5) })
  const at = await believing()
  expect(at(4).status.view?.app).toHaveLength(1)
  expect(at(6).status.view?.app).toEqual([])
  expect(at(6).vouch(digest).signedBy).toHaveLength(2)
})
