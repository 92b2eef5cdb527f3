import { randomUUID } from 'node:crypto'
import { afterEach, describe, expect, it } from 'vitest'
import type { Decision } from '#core/contracts/decision.ts'
import type { Manifest } from '#core/contracts/manifest.ts'
import { AlertDesk } from '#edge/alerts/desk.ts'
import { createDecider } from '#edge/decide/decide.ts'
import { Shadow } from '#edge/deploy/shadow/shadow.ts'
import type { LaneOptions } from '#edge/inference/open-lane.ts'
import { paceOf } from '#edge/ingest/pace.ts'
import { createValidator } from '#edge/ingest/validate.ts'
import { openJournal } from '#edge/journal/open.ts'
import { Pipeline } from '#edge/pipeline.ts'
import { workFolder } from '#support/drafts.ts'
import { manifestOf, ruleOf } from '#support/manifest.ts'
import { crashing, logistic, slow } from '#support/models.ts'
import { openTestLane } from '../inference/fixture.ts'

const versionOf = (version: string, operation: Partial<Manifest['operation']> = {}): Manifest => ({
  ...manifestOf({
    tensors: [{ name: 'input', kind: 'columns', dtype: 'float32', features: ['a', 'b'] }],
    output: { name: 'probability' },
    alerts: [ruleOf({ raise: 0.6, clear: 0.55 })],
    operation: { deadlineMs: 20_000, ...operation },
  }),
  version,
})
const champion = versionOf('1.0.0')
const noBaseline = { reference: { rows: 0, sha256: '' }, features: {}, absent: {} }
/** sigmoid(a + b). */
const production = logistic({ weights: [1, 1], bias: 0 })

const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const each of undo.splice(0).reverse()) await each()
})

async function serve(model: Buffer, operation: Partial<Manifest['operation']> = {}, lane: LaneOptions = {}) {
  const failures: unknown[] = []
  const failed = (error: unknown) => void failures.push(error)
  const work = workFolder()
  const journal = openJournal(work.dir, { now: Date.now, randomUUID })
  undo.push(work.remove, () => journal.close())
  const desk = new AlertDesk({ journal, now: Date.now, randomUUID, failed })
  const own = await openTestLane(production)
  const other = await openTestLane(model, { backoffMs: () => 5, priority: 19, ...lane })
  undo.push(
    () => own.remove(),
    () => other.remove(),
  )
  const challenger = versionOf('1.1.0', operation)
  const decider = createDecider(champion, noBaseline)
  desk.watch(champion, decider)
  const running = {
    manifest: champion,
    lane: own,
    validator: createValidator(champion),
    decider,
    pace: paceOf(champion),
  }
  const elapsed = () => performance.now()
  const pipeline = new Pipeline({ running }, { journal, alerts: desk, now: Date.now, elapsed, failed })
  const shadow = new Shadow({
    champion,
    manifest: challenger,
    lane: other,
    validator: createValidator(challenger),
    decider: createDecider(challenger, noBaseline),
    journal,
    now: Date.now,
    elapsed,
    failed,
    cpuShare: 1,
  })
  desk.onChange((alert) => shadow.alertChanged(alert))
  pipeline.onDecided((decided) => shadow.observe(decided))
  return { journal, desk, pipeline, shadow, own, other, failures }
}

/** Until `is` holds; what never comes ends at the test's own limit. */
async function until(is: () => boolean): Promise<void> {
  while (!is()) await new Promise((resolve) => setTimeout(resolve, 10))
}

const start = Date.now() - 60_000
const readingsFrom = (from: number, values: { a: number; b: number }[]) =>
  values.map((value, k) => ({
    id: `r${from + k}`,
    asset: 'Mill 1',
    time: new Date(start + from + k).toISOString(),
    values: value,
  }))
const answersOf = (decisions: Decision[]) =>
  decisions.map(({ readingId, by, probability, model }) => [readingId, by, model.version, probability])
const sigmoid = (x: number) => Math.fround(1 / (1 + Math.exp(-x)))
const expected = (from: number, values: { a: number; b: number }[]) =>
  values.map(({ a, b }, k) => [`r${from + k}`, 'model', '1.0.0', expect.closeTo(sigmoid(a + b), 6)])

/** Batches, five on their way at once, numbered on from `from`; each reading gets production's answer, in order. */
async function play(pipeline: Pipeline, batches: { a: number; b: number }[][], from = 0) {
  let next = from
  for (let k = 0; k < batches.length; k += 5) {
    const sent = batches.slice(k, k + 5).map((values) => {
      const first = next
      next += values.length
      return { first, values, decisions: pipeline.decide(readingsFrom(first, values), true) }
    })
    for (const { first, values, decisions } of sent)
      expect(answersOf(await decisions)).toEqual(expected(first, values))
  }
}

const waves = (batches: number, rows: number) =>
  Array.from({ length: batches }, (_, k) =>
    Array.from({ length: rows }, (_, row) => ({ a: Math.sin(k + row / 3), b: 0 })),
  )

