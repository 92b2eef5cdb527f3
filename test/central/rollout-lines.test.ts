import { afterAll, beforeAll, expect, it } from 'vitest'
import { ownGroup } from '#core/contracts/fleet.ts'
import type { RolloutDetail } from '#core/contracts/rollout.ts'
import { model, type RolloutFleet, rolloutFleet, sha, slot } from '#support/central/rollout-fleet.ts'

/** What the signed files of sites say, and of whom: a site of its own for each test. */
let fleet: RolloutFleet
beforeAll(async () => {
  fleet = await rolloutFleet({ sites: ['brno', 'cork', 'gent', 'ulm'] })
})
afterAll(() => fleet.remove())

const gate = { soakMin: 0, minimumN: 1 }
const propose = async (version: string, groups: object[]) =>
  fleet.ask<RolloutDetail & { error?: { message: string; hint: string } }>(
    'M. Sato:publisher',
    'POST',
    '/api/rollouts',
    { model, version, reason: 'fewer false alarms', groups },
  )
const detail = async (id: number) =>
  (await fleet.ask<RolloutDetail>('x:viewer', 'GET', `/api/rollouts/${id}`)).body
const place = (name: string, set: { site?: string; state?: 'revoked'; why?: string }) =>
  fleet.db.updateTable('devices').set(set).where('id', '=', fleet.machines.get(name)!.id).execute()
const succeed = async (names: string[], version: string) => {
  for (const name of names) await fleet.report(name, { running: slot(version) })
  await fleet.rollouts.tick()
}
const numbered = (name: string, n: number) => Array.from({ length: n }, (_, k) => `${name}-${k + 1}`)

it('says once it is done what stands for all of a site, with a line for who differs, and none for who is gone', async () => {
  const mills = numbered('mill', 10)
  for (const name of mills) await fleet.add(name, 'brno')
  await fleet.add('old', 'brno')
  await fleet.report('old', { running: slot('1.0.0') })
  const only = { devices: ['old', 'mill-10'].map((name) => fleet.machines.get(name)!.device) }
  const { body: before } = await propose('1.0.0', [{ name: 'Old', choose: only, gate }])
  await succeed(['old', 'mill-10'], '1.0.0')
  expect((await detail(before.id)).state.state).toBe('done')

  const devices = mills.map((name) => fleet.machines.get(name)!.device)
  const { body } = await propose('1.1.0', [
    { name: 'Mills', choose: { devices }, gate: { ...gate, minimumN: 8 } },
  ])
  expect(Object.keys(await fleet.said('brno'))).toHaveLength(11)
  await place('mill-9', { state: 'revoked', why: 'stolen' })
  await succeed(mills.slice(0, 8), '1.1.0')
  expect((await detail(body.id)).state.state).toBe('done')
  expect(await fleet.said('brno')).toEqual({ [model]: '1.1.0', [fleet.entry('old')]: '1.0.0' })
})

it('follows no machine to another site: it leaves, with the reason, and the gate waits for the others', async () => {
  for (const name of ['lathe-1', 'lathe-2', 'lathe-3']) await fleet.add(name, 'cork')
  const { body } = await propose('1.1.0', [
    { name: 'All', choose: { sites: ['cork'] }, gate: { ...gate, maxFailureShare: 0.5 } },
  ])
  await fleet.heard('lathe-3')
  await place('lathe-1', { site: 'brno' })
  await place('lathe-2', { state: 'revoked', why: 'scrapped' })
  await fleet.rollouts.tick()
  const [group] = (await detail(body.id)).groups
  expect(group).toMatchObject({ machines: 1, counts: { assigned: 1, 'taken-back': 2 } })
  const { items } = (
    await fleet.ask<{ items: { machine: string; reason: string }[] }>(
      'x:viewer',
      'GET',
      `/api/rollouts/${body.id}/machines?state=taken-back`,
    )
  ).body
  expect(items.map(({ machine, reason }) => [machine, reason])).toEqual([
    ['lathe-1', 'it was moved from cork to brno'],
    ['lathe-2', 'it is revoked: scrapped'],
  ])
  // One failure of one machine is the whole of the group, not a third of it.
  const bad = slot('1.1.0', { state: 'refused', reason: 'golden vectors differ' })
  await fleet.report('lathe-3', { running: slot('1.0.0'), staged: bad })
  await fleet.rollouts.tick()
  expect((await detail(body.id)).state.state).toBe('halted')
  await fleet.rollouts.abort(body.id, 'test', 'over', false)
  expect(await fleet.said('cork')).toEqual({})
})

const crowd = (site: string, n: number) =>
  fleet.db
    .insertInto('devices')
    .values(
      numbered(site, n).map((name) => ({
        ...{ device: sha(name), public_key: sha(name), name, site, groups: [], labels: [] },
        ...{ state: 'enrolled' as const, enrolled_at: new Date(fleet.clock.ms) },
      })),
    )
    .execute()

it('says one line of a site that has more machines than lines, and takes it back as one', async () => {
  await crowd('gent', 1_200)
  const canary = { name: 'Canary', choose: { devices: [sha('gent-1')] }, gate }
  const rest = { name: 'Rest', choose: { sites: ['gent'] }, gate }
  const { body } = await propose('1.1.0', [canary, rest])
  expect(await fleet.said('gent')).toEqual({ [`${ownGroup(sha('gent-1'))}/${model}`]: '1.1.0' })
  await fleet.rollouts.skip(body.id, 'M. Sato', 'no time')
  expect(await fleet.said('gent')).toEqual({ [model]: '1.1.0' })
  expect((await detail(body.id)).groups[1]).toMatchObject({ counts: { offline: 1_199 } })
  await fleet.rollouts.abort(body.id, 'M. Sato', 'worse', true)
  expect(await fleet.said('gent')).toEqual({})
  expect((await detail(body.id)).state).toMatchObject({ state: 'aborted', settled: true })

  // More that run it, and stay, than there are lines: nothing is said of the site, and each keeps what it runs.
  const { body: again } = await propose('1.1.0', [rest])
  await fleet.db
    .updateTable('rollout_machines')
    .set({ state: 'succeeded' })
    .where('rollout_id', '=', again.id)
    .where('device_id', '>', fleet.machines.get('lathe-3')!.id + 100)
    .execute()
  expect(await fleet.said('gent')).toEqual({ [model]: '1.1.0' })
  await fleet.rollouts.abort(again.id, 'M. Sato', 'worse', false)
  expect(await fleet.said('gent')).toEqual({})
  expect((await detail(again.id)).groups[0]).toMatchObject({
    counts: { succeeded: 1_100, 'taken-back': 100 },
  })
})

it('refuses before anything is signed what would be more lines than a file holds', async () => {
  await crowd('ulm', 1_100)
  const most = numbered('ulm', 1_050).map(sha)
  const { status, body } = await propose('1.1.0', [{ name: 'Most', choose: { devices: most }, gate }])
  expect([status, body.error?.message]).toEqual([
    409,
    expect.stringContaining('ulm would have 1050 assignments'),
  ])
  expect(body.error?.hint).toContain('all of the site')
  expect(await fleet.said('ulm')).toEqual({})
})
