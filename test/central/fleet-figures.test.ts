import { afterAll, beforeAll, expect, it } from 'vitest'
import { watchFleet } from '#central/server/fleet-figures.ts'
import { Metrics } from '#central/server/metrics.ts'
import { type FeedbackSite, feedbackSite, movedEvent, raisedEvent } from '#support/central/feedback-site.ts'
import { alert, startMs } from '../integration/journal/fixture.ts'

let site: FeedbackSite
beforeAll(async () => {
  site = await feedbackSite()
})
afterAll(() => site.remove())

it('tells how the fleet stands, looked at every few seconds at most', async () => {
  const metrics = new Metrics()
  const base = { ...site.base, metrics }
  const watch = { nowMs: 0, heardUntilMs: -1, outageMs: 0, steadyAfterMs: 45_000, clockLimitMs: 60_000 }
  watchFleet(base, () => ({ ...watch, nowMs: site.clock.ms }))
  const told = async () =>
    Object.fromEntries(
      (await metrics.text())
        .split('\n')
        .filter((line) => /^edgewright_central_/.test(line))
        .map((line): [string, number] => [
          line.slice('edgewright_central_'.length, line.lastIndexOf(' ')),
          Number(line.slice(line.lastIndexOf(' ') + 1).replace('Nan', 'NaN')),
        ]),
    )
  const nothing = { rollouts_open: 0, reviews_waiting: 0 }
  expect(await told()).toEqual({
    ...nothing,
    ...{ 'deliveries{state="waiting"}': 0, 'deliveries{state="dead"}': 0 },
    countersignature_age_seconds: Number.NaN,
  })

  const { db } = site.base
  const one = await site.machine('press 4')
  const two = await site.machine('press 5')
  await site.machine('press 6')
  const at = new Date(site.clock.ms)
  await db.updateTable('devices').set({ last_seen: at }).where('id', '=', one.id).execute()
  await db.updateTable('devices').set({ state: 'revoked' }).where('id', '=', two.id).execute()
  const raised = alert('a-1', { readingId: 'r-1' })
  await site.arrive(one, [raisedEvent(raised), movedEvent(raised, 'feedback', startMs, { answer: 'unsure' })])
  const delivery = { id: 'm-1', kind: 'x', body: '{}', created_at: at, since: at, mail_to: 'a@b.example' }
  await db
    .insertInto('deliveries')
    .values([delivery, { ...delivery, id: 'm-2', state: 'dead' }, { ...delivery, id: 'm-3', state: 'dead' }])
    .execute()
  await db
    .insertInto('checkpoints')
    .values({
      ...{
        device_id: one.id,
        counter: 1,
        epoch: '01890a5d-ac96-774b-bcce-b302099a8057',
        at,
        received: at,
        kept: '{}',
        countersignature: '{}',
      },
    })
    .execute()
  site.clock.ms += 1_000
  expect(await told()).toMatchObject(nothing) // as it was a second ago
  site.clock.ms += 9_000
  expect(await told()).toEqual({
    'machines{state="enrolled",presence="online"}': 1,
    'machines{state="enrolled",presence="never"}': 1,
    'machines{state="revoked",presence=""}': 1,
    ...{ rollouts_open: 0, reviews_waiting: 1 },
    ...{ 'deliveries{state="waiting"}': 1, 'deliveries{state="dead"}': 2 },
    countersignature_age_seconds: 10,
  })
})