describe('a real challenger in shadow', () => {
  it('is compared, and nothing of it reaches replies, alerts or the record of readings', async () => {
    // The other way round: where production sees a risk, it sees none.
    const { pipeline, shadow, journal, failures } = await serve(logistic({ weights: [-1, -1], bias: 0 }))
    await play(pipeline, waves(20, 10))
    await until(() => shadow.report().compared + shadow.report().skipped === 200)
    const report = shadow.report()
    expect(report.compared).toBeGreaterThan(0)
    expect(report.agreed).toBeLessThan(report.compared)
    expect(report.cases[0]).toMatchObject({ asset: 'Mill 1' })
    expect(report.challenger.alertRate).not.toBe(report.champion.alertRate)
    await shadow.close()

    const { readings } = await journal.readings({ model: champion.id, limit: 1000 })
    expect(readings).toHaveLength(200)
    expect(new Set(readings.map(({ decision }) => decision.model.version))).toEqual(new Set(['1.0.0']))
    const { alerts } = journal.alerts({ limit: 1000 })
    expect(new Set(alerts.map(({ model }) => model.version))).toEqual(new Set(['1.0.0']))
    const kinds = journal.eventRows({ stream: 'metrics', limit: 1000 }).rows.map(({ kind }) => kind)
    expect(new Set(kinds)).toEqual(new Set(['comparison.case', 'comparison.window']))
    expect(journal.sizes().rows.inference).toBe(200)
    expect(await journal.verify()).toMatchObject({ ok: true })
    expect(failures).toEqual([])
  })

  it('takes what people say to production’s alerts as labels', async () => {
    const { pipeline, shadow, desk, journal } = await serve(logistic({ weights: [0, 0], bias: -3 }))
    await pipeline.decide(readingsFrom(0, [{ a: 2, b: 0 }]))
    const [alert] = journal.alerts({ limit: 1 }).alerts
    await until(() => shadow.report().compared === 1)
    await desk.feedback(alert!.id, 'operator', 'real-acted')
    expect(shadow.report().verdict).toMatchObject({ state: 'undecided', labels: 1, losses: 1, wins: 0 })
    await shadow.close()
    expect(journal.state(`comparison:${champion.id}`)).toMatchObject({
      comparison: { isClosed: true, labels: { counts: { losses: 1 } } },
    })
  })

  it.runIf(process.platform !== 'win32')(
    'may have its process aborted: production’s answers and their order stay, and the shadow goes on',
    async () => {
      const { pipeline, shadow, own, other } = await serve(production)
      await other.ready
      let aborted = 0
      pipeline.onDecided(() => {
        if (aborted === 2 || other.status.state !== 'ready') return
        process.kill(other.status.pid, 'SIGABRT')
        aborted += 1
      })
      await play(pipeline, waves(20, 20))
      await other.until('ready')
      await play(pipeline, waves(20, 20), 400)
      await until(() => shadow.state.state === 'running' && shadow.state.trouble !== undefined)
      const before = shadow.report().compared
      await pipeline.decide(readingsFrom(800, [{ a: 1, b: 0 }]))
      await until(() => shadow.report().compared > before)
      expect(shadow.state).toMatchObject({
        state: 'running',
        trouble: { last: expect.stringContaining('SIGABRT') },
      })
      expect(own.heard.every(({ state }) => state === 'ready')).toBe(true)
      expect(shadow.report().compared).toBe(shadow.report().agreed)
      await shadow.close()
    },
  )

  it.runIf(process.arch === 'x64')('that crashes on some readings ends by itself, with words', async () => {
    const { pipeline, shadow, own, failures } = await serve(crashing({ inputs: 2, badValue: 5 }))
    const batches = waves(12, 5).map((batch, k) => (k % 3 === 1 ? [{ a: 5, b: 0 }, ...batch] : batch))
    await play(pipeline, batches)
    await until(() => shadow.state.state === 'ended')
    expect(shadow.state).toMatchObject({
      reason: expect.stringMatching(/^1\.1\.0 crashed or hung 3 times; the last: /),
    })
    expect(shadow.report().verdict.reason).toMatch(/^The shadow has ended: 1\.1\.0 crashed or hung 3 times/)
    await play(pipeline, batches, 100)
    expect(own.heard.every(({ state }) => state === 'ready')).toBe(true)
    expect(failures).toEqual([])
  })

  it('that hangs ends by itself, with words, while production answers', async () => {
    const operation = { deadlineMs: 60, maxBatch: 4 }
    const { pipeline, shadow, own } = await serve(slow({ inputs: 2, iterations: 20_000 }), operation)
    await play(pipeline, waves(20, 5))
    await until(() => shadow.state.state === 'ended')
    expect(shadow.state).toMatchObject({
      reason: expect.stringContaining('an inference took longer than 300 ms'),
    })
    expect(own.heard.every(({ state }) => state === 'ready')).toBe(true)
  })

  it('that cannot be loaded ends by itself, with words', async () => {
    const { pipeline, shadow } = await serve(Buffer.from('no model'))
    await until(() => shadow.state.state === 'ended')
    await play(pipeline, waves(3, 5))
    expect(shadow.report()).toMatchObject({ compared: 0 })
    await shadow.close()
  })
})
