import { describe, expect, it } from 'vitest'
import { noPolicy, type Policy } from '#core/contracts/update.ts'
import type { Verified, VerifiedRole, VerifiedTarget } from '#edge/update/verified.ts'
import { type Place, viewOf } from '#edge/update/view.ts'

const digest = (letter: string) => letter.repeat(64)
const expires = '2027-01-01T00:00:00Z'
const place: Place = { site: 'north', groups: [], platform: 'linux-x64' }

const role = (name: string, targets: VerifiedTarget[] = []): VerifiedRole => ({
  ...{ name, version: 3, expires, targets },
  ...{ signedBy: ['A. Weber', 'M. Keller'], threshold: 2, keys: 3 },
})
const packaged = (over: object = {}, custom: object = {}): VerifiedTarget => ({
  ...{ path: 'models/mill/mill-1.2.0.ewp', length: 10, sha256: digest('a') },
  custom: { model: 'mill', version: '1.2.0', release: 5, ...custom },
  ...over,
})
const assignment = (path = 'sites/north/mill', over: object = {}, custom: object = {}): VerifiedTarget => ({
  ...{ path, length: 10, sha256: digest('a') },
  custom: {
    ...{ model: 'mill', version: '1.2.0', package: 'models/mill/mill-1.2.0.ewp', activate: 'at-once' },
    ...custom,
  },
  ...over,
})

function see(
  {
    models = [packaged()],
    site = [assignment()],
  }: { models?: VerifiedTarget[]; site?: VerifiedTarget[] } = {},
  { at = place, policy = noPolicy }: { at?: Place; policy?: Policy } = {},
) {
  const verified: Verified = {
    root: role('root'),
    timestamp: { ...role('timestamp'), issued: undefined },
    snapshot: role('snapshot'),
    targets: role('targets'),
    delegated: [
      role('models-mill', models),
      role('site-north', site),
      role('site-south', [assignment('sites/south/mill')]),
    ],
  }
  return viewOf(verified, policy, at)
}
const problem = (...args: Parameters<typeof see>) => {
  const [found] = see(...args).assigned
  expect(found?.package).toBeNull()
  return found?.problem
}

describe('what verified metadata means to a machine', () => {
  it('is a package where the site names a digest and the signers of its family vouch for it', () => {
    const { assigned, versions } = see()
    expect(assigned).toMatchObject([
      {
        model: 'mill',
        version: '1.2.0',
        group: null,
        package: { release: 5, signedBy: ['A. Weber', 'M. Keller'] },
      },
    ])
    expect(versions).toMatchObject({ root: 3, 'site-north': 3, 'models-mill': 3 })
  })

  it('17: a digest that only the site signed brings in no bytes', () => {
    expect(problem({ site: [assignment(undefined, { sha256: digest('b') })] })).toMatch(
      /not among those that models-mill signed/,
    )
    expect(problem({ site: [assignment(undefined, { length: 11 })] })).toMatch(/not among those/)
    expect(problem({ models: [] })).toMatch(/not among those/)
  })

  it('refuses a family that there is not, and bytes that were signed as something else', () => {
    const elsewhere = assignment(undefined, {}, { package: 'models/lathe/mill-1.2.0.ewp' })
    expect(problem({ site: [elsewhere] })).toMatch(/belongs to models-lathe/)
    expect(problem({ models: [packaged({}, { version: '1.3.0' })] })).toMatch(
      /signed these bytes as something else/,
    )
    expect(problem({ models: [packaged({ custom: {} })] })).toMatch(/something else/)
  })

  it('20: another site, and another kind of machine, get nothing', () => {
    expect(see({}, { at: { ...place, site: 'west' } })).toMatchObject({
      assigned: [],
      problem: expect.stringMatching(/no role site-west is delegated/),
    })
    expect(problem({ models: [packaged({}, { platforms: ['win32-x64'] })] })).toMatch(
      /made for win32-x64, and this machine is linux-x64/,
    )
    expect(see({ models: [packaged({}, { platforms: ['linux-x64'] })] }).assigned[0]?.package).not.toBeNull()
  })

  it('refuses what was revoked, and what is older than may run; a warning refuses nothing', () => {
    const revoked = (action: 'stop' | 'warn'): Policy => ({
      minimumRelease: {},
      revoked: [{ digest: digest('a'), action, reason: 'it errs', since: expires }],
    })
    expect(problem({}, { policy: revoked('stop') })).toMatch(/was revoked: it errs/)
    expect(see({}, { policy: revoked('warn') }).assigned[0]?.package).not.toBeNull()
    expect(problem({}, { policy: { revoked: [], minimumRelease: { mill: 6 } } })).toMatch(
      /release 5, and none below 6/,
    )
  })

  it('puts a group before the whole site, and the first of its groups before the others', () => {
    const site = [
      assignment(),
      assignment('sites/north/line-2/mill', {}, { version: '1.1.0' }),
      assignment('sites/north/line-3/mill', {}, { version: '1.0.0' }),
    ]
    const version = (...groups: string[]) => see({ site }, { at: { ...place, groups } }).assigned[0]
    expect(version()).toMatchObject({ version: '1.2.0', group: null })
    expect(version('line-2')).toMatchObject({ version: '1.1.0', group: 'line-2' })
    expect(version('line-3', 'line-2')).toMatchObject({ version: '1.0.0', group: 'line-3' })
    expect(version('elsewhere')).toMatchObject({ group: null })
  })

  it('takes no assignment whose path and content name different models, nor one it cannot read', () => {
    expect(see({ site: [assignment('sites/north/other')] }).assigned).toEqual([])
    expect(see({ site: [assignment(undefined, { custom: { model: 'mill' } })] })).toMatchObject({
      assigned: [],
      problem: expect.stringMatching(/sites\/north\/mill is no assignment that this version understands/),
    })
  })
})
