import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import type { Decision } from '#core/contracts/decision.ts'
import type { FleetAlert } from '#core/contracts/fleet-alerts.ts'
import { type ExportLine, exportLineSchema, type ReviewItem } from '#core/contracts/review.ts'
import { type EnrolmentStanding, joinCodePrefix } from '#core/contracts/sync.ts'
import { type CentralSite, centralSite } from '#support/central/central-site.ts'
import { joinCode } from '#support/central/joining.ts'
import { startTestEdge, type TestEdge } from '#support/edge.ts'
import { ruleOf } from '#support/manifest.ts'
import { logistic } from '#support/models.ts'
import { installOn, packaged } from '#support/package.ts'

/** A whole runtime with a model, and a whole central, over HTTP. */
let site: CentralSite
let edge: TestEdge
const soon = { timeout: 120_000, interval: 100 }

beforeAll(async () => {
  ;[site, edge] = await Promise.all([centralSite(), startTestEdge()])
  const bytes = await packaged({
    id: 'pump',
    model: logistic({ weights: [4, 0], bias: 0 }),
    features: ['flow', 'pressure'],
    edit: (manifest) => {
      manifest.decision.alerts = [ruleOf({ id: 'blocked' })]
      manifest.privacy = {
        ...{ default: 'raw', features: { pressure: 'never' }, asset: 'pseudonymised', notes: 'never' },
      }
    },
  })
  await installOn(edge, bytes)
  const read = JSON.stringify(await joinCode(site, { groups: [] }))
  const code = `${joinCodePrefix}${Buffer.from(read).toString('base64url')}`
  const { device } = await edge.client.json<EnrolmentStanding>('POST', '/api/enrol', { code })
  await site.ask('POST', `/api/devices/${device}/confirm`, { fingerprint: device?.slice(0, 16) })
  await edge.client.json('POST', '/api/enrol', { code }) // asked again, it goes on at once
})
afterAll(() => Promise.all([site.remove(), edge.remove()]))

it('an answer on a machine becomes training data, with the values as they were served and as privacy says', async () => {
  const flow = 2 + 2 * Number.EPSILON
  const decision = await edge.client.json<Decision>('POST', '/api/models/pump/readings', {
    ...{
      id: 'order-7',
      asset: 'pump-1',
      time: '2026-11-02T06:00:00+01:00',
      values: { flow, pressure: 0.734 },
    },
  })
  const at = `/api/alerts/${decision.alertId}`
  await edge.client.json('POST', `${at}/acknowledge`, {})
  await edge.client.json('POST', `${at}/feedback`, { answer: 'real-acted', note: 'for us only' })

  const { id } = await vi.waitFor(async () => {
    const { items } = (await site.ask<{ items: ReviewItem[] }>('GET', '/api/feedback')).body
    expect(items).toHaveLength(1)
    expect(items[0]?.features).not.toBeNull()
    return items[0]!
  }, soon)
  const alerts = (await site.ask<{ items: FleetAlert[] }>('GET', '/api/alerts')).body.items
  expect(alerts).toMatchObject([
    { id: decision.alertId, state: 'acknowledged', acknowledgedBy: 'admin', answer: 'real-acted' },
  ])
  const review = { state: 'corrected', label: 'blocked by ice' }
  expect((await site.ask('POST', `/api/feedback/${id}/review`, review)).status).toBe(200)

  const { body } = await site.ask<ExportLine>('GET', '/api/feedback/export')
  const line = exportLineSchema.parse(body)
  expect(Object.is(line.features?.values['flow'], flow)).toBe(true)
  expect(line).toMatchObject({
    features: { values: { flow }, withheld: ['pressure'], pseudonymised: [] },
    model: { id: 'pump', version: decision.model.version, digest: expect.stringMatching(/^[0-9a-f]{64}$/) },
    decision: { verdict: 'alert', by: 'model', probability: decision.probability },
    operator: { answer: 'real-acted', note: null, by: 'admin' },
    review: { state: 'corrected', label: 'blocked by ice', reviewer: 'admin' },
    provenance: { site: 'plant-a', rule: 'blocked', readingTime: '2026-11-02T05:00:00.000Z' },
  })
  expect(line.provenance.asset).toMatch(/^p:/)
  expect(JSON.stringify(body)).not.toMatch(/pump-1|order-7|0\.734|for us only/)
})
