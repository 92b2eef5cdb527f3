import { randomUUID } from 'node:crypto'
import { readdirSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { ModelsList } from '#core/contracts/api.ts'
import type { ErrorBody } from '#core/contracts/errors.ts'
import { AlertDesk } from '#edge/alerts/desk.ts'
import { createDecider } from '#edge/decide/decide.ts'
import type { InferAnswer, InferenceLane, InferRequest } from '#edge/inference/lane.ts'
import { paceOf } from '#edge/ingest/pace.ts'
import { createValidator } from '#edge/ingest/validate.ts'
import type { Journal } from '#edge/journal/journal.ts'
import { openJournal } from '#edge/journal/open.ts'
import { Pipeline } from '#edge/pipeline.ts'
import { workFolder } from '#support/drafts.ts'
import { startTestEdge } from '#support/edge.ts'
import { numbersOf } from '#support/fed.ts'
import { manifestOf } from '#support/manifest.ts'
import { logistic } from '#support/models.ts'
import { installOn, packaged } from '#support/package.ts'

const echo: InferenceLane = {
  status: { state: 'ready', pid: 0 },
  ready: new Promise(() => undefined),
  onStatus: () => undefined,
  close: async () => undefined,
  infer: async ({ rows, inputs }: InferRequest): Promise<InferAnswer> => {
    const { data, width } = numbersOf(inputs['x'])
    return {
      outputs: { p: { data: Float32Array.from({ length: rows }, (_, i) => data[i * width]!), width: 1 } },
      runMs: 0,
      provider: 'cpu',
    }
  },
}

it('what the journal could not keep is refused, forgotten, and decided when it comes again', async () => {
  const work = workFolder()
  const journal = openJournal(work.dir, { now: Date.now, randomUUID })
  let full = false
  const leaky: Journal = Object.create(journal, {
    write: {
      value: (unit: Parameters<Journal['write']>[0]) =>
        full ? Promise.reject(new Error('disk full')) : journal.write(unit),
    },
  })
  const failures: unknown[] = []
  const failed = (error: unknown) => failures.push(error)
  const manifest = manifestOf()
  const decider = createDecider(manifest, { reference: { rows: 0, sha256: '' }, features: {}, absent: {} })
  const alerts = new AlertDesk({ journal: leaky, now: Date.now, randomUUID, failed })
  alerts.watch(manifest, decider)
  const pipeline = new Pipeline(
    {
      running: {
        manifest,
        lane: echo,
        validator: createValidator(manifest),
        decider,
        pace: paceOf(manifest),
      },
    },
    { journal: leaky, alerts, now: Date.now, elapsed: () => performance.now(), failed },
  )
  const startMs = Date.now() - 10_000
  const readings = Array.from({ length: 5 }, (_, i) => ({
    id: `r${i}`,
    asset: 'mill',
    time: new Date(startMs + i).toISOString(),
    values: { a: 0.9, b: 0 },
  }))
  full = true
  await expect(pipeline.decide(readings)).rejects.toThrow('disk full')
  expect(alerts.counts().unacknowledged.high).toBe(0)
  full = false
  const decisions = await pipeline.decide(readings)
  expect(decisions.map((d) => d.verdict)).toEqual(new Array(5).fill('alert'))
  expect(alerts.counts().unacknowledged.high).toBe(1)
  expect((await pipeline.decide(readings)).map((d) => d.readingId)).toEqual(['r0', 'r1', 'r2', 'r3', 'r4'])
  expect(journal.sizes().rows.inference).toBe(5)
  expect(failures).toEqual([])
  await journal.close()
  work.remove()
})

it('a package that rotted on disk is said to have failed, and can be installed again', async () => {
  let edge = await startTestEdge()
  const bytes = await packaged({
    id: 'm',
    model: logistic({ weights: [1, 1], bias: 0 }),
    features: ['a', 'b'],
  })
  await installOn(edge, bytes)
  const folder = join(edge.dataDir, 'packages', 'm')
  truncateSync(join(folder, readdirSync(folder)[0] ?? '', 'model.onnx'), 100)
  edge = await edge.restart()
  const { models } = await edge.client.json<ModelsList>('GET', '/api/models')
  expect(models[0]?.slots.running?.lane).toMatchObject({ state: 'failed' })
  const reading = { asset: 'x', time: new Date().toISOString(), values: { a: 0, b: 0 } }
  const refused = await edge.raw('POST', '/api/models/m/readings', {
    body: JSON.stringify(reading),
    headers: { 'content-type': 'application/json' },
  })
  expect([refused.status, ((await refused.json()) as ErrorBody).error.code]).toEqual([503, 'lane-failed'])
  expect((await edge.raw('GET', '/readyz')).status).toBe(503)
  await installOn(edge, bytes)
  expect(await edge.client.json('POST', '/api/models/m/readings', reading)).toMatchObject({
    probability: 0.5,
  })
  expect((await edge.raw('GET', '/readyz')).status).toBe(200)
  await edge.remove()
})
