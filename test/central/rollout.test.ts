import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { RolloutDetail, RolloutPlanInput, RolloutSummary } from '#core/contracts/rollout.ts'
import {
  digestOf,
  minute,
  model,
  type RolloutFleet,
  rolloutFleet,
  slot,
} from '#support/central/rollout-fleet.ts'

/** One fleet for all: six machines at two sites, three of them labelled canary. Each test ends its rollout. */
let fleet: RolloutFleet
const names = ['mill-1', 'mill-2', 'mill-3', 'press-1', 'press-2', 'press-3']
const publisher = 'M. Sato:publisher'

beforeAll(async () => {
  fleet = await rolloutFleet()
  for (const name of names)
    await fleet.add(name, name.startsWith('mill') ? 'brno' : 'cork', name.endsWith('1') ? ['canary'] : [])
})
afterAll(() => fleet.remove())
beforeEach(async () => {
  for (const { id, state } of (
    await fleet.ask<{ items: RolloutDetail[] }>('x:viewer', 'GET', '/api/rollouts?open=true')
  ).body.items)
    if (state.state !== 'done') await fleet.rollouts.abort(id, 'test', 'over', true)
  for (const name of names) await fleet.report(name, { running: slot('1.0.0') })
  await fleet.db.updateTable('devices').set({ check_updates: false }).execute()
  fleet.failures.length = 0
})

const gate = { soakMin: 10, minimumN: 1, maxFailures: 2 }
const plan = (more: Partial<RolloutPlanInput> = {}): RolloutPlanInput => ({
  ...{ model, version: '1.1.0', reason: 'fewer false alarms' },
  groups: [
    { name: 'Canary', choose: { labels: ['canary'] }, gate },
    { name: 'Rest', choose: {}, gate },
  ],
  ...more,
})
const propose = async (more?: Partial<RolloutPlanInput>, by = publisher): Promise<RolloutDetail> => {
  const { status, body } = await fleet.ask<RolloutDetail>(by, 'POST', '/api/rollouts', plan(more))
  expect([status, body]).toEqual([201, expect.anything()])
  return body
}
const detail = async (id: number) =>
  (await fleet.ask<RolloutDetail>('x:viewer', 'GET', `/api/rollouts/${id}`)).body
const act = (id: number, what: string, body: object, by = publisher) =>
  fleet.ask<RolloutDetail & { error?: { code: string; message: string } }>(
    by,
    'POST',
    `/api/rollouts/${id}/${what}`,
    body,
  )
/** Machines that are assigned the version by a line of their own. */
const assigned = async (site: string, version = '1.1.0') => {
  const said = await fleet.said(site)
  return names.filter((name) => said[fleet.entry(name)] === version)
}
const tick = () => fleet.rollouts.tick()
const succeed = (name: string, version = '1.1.0') =>
  fleet.report(name, { running: slot(version), previous: slot('1.0.0', { state: 'previous' }) })

it('goes through its groups: signed for one, reported, soaked, then the next, and then one line for each site', async () => {
  const { id, digest } = await propose()
  expect(digest).toBe(digestOf('1.1.0'))
  expect(await fleet.said('brno')).toEqual({ [fleet.entry('mill-1')]: '1.1.0' })
  expect(await fleet.checks()).toEqual(['mill-1', 'press-1'])
  const before = await detail(id)
  const list = await fleet.ask<{ items: RolloutSummary[] }>('x:viewer', 'GET', '/api/rollouts')
  const listed = list.body.items.find((one) => one.id === id)!
  for (const { groups } of [before, listed])
    expect(groups.map(({ state, machines }) => [state, machines])).toEqual([
      ['active', 2],
      ['wait', 4],
    ])

  await fleet.report('mill-1', { running: slot('1.1.0', { trialUntil: '2026-11-01T09:00:00Z' }) })
  await fleet.report('press-1', {
    running: slot('1.0.0'),
    progress: { version: '1.1.0', state: 'downloading' },
  })
  await tick()
  expect([await fleet.state(id, 'mill-1'), await fleet.state(id, 'press-1')]).toEqual([
    'on-trial',
    'downloading',
  ])
  await succeed('mill-1')
  await tick()
  expect((await detail(id)).state).toMatchObject({ state: 'running', group: 0, step: 'soaking' })
  fleet.clock.ms += 9 * minute
  await tick()
  expect(await assigned('brno')).toEqual(['mill-1'])
  fleet.clock.ms += minute
  await tick()
  expect((await detail(id)).state).toMatchObject({ group: 1 })
  expect(await assigned('brno')).toEqual(names.slice(0, 3))
  for (const name of names) await succeed(name)
  await tick()
  fleet.clock.ms += 10 * minute
  await tick()
  const done = await detail(id)
  expect(done.state.state).toBe('done')
  expect(await fleet.said('brno')).toEqual({ [model]: '1.1.0' })
  expect(await fleet.said('cork')).toEqual({ [model]: '1.1.0' })
  expect(done.history.map(({ kind }) => kind)).toEqual([
    ...['rollout.done', 'rollout.group-passed', 'rollout.group-began', 'rollout.group-passed'],
    ...['rollout.group-began', 'rollout.proposed'],
  ])
  expect(fleet.published.at(-1)).toMatchObject({ rollout: id, model, version: '1.1.0', what: 'done' })
  expect(fleet.failures).toEqual([])
})

