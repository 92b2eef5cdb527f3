import { describe, expect, it } from 'vitest'
import type { DeploymentState, ModelSummary } from '#core/contracts/deployment.ts'
import type { Assigned, Progress } from '#core/contracts/update.ts'
import { emptyView } from '#edge/update/believed.ts'
import { asOfNow, nextStep } from '#edge/update/plan.ts'

const digest = 'a'.repeat(64)
const since = '2026-01-01T00:00:00Z'
const signed = {
  ...{ path: 'models/m/m-1.ewp', model: 'm', version: '1.2.0', release: 2, digest, bytes: 1 },
  ...{ signedBy: ['A'], threshold: 1, keys: 1 },
}
const assigned = (over: Partial<Assigned> = {}): Assigned => ({
  ...{ model: 'm', version: '1.2.0', digest, bytes: 1, activate: 'at-once', group: null },
  ...{ signedBy: ['S'], metadata: 1, package: signed },
  ...over,
})
const slot = (deployment: DeploymentState, own = digest, more = {}) => ({ digest: own, deployment, ...more })
const model = (slots: object) =>
  ({ id: 'm', slots: { running: null, previous: null, staged: null, ...slots } }) as unknown as ModelSummary

const running: DeploymentState = { state: 'running', since, by: 'admin', reason: 'first' }
const other = slot(running, 'b'.repeat(64))

describe('the next step for an assignment', () => {
  it('installs what is not here, also beside another version and where nothing is here yet', () => {
    expect(nextStep(assigned(), undefined)).toMatchObject({ do: 'install' })
    expect(nextStep(assigned(), model({ running: other }))).toMatchObject({ do: 'install' })
  })

  it('activates what waits, or leaves that to a technician', () => {
    const staged = model({ running: other, staged: slot({ state: 'staged', since }) })
    expect(nextStep(assigned(), staged)).toEqual({ do: 'activate' })
    expect(nextStep(assigned({ activate: 'by-technician' }), staged)).toEqual({
      do: 'nothing',
      state: 'waiting',
    })
  })

  it('never brings back what was taken back here, nor what was refused here', () => {
    const held = slot({ state: 'rolled-back', since, by: 'M. Keller', reason: 'false alarms', ms: 3 })
    expect(nextStep(assigned(), model({ running: other, staged: held }))).toMatchObject({
      do: 'nothing',
      state: 'held',
      reason: expect.stringMatching(/taken back here by M\. Keller: false alarms/),
    })
    const refused = slot({ state: 'refused', since, reason: 'too slow' })
    expect(nextStep(assigned(), model({ running: other, staged: refused }))).toEqual({
      do: 'nothing',
      state: 'failed',
      reason: 'too slow',
    })
    const out = slot({ state: 'withdrawn', since, by: 'guardrail rejects', reason: 'too many' })
    expect(nextStep(assigned(), model({ running: out }))).toMatchObject({ do: 'nothing', state: 'held' })
  })

  it('brings back what the central team itself took back, once it is assigned and not revoked any more', () => {
    const out = slot({ state: 'withdrawn', since, by: 'policy', reason: 'revoked' })
    expect(nextStep(assigned(), model({ running: out }))).toEqual({ do: 'activate' })
    const back = slot({ state: 'rolled-back', since, by: 'sync', reason: '1.0.0 is assigned', ms: 3 })
    expect(nextStep(assigned(), model({ running: other, staged: back }))).toEqual({ do: 'activate' })
  })

  it('goes back where newer metadata names the previous version', () => {
    const before = model({ running: other, previous: slot({ state: 'previous', since }) })
    expect(nextStep(assigned(), before)).toEqual({ do: 'go-back' })
  })

  it('leaves alone what people try', () => {
    const own = slot({ state: 'shadow', since, by: 'M. Keller', reason: 'to compare' })
    expect(nextStep(assigned(), model({ running: other, staged: own }))).toEqual({
      do: 'nothing',
      state: 'waiting',
    })
    const foreign = { ...own, digest: 'c'.repeat(64) }
    expect(nextStep(assigned(), model({ running: other, staged: foreign }))).toEqual({
      do: 'nothing',
      state: 'waiting',
    })
  })

  it('is done where it runs, and mends a rotten copy of it', () => {
    expect(nextStep(assigned(), model({ running: slot(running) }))).toEqual({ do: 'nothing', state: 'done' })
    expect(
      nextStep(assigned(), model({ running: slot(running, digest, { damaged: 'model.onnx has changed' }) })),
    ).toMatchObject({ do: 'install' })
  })

  it('says why an assignment without a package comes to nothing', () => {
    expect(nextStep(assigned({ package: null, problem: 'no such digest' }), undefined)).toEqual({
      do: 'nothing',
      state: 'failed',
      reason: 'no such digest',
    })
  })
})

describe('how far an assignment is', () => {
  const told: Progress = {
    ...{ model: 'm', version: '1.2.0', digest, bytes: 1, ofBytes: 1, at: since },
    state: 'done',
  }
  const view = { ...emptyView, assigned: [assigned()] }
  const held = slot({ state: 'rolled-back', since, by: 'M. Keller', reason: 'false alarms', ms: 3 })

  it('is what people have made of it since, not what it was when it was last looked at', () => {
    const back = asOfNow(told, view, [model({ running: other, staged: held })])
    expect(back).toMatchObject({ state: 'held', reason: expect.stringContaining('false alarms') })
    const again = asOfNow(back, view, [model({ running: slot(running) })])
    expect(again).toEqual(told)
  })

  it('stays as it was told while something is under way or nothing is known', () => {
    const under: Progress = { ...told, state: 'downloading' }
    expect(asOfNow(under, view, [model({ running: slot(running) })])).toEqual(under)
    expect(asOfNow(told, null, [])).toEqual(told)
  })
})
