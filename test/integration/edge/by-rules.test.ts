import { afterEach, expect, it } from 'vitest'
import type { Alert } from '#core/contracts/alert.ts'
import type { Decision, RecordedReading } from '#core/contracts/decision.ts'
import type { Manifest } from '#core/contracts/manifest.ts'
import { startTestEdge, type TestEdge } from '#support/edge.ts'
import { ruleOf } from '#support/manifest.ts'
import { refusing } from '#support/models.ts'
import { installOn, packaged } from '#support/package.ts'

let edge: TestEdge | undefined
afterEach(async () => {
  await edge?.remove()
  edge = undefined
})

/** A model that refuses readings whose "a" is 7, with a fallback rule. */
const packageWith = (when: string) =>
  packaged({
    id: 'm',
    model: refusing({ inputs: 2, badValue: 7 }),
    features: ['a', 'b'],
    edit: (manifest: Manifest) =>
      Object.assign(manifest, {
        decision: {
          alerts: [ruleOf({ class: manifest.outputs[0]?.positive ?? '1', raise: 0.9999, clear: 0.9 })],
        },
        fallback: { rules: [{ when, alert: 'failure' }] },
      }),
  })

it('what the model does not answer its fallback rules do: for the sender, in the record, in the alert', async () => {
  edge = await startTestEdge()
  await installOn(edge, await packageWith('a > 5.0 && b > 0.5'))
  const { client } = edge
  const send = (a: number, b: number) =>
    client.json<Decision>('POST', '/api/models/m/readings', {
      asset: 'mill',
      time: new Date().toISOString(),
      values: { a, b },
    })
  const decisions = [
    await send(1, 0),
    await send(7, 0),
    await send(7, 0.9),
    await send(7, 0.9),
    await send(1, 0),
  ]
  expect(decisions.map(({ by, verdict, provider }) => [by, verdict, provider])).toEqual([
    ['model', 'normal', 'cpu'],
    ['rules', 'normal', 'none'],
    ['rules', 'alert', 'none'],
    ['rules', 'alert', 'none'],
    ['model', 'normal', 'cpu'],
  ])
  expect(decisions[2]?.quality.map(({ code }) => code)).toEqual(['inference-failed'])
  const recorded = await client.json<{ readings: RecordedReading[] }>('GET', '/api/models/m/readings')
  expect(recorded.readings.map(({ decision }) => decision).reverse()).toEqual(decisions)
  const { alerts } = await client.json<{ alerts: Alert[] }>('GET', '/api/alerts')
  expect(alerts).toMatchObject([
    { id: decisions[2]?.alertId, by: 'rules', score: null, readingId: decisions[2]?.readingId },
  ])

  const tensor = { name: 'input', shape: [1, 2], datatype: 'FP32', data: [7, 0.9] }
  const refused = await edge.raw('POST', '/v2/models/m/infer', {
    body: JSON.stringify({ inputs: [tensor] }),
    headers: { 'content-type': 'application/json' },
  })
  expect([refused.status, await refused.text()]).toEqual([503, expect.stringContaining('row 0: ')])
})

it('rules that could never judge are refused when the package is made', async () => {
  await expect(packageWith('speed > 5.0')).rejects.toThrow(
    'fallback.rules: rule 1 names "speed", which is not a feature of this model',
  )
})
