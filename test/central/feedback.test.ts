import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openAlerts } from '#central/store/feedback-alerts.ts'
import type { AlarmFigures, FleetAlert, GuardrailFiring } from '#core/contracts/fleet-alerts.ts'
import type { FeedbackFigures, ReviewItem } from '#core/contracts/review.ts'
import { type FeedbackSite, feedbackSite, movedEvent, raisedEvent } from '#support/central/feedback-site.ts'
import { alert, startMs } from '../integration/journal/records.ts'

let site: FeedbackSite
const minuteMs = 60_000
const iso = (ms: number) => new Date(ms).toISOString()
const raisedAt = (id: string, ms: number, change: Parameters<typeof alert>[1] = {}) =>
  alert(id, { raisedAt: iso(ms), respondBy: iso(ms + 10 * minuteMs), readingId: `r-${id}`, ...change })

beforeAll(async () => {
  site = await feedbackSite()
})
afterAll(() => site.remove())

const alerts = async (query: string) =>
  (await site.ask<{ items: FleetAlert[]; next: string | null }>('GET', `/api/alerts?${query}`)).body
const answers = async (query: string) =>
  (await site.ask<{ items: ReviewItem[]; next: string | null }>('GET', `/api/feedback?${query}`)).body

describe('alerts of the fleet', () => {
  it('stand as the machine says, with who acknowledged them', async () => {
    const press = await site.machine('alerts-1')
    const [a, b] = [raisedAt('a', startMs), raisedAt('b', startMs, { priority: 'low' })]
    await site.arrive(press, [raisedEvent(a), raisedEvent(b)])
    expect(await openAlerts(site.base.db, [press.id])).toEqual(
      new Map([[press.id, { high: 1, medium: 0, low: 1, shelved: 0 }]]),
    )
    await site.arrive(press, [
      movedEvent(a, 'acknowledged', startMs + minuteMs, { to: 'acknowledged' }),
      movedEvent(b, 'shelved', startMs + minuteMs, { to: 'shelved', minutes: 15 }),
      movedEvent(a, 'cleared', startMs + 2 * minuteMs, { to: 'normal' }, 'runtime'),
    ])
    const { items } = await alerts(`device=${press.device}`)
    expect(items).toMatchObject([
      { id: 'b', state: 'shelved', shelvedUntil: iso(startMs + 16 * minuteMs), machine: 'alerts-1' },
      {
        ...{ id: 'a', state: 'normal', acknowledgedBy: 'M. Sato', acknowledgedAt: iso(startMs + minuteMs) },
        ...{ clearedAt: iso(startMs + 2 * minuteMs), owner: { name: 'maintenance', from: 'alert' } },
      },
    ])
    expect((await alerts(`device=${press.device}&state=open`)).items.map(({ id }) => id)).toEqual(['b'])
    await site.arrive(press, [
      movedEvent(b, 'unshelved-active', startMs + 16 * minuteMs, { to: 'unacknowledged' }, 'runtime'),
    ])
    expect((await alerts(`device=${press.device}&state=unacknowledged`)).items).toMatchObject([
      { id: 'b', shelvedUntil: null, respondBy: iso(startMs + 26 * minuteMs) },
    ])
  })

  it('that come back are as new, and stay one', async () => {
    const press = await site.machine('alerts-2')
    const a = raisedAt('again', startMs)
    await site.arrive(press, [
      raisedEvent(a),
      movedEvent(a, 'acknowledged', startMs, { to: 'acknowledged' }),
      movedEvent(a, 'feedback', startMs, { answer: 'false' }),
      raisedEvent(raisedAt('again', startMs + minuteMs, { readingId: 'r-2' })),
      movedEvent(a, 'feedback', startMs + minuteMs, { answer: 'real-acted', readingId: 'r-2' }),
    ])
    expect((await alerts(`device=${press.device}`)).items).toMatchObject([
      { state: 'unacknowledged', acknowledgedBy: null, answer: 'real-acted', readingId: 'r-2' },
    ])
    // Each raising that was answered is an example of its own.
    expect((await answers(`device=${press.device}`)).items.map(({ answer }) => answer)).toEqual([
      ...['real-acted', 'false'],
    ])
  })

  it('are told of where they are not understood, and hold up nothing', async () => {
    const press = await site.machine('alerts-3')
    const long = 'x'.repeat(5000)
    const told = await site.arrive(press, [
      { kind: 'alert.raised', body: null },
      { kind: 'alert.raised', body: { alertId: long, alert: raisedAt(long, startMs) } },
      { kind: 'alert.acknowledged', body: { alertId: 'nobody-knows' } },
      { kind: 'alert.some-day', body: { alertId: 'nobody-knows' } },
      { kind: 'feedback.example', body: { alertId: 'x' } },
      { kind: 'guardrail.fired', body: [] },
      raisedEvent(raisedAt('fine', 8e15, { title: 'a\u0000b', asset: 'p\u0000\ud800' })),
      raisedEvent(raisedAt('no-asset', startMs, { asset: '' })),
    ])
    expect(told).toHaveLength(6)
    expect((await alerts(`device=${press.device}`)).items).toMatchObject([
      { id: 'no-asset', asset: null },
      { id: 'fine', asset: 'p\ufffd\ufffd', title: 'a\u0000b', raisedAt: '9999-12-31T23:59:59.000Z' },
    ])
  })

  it('come in pages', async () => {
    const press = await site.machine('alerts-4')
    await site.arrive(
      press,
      Array.from({ length: 5 }, (_, i) => raisedEvent(raisedAt(`p-${i}`, startMs))),
    )
    const first = await alerts(`device=${press.device}&limit=3`)
    const second = await alerts(`device=${press.device}&limit=3&cursor=${first.next}`)
    expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(['p-4', 'p-3', 'p-2', 'p-1', 'p-0'])
    expect(second.next).toBeNull()
    expect((await site.ask('GET', '/api/alerts?cursor=x')).status).toBe(400)
  })
})

