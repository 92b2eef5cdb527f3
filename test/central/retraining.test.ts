import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createFeedback } from '#central/feedback/area.ts'
import { createNotify } from '#central/notify/area.ts'
import { signature } from '#central/notify/sign.ts'
import * as byHand from '#cli/retraining.ts'
import type { Delivery, Hook } from '#core/contracts/hooks.ts'
import type { Retraining, Schedule } from '#core/contracts/retraining.ts'
import { type FeedbackSite, feedbackSite, onLoopback } from '#support/central/feedback-site.ts'

let site: FeedbackSite
const dayMs = 24 * 60 * 60_000
beforeAll(async () => {
  site = await feedbackSite()
})
afterAll(() => site.remove())

const ask = async <T = Retraining>(method: string, path: string, body?: unknown) =>
  site.ask<T>(method, `/api/retraining${path}`, body)
const listed = async (query: string) => (await ask<{ items: Retraining[] }>('GET', `?${query}`)).body.items
const firing = (model: string, value: number, version = '1.2.0') => ({
  ...{ id: model, version, guardrail: 'disagreement', metric: 'disagreement', value, limit: 0.3, n: 20 },
  ...{ window: { from: '2026-11-01T06:00:00Z', to: '2026-11-02T06:00:00Z' }, action: 'request-retraining' },
  decidedBy: { name: 'Quality', contact: 'quality@plant.example' },
})

