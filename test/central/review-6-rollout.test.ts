import { afterAll, beforeAll, expect, it } from 'vitest'
import { keepOutcomes } from '#central/store/rollout-machines.ts'
import type { RolloutDetail } from '#core/contracts/rollout.ts'
import { digestOf, model, type RolloutFleet, rolloutFleet, slot } from '#support/central/rollout-fleet.ts'

let fleet: RolloutFleet
const names = ['a', 'b', 'c']
beforeAll(async () => {
  fleet = await rolloutFleet({ sites: ['brno'] })
  for (const name of names) await fleet.add(name, 'brno')
  for (const name of names) await fleet.report(name, { running: slot('1.0.0') })
})
afterAll(() => fleet.remove())

const detail = async (id: number) =>
  (await fleet.ask<RolloutDetail>('x:viewer', 'GET', `/api/rollouts/${id}`)).body
const states = async (id: number) => (await detail(id)).groups[0]!.counts

it('forgets no failure because a newer report does not mention it, and lets no older look undo a newer one', async () => {
  const { body } = await fleet.ask<RolloutDetail>('M. Sato:publisher', 'POST', '/api/rollouts', {
    ...{ model, version: '1.1.0', reason: 'fewer false alarms' },
    groups: [{ name: 'All', choose: {}, gate: { soakMin: 10, minimumN: 1, maxFailures: 2 } }],
  })
  const { id } = body
  const bad = slot('1.1.0', { state: 'rolled-back', by: 'guardrail false-alarms', reason: 'too many' })
  await fleet.report('a', { running: slot('1.0.0'), staged: bad })
  await fleet.rollouts.tick()
  expect(await states(id)).toMatchObject({ 'rolled-back': 1 })
  // A technician brought another version there: of this one nothing is said any more.
  await fleet.report('a', { running: slot('1.0.0') })
  await fleet.rollouts.tick()
  expect(await states(id)).toMatchObject({ 'rolled-back': 1 })
  // Somebody looked before that report came, and writes what was seen only now.
  const a = fleet.machines.get('a')!.id
  await keepOutcomes(fleet.db, id, new Date(fleet.clock.ms), [
    {
      id: a,
      state: 'succeeded',
      reason: null,
      by: null,
      seenAt: new Date(fleet.clock.ms - 60_000),
      changed: true,
    },
  ])
  expect(await states(id)).toMatchObject({ 'rolled-back': 1 })
  // What the machine itself says of it counts, of course.
  await fleet.report('a', { running: slot('1.1.0') })
  await fleet.rollouts.tick()
  expect(await states(id)).toMatchObject({ succeeded: 1 })
  await fleet.report('a', { running: slot('1.0.0'), staged: bad })
  await fleet.report('b', { running: slot('1.0.0'), staged: bad })
  await fleet.rollouts.tick()
  expect((await detail(id)).state.state).toBe('halted')
  expect(digestOf('1.1.0')).toBe((await detail(id)).digest)
})
