import { join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import type { SigningKey } from '#central/registry/key.ts'
import { openRepository } from '#central/registry/repository.ts'
import { settle } from '#central/registry/settle.ts'
import type { RolloutDetail, RolloutPlanInput } from '#core/contracts/rollout.ts'
import {
  digestOf,
  minute,
  model,
  type RolloutFleet,
  rolloutFleet,
  slot,
} from '#support/central/rollout-fleet.ts'

/** Kills, keys that central lacks, and alerts that rise. */
let fleet: RolloutFleet
const names = ['mill-1', 'mill-2', 'press-1']
const publisher = 'M. Sato:publisher'
const gate = { soakMin: 10, minimumN: 1, maxFailures: 2 }

beforeAll(async () => {
  fleet = await rolloutFleet()
  for (const name of names) {
    await fleet.add(name, name.startsWith('mill') ? 'brno' : 'cork', name.endsWith('1') ? ['canary'] : [])
    await fleet.report(name, { running: slot('1.0.0') })
  }
})
afterAll(() => fleet.remove())
afterEach(async () => {
  const { body } = await fleet.ask<{ items: RolloutDetail[] }>('x:viewer', 'GET', '/api/rollouts?open=true')
  for (const { id } of body.items) await fleet.rollouts.abort(id, 'test', 'over', false)
  for (const name of names) await fleet.report(name, { running: slot('1.0.0') })
  await fleet.db.updateTable('devices').set({ check_updates: false }).execute()
})

const propose = async (version: string, more: Partial<RolloutPlanInput> = {}) => {
  const groups = [{ name: 'Canary', choose: { labels: ['canary'] }, gate }]
  const plan = { model, version, reason: 'fewer false alarms', groups, ...more }
  return (await fleet.ask<RolloutDetail>(publisher, 'POST', '/api/rollouts', plan)).body
}
const detail = async (id: number) =>
  (await fleet.ask<RolloutDetail>('x:viewer', 'GET', `/api/rollouts/${id}`)).body
const act = (id: number, what: string, body: object) =>
  fleet.ask<RolloutDetail>(publisher, 'POST', `/api/rollouts/${id}/${what}`, body)
const succeed = (name: string, version: string) => fleet.report(name, { running: slot(version) })
const tick = () => fleet.rollouts.tick()

it('converges after a kill between what is signed and what is recorded of it', async () => {
  const { desk } = fleet.rollouts.parts
  const apply = desk.apply.bind(desk)
  desk.apply = async (entries) => {
    await apply(entries)
    throw new Error('killed')
  }
  const { id, state } = await propose('1.1.0')
  expect(state).toMatchObject({ step: 'assigning' })
  expect([await fleet.said('brno'), await fleet.state(id, 'mill-1')]).toEqual([
    { [fleet.entry('mill-1')]: '1.1.0' },
    'chosen',
  ])
  expect((await detail(id)).groups[0]!.waitsFor).toContain('killed')
  desk.apply = apply
  await tick()
  expect([await fleet.state(id, 'mill-1'), await fleet.checks()]).toEqual(['assigned', ['mill-1', 'press-1']])
})

it('waits for signatures of a site that central has no key of, while the others go on', async () => {
  const { desk } = fleet.rollouts.parts
  const all = [...desk.keys]
  ;(desk.keys as SigningKey[]).splice(0, all.length, ...all.filter(({ owner }) => !owner.includes('cork')))
  const { id, signing, groups } = await propose('1.2.0')
  expect(signing).toMatchObject([
    { role: 'site-cork', hint: expect.stringContaining('edgewright repo export') },
  ])
  expect(groups[0]).toMatchObject({ counts: { assigned: 1, chosen: 1 } })
  await succeed('mill-1', '1.2.0')
  fleet.clock.ms += 20 * minute
  await tick()
  expect((await detail(id)).state).toMatchObject({ group: 0, step: 'assigning' })
  expect((await act(id, 'skip', { reason: 'no time' })).status).toBe(409)
  // Somebody signs what was exported; central brings it live, and the rollout goes on by itself.
  const pending = await openRepository(join(fleet.dataDir, 'repository'))
  await settle(pending, { keys: [fleet.keys['site-cork']!], nowMs: fleet.clock.ms })
  await fleet.area.tick?.()
  expect(await fleet.state(id, 'press-1')).toBe('assigned')
  ;(desk.keys as SigningKey[]).splice(0, all.length, ...all)
})

it('compares alerts with what ran on the same machines before', async () => {
  const against = { percent: 20, minimumReadings: 100 }
  const groups = [
    { name: 'Canary', choose: { labels: ['canary'] }, gate: { ...gate, alertsAgainst: against } },
  ]
  const hour = (machine: string, version: string, readings: number, alert: number) => ({
    ...{ device_id: fleet.machines.get(machine)!.id, model, version, digest: digestOf(version) },
    ...{
      hour: new Date(fleet.clock.ms - 2 * 60 * minute),
      newest: new Date(fleet.clock.ms),
      windows: 1,
      readings,
      alert,
    },
    ...{ normal: readings - alert, abstain: 0, rejected: 0, by_rules: 0, marked: 0, alerts_raised: alert },
    ...{ answers: sql`'{}'::jsonb` as never, latency: sql`'{}'::jsonb` as never },
  })
  await fleet.db
    .insertInto('metric_hours')
    .values([hour('mill-1', '1.0.0', 1000, 100), hour('mill-2', '1.0.0', 1000, 900)])
    .execute()
  const { id } = await propose('1.3.0', { groups })
  await succeed('mill-1', '1.3.0')
  fleet.clock.ms += 11 * minute
  await tick()
  fleet.clock.ms += 11 * minute
  await tick()
  expect((await detail(id)).groups[0]!.waitsFor.join()).toContain('too few readings')
  await fleet.db
    .insertInto('metric_hours')
    .values(hour('mill-1', '1.3.0', 100, 12))
    .execute()
  fleet.clock.ms += minute
  await tick()
  expect((await detail(id)).state).toMatchObject({
    state: 'halted',
    reason: expect.stringContaining('+20.0 %'),
  })
  await act(id, 'resume', { reason: 'it finds what was missed' })
  await tick()
  expect((await detail(id)).state.state).toBe('done')
  await fleet.db.deleteFrom('metric_hours').execute()
})