it('takes no download, no trial and no report from before the assignment for success', async () => {
  await succeed('mill-1')
  await succeed('press-1')
  const { id } = await propose()
  await tick()
  expect((await detail(id)).groups[0]).toMatchObject({ counts: { assigned: 2 } })
  await fleet.report('mill-1', { running: slot('1.1.0', {}, { selfTest: { passed: 19, of: 20 } }) })
  await fleet.report('press-1', { running: slot('1.1.0'), answeredBy: 'rules' })
  await tick()
  const halted = await detail(id)
  expect(halted.groups[0]!.counts).toEqual({ failed: 2 })
  expect(halted.state.state).toBe('halted')
})

describe('fault table', () => {
  it('row 44: stops when failures reach the threshold, and leaves the next group alone', async () => {
    const { id } = await propose()
    const back = { state: 'rolled-back', by: 'K. Novak', reason: 'scrap went up', ms: 4 }
    await fleet.report('mill-1', { running: slot('1.0.0'), staged: slot('1.1.0', back) })
    await succeed('press-1')
    await tick()
    expect((await detail(id)).state.state).toBe('running')
    await fleet.report('press-1', {
      running: slot('1.0.0'),
      staged: slot('1.1.0', { state: 'refused', reason: 'golden vectors differ' }),
    })
    fleet.clock.ms += 30 * minute
    await tick()
    const { state, groups, failures } = await detail(id)
    expect(state).toMatchObject({ state: 'halted', group: 0, reason: expect.stringContaining('2 refused') })
    expect(groups[1]).toMatchObject({ state: 'wait', chosenAt: null })
    expect(await assigned('cork')).toEqual(['press-1'])
    expect(failures).toEqual([
      { state: 'refused', reason: 'golden vectors differ', machines: 1 },
      { state: 'rolled-back', reason: 'scrap went up', machines: 1 },
    ])
    const { body } = await fleet.ask<{ items: object[] }>(
      'x:viewer',
      'GET',
      `/api/rollouts/${id}/machines?state=any-failed`,
    )
    expect(body.items[0]).toMatchObject({
      machine: 'mill-1',
      by: 'K. Novak',
      reason: 'scrap went up',
      running: '1.0.0',
    })

    // Resumed by somebody who knows of them: these two no longer count, a third one does.
    expect((await act(id, 'resume', { reason: 'both were due for repair' })).body.state.state).toBe('running')
    await tick()
    expect((await detail(id)).state).toMatchObject({ state: 'running', group: 0 })
  })

  it.each([
    { maxFailures: '2' },
    { maxFailureShare: 'NaN' },
    { soakMin: null },
    { minimumN: '1' },
    { maxFailureShare: -0.1 },
    { alertsAgainst: { percent: '20 %', minimumReadings: 10 } },
  ])('row 45: refuses %o at the door', async (wrong) => {
    const groups = [{ name: 'All', choose: {}, gate: { ...gate, ...wrong } }]
    const { status, body } = await fleet.ask(publisher, 'POST', '/api/rollouts', { ...plan(), groups })
    expect([status, (body as { error: { code: string } }).error.code]).toEqual([400, 'request-invalid'])
  })

  it('row 46: waits for an empty group and for one that is wholly offline, and says so', async () => {
    const groups = [
      { name: 'Nobody', choose: { labels: ['no-such'] }, gate: { ...gate, soakMin: 0 } },
      { name: 'Canary', choose: { labels: ['canary'] }, gate },
    ]
    const { id } = await propose({ groups })
    fleet.clock.ms += 60 * minute
    await tick()
    const empty = await detail(id)
    expect(empty.state).toMatchObject({ state: 'running', group: 0 })
    expect(empty.groups[0]!.waitsFor.join()).toContain('no machine fits this group')
    expect((await act(id, 'skip', { reason: 'that line is closed' })).body.groups[0]).toMatchObject({
      ...{ state: 'skipped', skipped: { by: 'M. Sato', reason: 'that line is closed' } },
    })
    fleet.clock.ms += 61 * minute
    await tick()
    const offline = await detail(id)
    expect(offline.state).toMatchObject({ state: 'running', group: 1 })
    expect(offline.groups[1]).toMatchObject({ counts: { offline: 2 } })
    expect(offline.groups[1]!.waitsFor.join()).toContain('every machine of this group is offline')
  })
})

it('counts no machine that has fallen silent since', async () => {
  const { id } = await propose()
  await succeed('mill-1')
  await tick()
  fleet.clock.ms += 90 * minute
  await tick()
  expect((await detail(id)).state).toMatchObject({ state: 'running', group: 0 })
  await fleet.heard('mill-1')
  await tick()
  expect((await detail(id)).state).toMatchObject({ group: 1 })
})