describe('guardrails', () => {
  const firing = {
    ...{ id: 'machine-failure', version: '1.2.0', guardrail: 'errors', metric: 'error-rate', value: 0.4 },
    ...{ limit: 0.1, n: 50, window: { from: iso(startMs - 1), to: iso(startMs) }, action: 'rollback' },
    decidedBy: { name: 'Quality' },
  }
  const firings = async (query: string) =>
    (await site.ask<{ items: GuardrailFiring[] }>('GET', `/api/guardrails?${query}`)).body.items

  it('that fired are shown until they are over, with who decided', async () => {
    const press = await site.machine('guardrail-1')
    await site.arrive(press, [{ kind: 'guardrail.fired', timeMs: startMs, body: firing }])
    expect(await firings(`device=${press.device}`)).toMatchObject([
      { guardrail: 'errors', value: 0.4, limit: 0.1, n: 50, decidedBy: { name: 'Quality' }, clearedAt: null },
    ])
    await site.arrive(press, [{ kind: 'guardrail.cleared', timeMs: startMs + 1, body: firing }])
    expect(await firings(`device=${press.device}`)).toEqual([])
    expect(await firings(`device=${press.device}&state=all`)).toMatchObject([{ clearedAt: iso(startMs + 1) }])
  })

  it.each(['alert first', 'guardrail first'])(
    'are over with the version that they took back: %s',
    async (order) => {
      const press = await site.machine(`guardrail ${order}`)
      const raised = raisedAt('g', startMs, { rule: 'guardrail:errors', asset: 'machine-failure' })
      const ofAlert = [
        raisedEvent(raised),
        movedEvent(raised, 'cleared', startMs + 5, { to: 'returned-unacknowledged' }, 'runtime'),
        movedEvent(raised, 'feedback', startMs + 5, { answer: 'unsure' }),
      ]
      const ofGuardrail = [{ kind: 'guardrail.fired', timeMs: startMs, body: firing }]
      for (const events of order === 'alert first' ? [ofAlert, ofGuardrail] : [ofGuardrail, ofAlert])
        await site.arrive(press, events)
      expect(await firings(`device=${press.device}&state=all`)).toMatchObject([
        { clearedAt: iso(startMs + 5) },
      ])
      // About the model itself: there is nothing to train from.
      expect((await answers(`device=${press.device}`)).items).toEqual([])
    },
  )
})

