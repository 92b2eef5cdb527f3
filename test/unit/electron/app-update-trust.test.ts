import { describe, expect, it } from 'vitest'
import type { AppTarget } from '#core/contracts/update.ts'
import {
  isNewer,
  judgeFile,
  type TrustFacts,
  type Vouched,
  vouchedFor,
} from '../../../electron/main/decide/app-update-trust.ts'

/** Row 53 of the fault table: an app update whose digest is not in the trust metadata. */

const here = { version: '1.2.0', platform: 'linux-x64' }
const digestOf = (letter: string) => letter.repeat(64)
const target = (version: string, change: Partial<AppTarget> = {}): AppTarget => ({
  path: `app/edgewright-${version}.AppImage`,
  version,
  platform: 'linux-x64',
  digest: digestOf('a'),
  bytes: 100,
  ...change,
})
const facts = (app: AppTarget[], trust: TrustFacts['trust'] = 'current'): TrustFacts => ({
  trust,
  view: { app, expires: { root: '2027-11-01T00:00:00Z', timestamp: '2026-12-01T00:00:00Z' } },
})
const why = (vouched: Vouched) => (vouched.vouched ? 'vouched' : vouched.why)

describe('who vouches for an update of the app', () => {
  it('is signed metadata, for this version on this machine', () => {
    const image = target('1.3.0')
    const deb = target('1.3.0', { digest: digestOf('b'), path: 'app/edgewright-1.3.0.deb' })
    const others = [target('1.4.0'), target('1.3.0', { platform: 'win32-x64' })]
    expect(vouchedFor(facts([image, ...others, deb]), here, '1.3.0')).toEqual({
      vouched: true,
      targets: [image, deb],
    })
    expect(vouchedFor(facts([image], 'anchored'), here, '1.3.0').vouched).toBe(true)
  })

  it.each<[string, TrustFacts | undefined, RegExp]>([
    ['the runtime cannot be asked', undefined, /the runtime cannot be asked/],
    ['this machine has no root', { trust: 'none', view: null }, /was given no root, so nobody vouches/],
    ['its trust is lost', facts([target('1.3.0')], 'damaged'), /an admin must give it the root again/],
    [
      'its metadata has expired',
      facts([target('1.3.0')], 'expired'),
      /has expired \(2026-12-01T00:00:00Z\), and nothing new is trusted/,
    ],
    ['nothing was fetched yet', { trust: 'anchored', view: null }, /names an installer of the app/],
    ['metadata names no app', facts([]), /names an installer of the app/],
    ['it names another version', facts([target('1.4.0')]), /vouches for version 1\.3\.0/],
    [
      'it names another platform',
      facts([target('1.3.0', { platform: 'win32-x64' }), target('1.3.0', { platform: 'darwin-arm64' })]),
      /for darwin-arm64, win32-x64 only, and this machine is linux-x64/,
    ],
  ])('is nobody where %s', (_, said, words) => {
    expect(why(vouchedFor(said, here, '1.3.0'))).toMatch(words)
  })

  it.each(['1.2.0', '1.1.9', '1.2.0-rc.1'])('is nobody for %s, which is not newer', (version) => {
    const named = facts([target(version)])
    expect(why(vouchedFor(named, here, version))).toBe(`version ${version} is not newer than this one, 1.2.0`)
    expect(why(vouchedFor(named, here))).toBe('trusted metadata names no version newer than this one, 1.2.0')
  })

  it('is, for a file from a stick, whatever names a newer version', () => {
    const named = [target('1.1.0'), target('1.3.0'), target('2.0.0', { digest: digestOf('c') })]
    expect(vouchedFor(facts(named), here)).toEqual({ vouched: true, targets: named.slice(1) })
  })
})

describe('a file', () => {
  const vouched: Vouched = {
    vouched: true,
    targets: [target('1.3.0'), target('1.3.0', { digest: digestOf('b'), bytes: 70 })],
  }
  const judged = (sha256: string, bytes: number) => judgeFile(vouched, { sha256, bytes })

  it('is installed where its digest and its size are those that are named', () => {
    expect(judged(digestOf('a'), 100)).toEqual({ install: true, version: '1.3.0' })
    expect(judged(digestOf('b'), 70)).toEqual({ install: true, version: '1.3.0' })
  })

  it('is refused where its digest is not in the trust metadata, precisely', () => {
    expect(judged(digestOf('d'), 99)).toEqual({
      install: false,
      why: 'the file (99 bytes) is not the one that trusted metadata names for version 1.3.0',
    })
    expect(judged(digestOf('d'), 100)).toEqual({
      install: false,
      why: 'the file is as long as that of version 1.3.0, but not the one that trusted metadata names',
    })
    expect(judged('', 0)).toMatchObject({ install: false })
    expect(judged(digestOf('A'), 100)).toMatchObject({ install: false })
  })

  it('is refused where metadata gives its digest another size', () => {
    expect(judged(digestOf('a'), 70)).toEqual({
      install: false,
      why: 'the file has 70 bytes, and trusted metadata says 100',
    })
  })

  it('is refused for the reason for which nobody vouches', () => {
    const none: Vouched = { vouched: false, why: 'because' }
    expect(judgeFile(none, { sha256: digestOf('a'), bytes: 100 })).toEqual({ install: false, why: 'because' })
  })
})

describe('a newer version', () => {
  // semver.org, items 11.2 and 11.4, in rising order.
  const rising = [
    ...['1.0.0-alpha', '1.0.0-alpha.1', '1.0.0-alpha.beta', '1.0.0-beta', '1.0.0-beta.2', '1.0.0-beta.11'],
    ...['1.0.0-rc.1', '1.0.0', '1.0.2', '1.0.10', '1.2.0', '2.0.0-x-y', '2.0.0', '10.0.0'],
  ]
  it('is one that stands later in semantic versioning’s order', () => {
    for (const [k, version] of rising.entries())
      for (const [j, than] of rising.entries())
        expect([version, than, isNewer(version, than)]).toEqual([version, than, k > j])
  })
})