it('asks two people, neither of whom proposed it', async () => {
  const groups = [
    { name: 'All', choose: { labels: ['canary'] }, gate: { ...gate, soakMin: 0, approvals: 2 } },
  ]
  const { id } = await propose({ groups, approvals: 1 }, 'M. Sato:admin')
  expect(await fleet.checks()).toEqual([])
  const refused = async (by: string, group: number | null) =>
    (await act(id, 'approve', { group }, by)).body.error?.message
  expect(await refused('M. Sato:admin', null)).toContain('proposed')
  // Another account of the same person, and the token that any of them may hold, are no further people.
  expect(await refused('m. SATO:approver', null)).toContain('proposed')
  expect(await refused('admin:approver', null)).toContain('nobody in particular')
  expect((await act(id, 'approve', { group: null }, 'P. Roy:publisher')).status).toBe(403)
  expect((await act(id, 'approve', { group: null }, 'A. Lind:approver')).body.state.state).toBe('running')
  expect(await fleet.checks()).toEqual(['mill-1', 'press-1'])
  await succeed('mill-1')
  await tick()
  expect((await detail(id)).state).toMatchObject({ step: 'gate' })
  await act(id, 'approve', { group: 0 }, 'A. Lind:approver')
  expect(await refused('A. Lind:approver', 0)).toContain('already')
  expect(await refused('a. lind:approver', 0)).toContain('already')
  expect(await refused('admin:approver', 0)).toContain('nobody in particular')
  expect((await act(id, 'skip', { reason: 'quick' })).body.error?.code).toBe('rollout-refused')
  expect((await act(id, 'approve', { group: 0 }, 'B. Ode:approver')).body.state.state).toBe('done')
})

it('assigns nothing while it is paused', async () => {
  const { id } = await propose()
  await act(id, 'pause', { reason: 'audit' })
  await succeed('mill-1')
  await succeed('press-1')
  fleet.clock.ms += 20 * minute
  await tick()
  expect(await assigned('brno')).toEqual(['mill-1'])
  expect((await act(id, 'resume', { reason: 'over' })).body.state.state).toBe('running')
  fleet.clock.ms += 10 * minute
  await fleet.heard('mill-1')
  await tick()
  expect(await assigned('brno')).toEqual(names.slice(0, 3))
})

it('aborts: who does not run it yet gets back what was said before; who does stays, unless it is asked back', async () => {
  const first = await propose({ groups: [{ name: 'All', choose: {}, gate: { ...gate, minimumN: 6 } }] })
  await succeed('mill-1')
  await tick()
  const { body } = await act(first.id, 'abort', { reason: 'wrong thresholds' })
  expect(body.state).toMatchObject({ state: 'aborted', takeBack: false, settled: true })
  expect(await fleet.said('brno')).toEqual({ [model]: '1.1.0' })
  expect([await fleet.state(first.id, 'mill-1'), await fleet.state(first.id, 'mill-2')]).toEqual([
    'succeeded',
    'taken-back',
  ])

  // A downgrade: newer metadata, older bytes; taken back to what ran before.
  const second = await propose({
    version: '1.2.0',
    groups: [{ name: 'One', choose: { devices: [fleet.machines.get('mill-1')!.device] }, gate }],
  })
  await succeed('mill-1', '1.2.0')
  await tick()
  await act(second.id, 'abort', { reason: 'worse', takeBack: true })
  expect(await fleet.said('brno')).toEqual({ [model]: '1.1.0' })
})

it('lets one rollout of a model be open, and knows what can be seen to fail beforehand', async () => {
  await propose()
  const again = await fleet.ask(publisher, 'POST', '/api/rollouts', plan({ version: '1.2.0' }))
  expect([again.status, (again.body as { error: { code: string } }).error.code]).toEqual([
    409,
    'rollout-refused',
  ])
  const unknown = await fleet.ask(publisher, 'POST', '/api/rollouts', plan({ version: '9.9.9' }))
  expect(unknown.status).toBe(409)
  const other = await fleet.ask(publisher, 'POST', '/api/rollouts', plan({ digest: '0'.repeat(64) }))
  expect((other.body as { error: { code: string } }).error.code).toBe('rollout-refused')
})

it('begins a group that nobody fitted with the first machine that does, and says where a gate asks for more than there are', async () => {
  const groups = [{ name: 'Late', choose: { labels: ['late'] }, gate: { ...gate, minimumN: 2 } }]
  const { id } = await propose({ groups })
  await tick()
  expect((await detail(id)).groups[0]).toMatchObject({ machines: 0 })
  await fleet.add('late-1', 'brno', ['late'])
  await fleet.report('late-1', { running: slot('1.0.0') })
  await tick()
  await tick()
  expect((await fleet.said('brno'))[fleet.entry('late-1')]).toBe('1.1.0')
  expect((await detail(id)).groups[0]!.waitsFor.join()).toContain(
    'its gate asks for 2 machines, and 1 are in it',
  )
})