describe('answers', () => {
  it('without an example say why, and open their review again when they change', async () => {
    const press = await site.machine('answers-1', { site: 'ward-2' })
    const a = raisedAt('ans', startMs)
    await site.arrive(press, [
      raisedEvent(a),
      movedEvent(a, 'feedback', startMs, { answer: 'unsure', note: 'hm' }),
    ])
    const [item] = (await answers(`device=${press.device}`)).items
    expect(item).toMatchObject({
      ...{ features: null, why: 'The machine sent no example with this answer.', note: 'hm', by: 'M. Sato' },
      review: { state: 'open' },
    })
    const review = await site.ask<ReviewItem>('POST', `/api/feedback/${item!.id}/review`, {
      state: 'accepted',
    })
    expect(review.body.review).toMatchObject({ state: 'accepted', reviewer: 'admin' })
    await site.arrive(press, [movedEvent(a, 'feedback', startMs + 1, { answer: 'unsure', note: 'sure now' })])
    expect((await answers(`device=${press.device}`)).items).toMatchObject([
      { id: item!.id, note: 'sure now', review: { state: 'accepted' } },
    ])
    await site.arrive(press, [movedEvent(a, 'feedback', startMs + 2, { answer: 'false' })])
    expect((await answers(`device=${press.device}&disagreement=true`)).items).toMatchObject([
      { id: item!.id, answer: 'false', review: { state: 'open', label: null } },
    ])
    expect((await site.ask('POST', '/api/feedback/999999/review', { state: 'accepted' })).status).toBe(404)
  })

  it('are counted, with how many were real', async () => {
    const press = await site.machine('answers-2', { site: 'ward-3' })
    for (const [i, answer] of ['real-acted', 'real-known', 'real-acted', 'false', 'unsure'].entries()) {
      const a = raisedAt(`n-${i}`, startMs)
      await site.arrive(press, [raisedEvent(a), movedEvent(a, 'feedback', startMs, { answer })])
    }
    const { body } = await site.ask<FeedbackFigures>('GET', '/api/feedback/figures?site=ward-3')
    expect(body.all).toMatchObject({ n: 5, answers: { 'real-acted': 2, false: 1, unsure: 1, 'bad-data': 0 } })
    expect(body.all.shareReal).toMatchObject({ value: 0.75, n: 4 })
    expect(body.reviews).toMatchObject({ open: 5, accepted: 0 })
    expect(body.groups).toMatchObject([{ model: 'machine-failure', version: '1.2.0', site: 'ward-3', n: 5 }])
  })
})

it('gives alarm figures', async () => {
  const press = await site.machine('figures-1', { site: 'figures' })
  await site.machine('figures-2', { site: 'figures' })
  const at = startMs - 3 * minuteMs * 10
  const many = Array.from({ length: 12 }, (_, i) =>
    raisedAt(`f-${i}`, at + i * 15_000, { asset: i < 8 ? 'x' : 'y', priority: i === 0 ? 'medium' : 'high' }),
  )
  await site.arrive(
    press,
    many.map((one) => raisedEvent(one)),
  )
  await site.arrive(press, [movedEvent(many[0]!, 'acknowledged', at + minuteMs, { to: 'acknowledged' })])
  const query = `site=figures&from=${iso(startMs - 60 * minuteMs)}&to=${iso(startMs)}`
  const { status, body } = await site.ask<AlarmFigures>('GET', `/api/alarm-figures?${query}`)
  expect(status).toBe(200)
  expect(body).toMatchObject({
    ...{ raised: 12, byPriority: { high: 11, medium: 1, low: 0 }, machines: { raising: 1, all: 2 } },
    ...{ per10Min: { mean: 1, peak: 12 }, floods: { count: 1, timeShare: 1 / 12, longestMin: 10 } },
    ...{ chattering: 2, stale: 0, answeredInTime: { share: 1 / 12, n: 12 } },
  })
  expect(body.worst).toMatchObject([
    { machine: 'figures-1', asset: 'x', count: 8, share: 8 / 12, title: 'Failure likely' },
    { asset: 'y', count: 4 },
  ])
  expect(
    (await site.ask('GET', `/api/alarm-figures?from=${iso(startMs)}&to=${iso(startMs - 1)}`)).status,
  ).toBe(400)
})