describe('a retraining request', () => {
  it('is one for each guardrail and version, however often and wherever it fires', async () => {
    const [a, b] = [await site.machine('one'), await site.machine('two', { site: 'plant-2' })]
    const fire = (device: typeof a, value: number, version?: string) =>
      site.arrive(device, [{ kind: 'retraining.requested', body: firing('pump', value, version) }])
    await fire(a, 0.4)
    await fire(b, 0.5)
    const items = await listed('model=pump&state=unfinished')
    expect(items).toMatchObject([
      {
        ...{
          version: '1.2.0',
          state: 'open',
          owner: { name: 'Quality', from: 'alert' },
          requestedBy: 'one (plant-1)',
        },
        cause: {
          ...{ kind: 'guardrail', guardrail: 'disagreement', times: 2 },
          firings: [
            { machine: 'two', site: 'plant-2', value: 0.5, limit: 0.3, n: 20 },
            { machine: 'one', value: 0.4 },
          ],
        },
      },
    ])
    await fire(a, 0.4, '1.3.0')
    await ask('POST', `/${items[0]!.id}`, { state: 'done', result: '1.3.0' })
    await fire(a, 0.6)
    expect(await listed('model=pump')).toMatchObject([
      { version: '1.2.0' },
      { version: '1.3.0' },
      { state: 'done' },
    ])
  })

  it('goes from open over in progress to done, and then stays so', async () => {
    const { status, body } = await ask('POST', '', {
      model: 'oven',
      reason: 'new alloy',
      due: '2026-12-01T00:00:00Z',
    })
    expect([status, body.state, body.cause]).toEqual([201, 'open', { kind: 'person', reason: 'new alloy' }])
    const link = 'https://tickets.example/7'
    const taken = await ask('POST', `/${body.id}`, {
      state: 'in-progress',
      owner: 'R. Diaz',
      link,
      note: 'started',
    })
    expect(taken.body).toMatchObject({
      state: 'in-progress',
      owner: { name: 'R. Diaz', from: 'central' },
      link,
    })
    expect((await ask('POST', `/${body.id}`, { result: '2.0.0' })).status).toBe(400)
    await ask('POST', `/${body.id}`, { state: 'done', result: '2.0.0' })
    expect((await ask('POST', `/${body.id}`, { state: 'open' })).status).toBe(400)
    expect((await ask('GET', `/${body.id}`)).body).toMatchObject({
      ...{ state: 'done', result: '2.0.0', due: '2026-12-01T00:00:00.000Z' },
      history: [
        { text: 'requested', by: 'admin' },
        { text: `in-progress; owner: R. Diaz; link: ${link}; started` },
        { text: 'done; result: version 2.0.0' },
      ],
    })
    expect((await ask('GET', '/999999')).status).toBe(404)
  })

  it('of a program is added to while it is unfinished', async () => {
    const asked = (figures: object) =>
      ask('POST', '', { model: 'lathe', source: 'drift', reason: 'psi', figures })
    const [first, second] = [(await asked({ psi: 0.3 })).body, (await asked({ psi: 0.4, n: 9 })).body]
    expect(second.id).toBe(first.id)
    expect(second.cause).toMatchObject({ kind: 'event', source: 'drift', figures: { psi: 0.4, n: 9 } })
  })

  it('comes by schedule, once where several times were missed, and not while one is unfinished', async () => {
    expect((await ask('PUT', '/schedules/press', { everyDays: 7 })).status).toBe(204)
    const { body } = await ask<{ schedules: Schedule[] }>('GET', '/schedules')
    const startMs = site.clock.ms
    expect(body.schedules).toMatchObject([
      { model: 'press', nextAt: new Date(startMs + 7 * dayMs).toISOString() },
    ])
    const clock = { ms: startMs }
    const base = { ...site.base, now: () => clock.ms }
    const tickAt = async (days: number) => {
      clock.ms = startMs + days * dayMs
      await createFeedback(base, createNotify(base, onLoopback).notifier).tick!()
      return (await listed('model=press')).length
    }
    expect([await tickAt(6), await tickAt(7), await tickAt(15)]).toEqual([0, 1, 1])
    const [request] = await listed('model=press')
    expect(request).toMatchObject({ cause: { kind: 'schedule', everyDays: 7 }, requestedBy: 'schedule' })
    await ask('POST', `/${request!.id}`, { state: 'declined', note: 'no new data' })
    expect([await tickAt(16), await tickAt(35)]).toEqual([1, 2])
    await ask('PUT', '/schedules/press', { everyDays: null })
    expect((await ask<{ schedules: Schedule[] }>('GET', '/schedules')).body.schedules).toEqual([])
  })

  it('is listed, taken and done from the command line', async () => {
    const said: string[] = []
    const io = {
      ...{ env: { EDGEWRIGHT_TOKEN: site.token }, note: () => undefined, json: false },
      print: (text: string) => void said.push(text),
    }
    const where = { central: site.url }
    const { id } = await byHand.ask(io, 'saw', { ...where, reason: 'new blades', due: '2026-12-24' })
    await byHand.change(io, id, 'in-progress', { ...where, owner: 'R. Diaz' })
    await byHand.list(io, { ...where, model: 'saw' })
    expect(said.at(-1)).toMatch(/in-progress +saw +new blades · R\. Diaz · due 2026-12-24$/)
    await byHand.change(io, id, 'done', { ...where, result: '2.0.0' })
    expect((await byHand.list(io, { ...where, model: 'saw' })).requests).toEqual([])
    expect((await byHand.list(io, { ...where, model: 'saw', all: true })).requests).toMatchObject([{ id }])
  })

  it('comes by a signed webhook, once for each message', async () => {
    const path = '/api/retraining/inboxes'
    const inbox = (await site.ask<{ id: number; secret: string }>('POST', path, { name: 'data platform' }))
      .body
    const body = JSON.stringify({ model: 'mill', reason: 'psi above limit', figures: { psi: 0.31 } })
    const send = async (id: string, text = body, secret = inbox.secret) => {
      const timestamp = String(Math.floor(site.clock.ms / 1000))
      const headers = {
        ...{ 'content-type': 'application/json', 'webhook-id': id, 'webhook-timestamp': timestamp },
        'webhook-signature': signature({ id, timestamp, body }, secret),
      }
      return (await fetch(`${site.url}${path}/${inbox.id}/messages`, { method: 'POST', headers, body: text }))
        .status
    }
    expect([await send('m-1'), await send('m-1'), await send('m-2')]).toEqual([204, 204, 204])
    expect(await listed('model=mill')).toMatchObject([
      {
        ...{
          requestedBy: 'data platform',
          cause: { kind: 'event', source: 'data platform', figures: { psi: 0.31 } },
        },
        history: [{ text: 'requested' }, { text: 'asked again: psi above limit' }],
      },
    ])
    expect([await send('m-3', `${body} `), await send('m-4', body, 'whsec_AAAA')]).toEqual([401, 401])
    expect(JSON.stringify((await site.ask('GET', path)).body)).not.toContain(inbox.secret)
    await site.ask('DELETE', `${path}/${inbox.id}`)
    expect(await send('m-5')).toBe(401)
  })

  it('tells hooks that want to know', async () => {
    const kinds = ['retraining.requested', 'retraining.changed']
    const url = 'https://192.0.2.1/tickets'
    const hook = (await site.ask<Hook>('POST', '/api/hooks', { url, kinds })).body
    const { body } = await ask('POST', '', { model: 'told', reason: 'why' })
    await ask('POST', `/${body.id}`, { state: 'in-progress' })
    const { items } = (await site.ask<{ items: Delivery[] }>('GET', `/api/deliveries?hook=${hook.id}`)).body
    expect(items.map(({ kind }) => kind)).toEqual(kinds.toReversed())
    await site.ask('DELETE', `/api/hooks/${hook.id}`)
  })
})
