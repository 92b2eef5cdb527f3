import { describe, expect, it } from 'vitest'
import { changes } from '#edge/update/usb/summary.ts'
import { assigned, brought, modelWith, viewWith } from '#support/fake-stick.ts'

const [old, next] = [brought('wear', '1.0.1'), brought('wear', '1.0.2')]
const running = { package: old.package, state: { state: 'running' } }
const all = () => true
const standing = (fields = {}) => ({ versions: { root: 1 }, view: null, models: [], ...fields })

describe('what a stick would change', () => {
  it('names the package, what it replaces, the roles that are new and the roots in between', () => {
    const view = viewWith({ versions: { root: 4, timestamp: 9 }, assigned: [assigned(next)] })
    const here = standing({ models: [modelWith('wear', { running })], versions: { root: 1, timestamp: 9 } })
    const found = changes(view, here, all)
    expect(found.roles).toEqual([{ role: 'root', version: 4, here: 1 }])
    expect(found.rootRotations).toBe(3)
    expect(found.packages).toEqual([{ ...next.package, replaces: '1.0.1', activate: 'at-once' }])
    expect(found.bring).toEqual([next.package])
  })

  it('skips what runs here already, and needs none of its bytes', () => {
    const view = viewWith({ versions: { root: 1 }, assigned: [assigned(old)] })
    const found = changes(view, standing({ models: [modelWith('wear', { running })] }), all)
    expect(found.packages[0]).toMatchObject({ skipped: 'it runs here already', replaces: null })
    expect(found.bring).toEqual([])
  })

  it('skips what was taken back here, and says who did', () => {
    const held = {
      package: next.package,
      state: { state: 'rolled-back', by: 'K. Lind', reason: 'it alarms' },
    }
    const view = viewWith({ assigned: [assigned(next)] })
    const found = changes(view, standing({ models: [modelWith('wear', { running, staged: held })] }), all)
    expect(found.packages[0]?.skipped).toMatch(/taken back here by K\. Lind: it alarms/)
    expect(found.bring).toEqual([])
  })

  it('needs no bytes of a version that is here and is only to be activated', () => {
    const staged = { package: next.package, state: { state: 'staged' } }
    const view = viewWith({ assigned: [assigned(next)] })
    const found = changes(view, standing({ models: [modelWith('wear', { running, staged })] }), all)
    expect(found.packages[0]).not.toHaveProperty('skipped')
    expect(found.bring).toEqual([])
  })

  it('says that a file is not on the stick, and what cannot be installed at all', () => {
    const stray = assigned(brought('heat', '2.0.0'), { package: null, problem: 'nobody signed its digest' })
    const found = changes(viewWith({ assigned: [assigned(next), stray] }), standing(), () => false)
    expect(found.packages[0]?.skipped).toMatch(/not on the stick/)
    expect(found.problems).toEqual([{ model: 'heat', version: '2.0.0', problem: 'nobody signed its digest' }])
  })

  it('tells revocations of versions that are here, once', () => {
    const revoked = [
      { digest: old.package.digest, action: 'stop' as const, reason: 'wrong labels', since: '2026-11-20' },
      { digest: next.package.digest, action: 'stop' as const, reason: 'not here', since: '2026-11-20' },
    ]
    const view = viewWith({ policy: { minimumRelease: {}, revoked } })
    const models = [modelWith('wear', { running })]
    expect(changes(view, standing({ models }), all).revokes).toEqual([
      { model: 'wear', version: '1.0.1', action: 'stop', reason: 'wrong labels' },
    ])
    expect(changes(view, standing({ models, view }), all).revokes).toEqual([])
  })

  it('tells versions that fall below the oldest release that may run', () => {
    const view = viewWith({ policy: { minimumRelease: { wear: 2 }, revoked: [] } })
    const models = [
      modelWith('wear', { running, previous: { package: next.package, state: { state: 'previous' } } }),
    ]
    expect(changes(view, standing({ models }), all).revokes).toEqual([
      { model: 'wear', version: '1.0.1', action: 'stop', reason: 'no release below 2 may run any more' },
    ])
  })
})
