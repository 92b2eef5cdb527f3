import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Alert } from '#core/contracts/alert.ts'
import { alertSchema } from '#core/contracts/alert.ts'
import { type AlertsPage, statusSchema } from '#core/contracts/api.ts'
import { type Decision, decisionSchema } from '#core/contracts/decision.ts'
import type { ErrorBody } from '#core/contracts/errors.ts'
import { startTestEdge, type TestEdge } from '#support/edge.ts'
import { ruleOf } from '#support/manifest.ts'
import { logistic } from '#support/models.ts'
import { installOn, packaged } from '#support/package.ts'

let edge: TestEdge
beforeAll(async () => {
  edge = await startTestEdge()
  const bytes = await packaged({
    id: 'pump',
    model: logistic({ weights: [4, 0], bias: 0 }),
    features: ['flow', 'pressure'],
    edit: (manifest) => {
      manifest.decision.alerts = [
        ruleOf({
          id: 'blocked',
          title: { en: 'blocked', de: 'verstopft' },
          escalateTo: { name: 'M. Keller' },
        }),
      ]
    },
  })
  await installOn(edge, bytes)
})
afterAll(() => edge.remove())

/** flow 2 → probability .9997, flow −2 → .0003. */
const send = (asset: string, flow: number) =>
  edge.client.json<Decision>('POST', '/api/models/pump/readings', {
    asset,
    time: new Date().toISOString(),
    values: { flow, pressure: 0 },
  })
const act = (id: string, what: string, body: object = {}) =>
  edge.client.json<Alert>('POST', `/api/alerts/${id}/${what}`, body)
const list = (query: string) => edge.client.json<AlertsPage>('GET', `/api/alerts?${query}`)

describe('from a reading to an answered alert', () => {
  it('raises, is acknowledged, acted on, answered, clears, and is remembered', async () => {
    const decision = decisionSchema.parse(await send('pump-1', 2))
    expect(decision.verdict).toBe('alert')
    expect(decision.explanation?.text).toContain('Flow')

    const { alerts } = await list('state=unacknowledged&asset=pump-1')
    const alert = alertSchema.parse(alerts[0])
    expect(alert).toMatchObject({
      id: decision.alertId,
      rule: 'blocked',
      priority: 'high',
      readingId: decision.readingId,
      trackRecord: { real: 0, answered: 0 },
    })
    expect(alert.contributions[0]).toMatchObject({ feature: 'flow', value: 2, side: 'higher' })

    expect(await act(alert.id, 'acknowledge')).toMatchObject({
      state: 'acknowledged',
      acknowledgedBy: 'admin',
    })
    expect(await act(alert.id, 'done')).toMatchObject({
      state: 'acknowledged',
      actionDoneAt: expect.any(String),
    })
    expect(await act(alert.id, 'feedback', { answer: 'real-acted', note: 'filter changed' })).toMatchObject({
      feedback: { answer: 'real-acted', note: 'filter changed' },
    })
    expect((await send('pump-1', -2)).verdict).toBe('normal')
    expect(await edge.client.json<Alert>('GET', `/api/alerts/${alert.id}`)).toMatchObject({
      state: 'normal',
      clearedAt: expect.any(String),
    })

    const again = await send('pump-1', 2)
    expect(again.alertId).not.toBe(alert.id)
    expect(await edge.client.json<Alert>('GET', `/api/alerts/${again.alertId}`)).toMatchObject({
      trackRecord: { real: 1, answered: 1 },
    })
  })

  it('one that clears before anybody saw it waits to be seen, and comes back as itself', async () => {
    const { alertId } = await send('pump-2', 2)
    await send('pump-2', -2)
    expect((await list('state=returned-unacknowledged')).alerts.map((a) => a.id)).toContain(alertId)
    expect((await send('pump-2', 2)).alertId).toBe(alertId)
    expect(await edge.client.json<Alert>('GET', `/api/alerts/${alertId}`)).toMatchObject({
      state: 'unacknowledged',
    })
  })

  it('is shelved with an end and a reason, and can be taken off the shelf', async () => {
    const { alertId } = await send('pump-3', 2)
    const shelved = await act(alertId!, 'shelve', { minutes: 15, reason: 'known, part ordered' })
    expect(shelved).toMatchObject({
      state: 'shelved',
      shelved: { reason: 'known, part ordered', by: 'admin' },
    })
    expect(Date.parse(shelved.shelved!.until) - Date.now()).toBeGreaterThan(14 * 60_000)
    expect(statusSchema.parse(await edge.client.json('GET', '/api/status')).shelved).toBe(1)
    expect(await act(alertId!, 'unshelve')).toMatchObject({ state: 'unacknowledged' })
  })

  it('refuses what its state does not allow, and answers about alerts that do not exist', async () => {
    const { alertId } = await send('pump-4', 2)
    await act(alertId!, 'acknowledge')
    const again = await edge.raw('POST', `/api/alerts/${alertId}/acknowledge`, {
      body: '{}',
      headers: { 'content-type': 'application/json' },
    })
    expect([again.status, ((await again.json()) as ErrorBody).error.code]).toEqual([409, 'alert-transition'])
    expect((await edge.raw('GET', '/api/alerts/ghost')).status).toBe(404)
    const wrong = await edge.raw('POST', `/api/alerts/${alertId}/feedback`, {
      body: '{"answer":"maybe"}',
      headers: { 'content-type': 'application/json' },
    })
    expect([wrong.status, ((await wrong.json()) as ErrorBody).error.code]).toEqual([400, 'request-invalid'])
  })

  it('a rejected reading neither raises nor clears', async () => {
    await send('pump-5', 2)
    const bad = await edge.client.json<Decision>('POST', '/api/models/pump/readings', {
      asset: 'pump-5',
      time: new Date().toISOString(),
      values: { flow: 'x', pressure: 0 },
    })
    expect(bad.verdict).toBe('rejected')
    expect((await list('asset=pump-5')).alerts[0]?.state).toBe('unacknowledged')
  })

  it('everything is there after a restart, and the chain holds', async () => {
    const before = (await list('limit=1000')).alerts
    edge = await edge.restart()
    expect((await list('limit=1000')).alerts).toEqual(before)
    expect((await send('pump-2', 2)).alertId).toBe(before.find((a) => a.asset === 'pump-2')?.id)
    expect(await edge.client.json('GET', '/api/audit/verify')).toMatchObject({ ok: true })
    const { rows } = await edge.client.json<{ rows: { kind: string }[] }>('GET', '/api/audit?limit=1000')
    const kinds = rows.map((r) => r.kind)
    for (const kind of [
      'runtime.started',
      'runtime.stopped',
      'alert.raised',
      'alert.cleared',
      'alert.acknowledged',
      'alert.action-done',
      'alert.feedback',
      'alert.shelved',
    ])
      expect(kinds).toContain(kind)
  })

  it('tells open consoles at once', async () => {
    const abort = new AbortController()
    const stream = await edge.raw('GET', '/api/events', { signal: abort.signal })
    const heard = (async () => {
      let text = ''
      for await (const part of stream.body!.pipeThrough(new TextDecoderStream())) {
        text += part
        if (/event: alert\n/.test(text) && /event: live\n/.test(text) && /event: health\n/.test(text))
          return text
      }
      return text
    })()
    await send('pump-6', 2)
    expect(await heard).toContain('"asset":"pump-6"')
    abort.abort()
  })

  it('readings and their decisions can be asked for again', async () => {
    const page = await edge.client.json<{
      readings: { asset: string; values: object; decision: Decision }[]
      next: string | null
    }>('GET', '/api/models/pump/readings?asset=pump-5&limit=1')
    expect(page.readings).toHaveLength(1)
    expect(page.readings[0]).toMatchObject({
      asset: 'pump-5',
      values: { flow: 'x' },
      decision: { verdict: 'rejected' },
    })
    const older = await edge.client.json<typeof page>(
      'GET',
      `/api/models/pump/readings?asset=pump-5&limit=1&cursor=${encodeURIComponent(page.next!)}`,
    )
    expect(older.readings[0]).toMatchObject({
      values: { flow: 2, pressure: 0 },
      decision: { verdict: 'alert' },
    })
    const now = Date.now()
    const trend = await edge.client.json<{ points: number[][] }>(
      'GET',
      `/api/models/pump/trend?asset=pump-1&series=flow&from=${new Date(now - 60_000).toISOString()}&to=${new Date(now).toISOString()}&points=600`,
    )
    expect(trend.points.map((p) => p[1])).toContain(-2)
  })
})
