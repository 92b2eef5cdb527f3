import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Alert } from '#core/contracts/alert.ts'
import type { AlertsPage } from '#core/contracts/api.ts'
import type { Decision } from '#core/contracts/decision.ts'
import { type Manifest, manifestSchema } from '#core/contracts/manifest.ts'
import type { Reading } from '#core/contracts/reading.ts'
import { type Condition, quiet, step } from '#edge/alerts/condition.ts'
import type { InferenceLane } from '#edge/inference/lane.ts'
import { openLane } from '#edge/inference/open-lane.ts'
import { readPackage } from '#edge/package/read-package.ts'
import { sensorNames } from '#models/engine-life/engine.ts'
import { history, type Simulated, simulateWithTruth } from '#models/engine-life/simulate.ts'
import { startTestEdge, type TestEdge } from '#support/edge.ts'
import { installOn } from '#support/package.ts'

const folder = new URL('../../../models/engine-life/', import.meta.url)
const read = (file: string) => readFileSync(new URL(file, folder))
const manifest: Manifest = manifestSchema.parse(JSON.parse(read('package/model.json').toString()))
const packageFile = `engine-life-${manifest.version}.ewp`
const steps = 30
const cap = 125
const halfWidth = manifest.outputs[0]!.interval!.upper

let lane: InferenceLane
beforeAll(async () => {
  const sha256 = createHash('sha256').update(read('package/model.onnx')).digest('hex')
  lane = openLane({ path: fileURLToPath(new URL('package/model.onnx', folder)), sha256 })
  await lane.ready
})
afterAll(() => lane.close())

/** Windows, each 30 cycles of 14 sensors, to cycles left. */
async function ask(windows: number[][][]): Promise<number[]> {
  const answers: number[] = []
  for (let from = 0; from < windows.length; from += 1000) {
    const some = windows.slice(from, from + 1000)
    const dims = [some.length, steps, sensorNames.length]
    const sensors = { data: Float32Array.from(some.flat(2)), width: steps * sensorNames.length, dims }
    const request = { rows: some.length, inputs: { sensors }, outputs: ['remaining'] }
    answers.push(...((await lane.infer(request, 10_000)).outputs['remaining']!.data as Float32Array))
  }
  return answers
}

function take<T>(steps: Iterable<T>, count: number): T[] {
  const taken: T[] = []
  for (const step of steps) {
    if (taken.length === count) break
    taken.push(step)
  }
  return taken
}

const mean = (xs: number[]) => xs.reduce((a, b) => a + b, 0) / xs.length
const rowOf = ({ values }: Reading) =>
  sensorNames.map((name) => (values[name] as number | null) ?? Number.NaN)

/** What the graph says of every full window of every life on the simulated stand, in the order of time. */
async function watch(seed: number, cycles: number, stepMs = 1000) {
  const windows = new Map<string, number[][]>()
  const asked: (Simulated & { window: number[][] })[] = []
  for (const simulated of take(simulateWithTruth({ seed, startMs: 0, stepMs }), cycles).flat()) {
    const life = `${simulated.reading.asset} ${simulated.overhauls}`
    const window = [...(windows.get(life) ?? []), rowOf(simulated.reading)].slice(-steps)
    windows.set(life, window)
    if (window.length === steps) asked.push({ ...simulated, window })
  }
  const answers = await ask(asked.map(({ window }) => window))
  return asked.map((simulated, i) => ({ ...simulated, answer: answers[i]! }))
}

/** The alerts that the manifest's rules make of it; `blind`: the model had no answer for a while of that life. */
async function raisedOn(seed: number, cycles: number, stepMs: number) {
  const conditions = new Map<string, Condition>()
  const watched = await watch(seed, cycles, stepMs)
  const lifeOf = ({ reading, overhauls }: Simulated) => `${reading.asset} ${overhauls}`
  const silent = new Set(watched.filter(({ answer }) => Number.isNaN(answer)).map(lifeOf))
  return watched.flatMap((simulated) =>
    manifest.decision.alerts.flatMap((rule) => {
      const { answer, left } = simulated
      const { asset, time } = simulated.reading
      if (Number.isNaN(answer)) return []
      const before = conditions.get(`${asset} ${rule.id}`) ?? quiet
      const after = step(rule, before, answer, Date.parse(time))
      conditions.set(`${asset} ${rule.id}`, after)
      const second = Date.parse(time) / 1000
      const blind = silent.has(lifeOf(simulated))
      return after.active && !before.active ? [{ second, asset, rule: rule.id, left, blind }] : []
    }),
  )
}

/** Answers beside what is true. */
async function judge(seed: number, cycles: number) {
  const said = (await watch(seed, cycles)).map(({ left, answer }) => {
    const truth = Math.min(cap, left)
    return { truth, error: Math.abs(answer - truth) }
  })
  const silent = said.filter(({ error }) => Number.isNaN(error)).length
  const figures = (some: { error: number }[]) => ({
    mae: mean(some.map(({ error }) => error)),
    coveredPercent: 100 * mean(some.map(({ error }) => Number(error <= halfWidth))),
  })
  const answered = said.filter(({ error }) => !Number.isNaN(error))
  return {
    windows: said.length,
    silent,
    every: figures(answered),
    late: figures(answered.filter(({ truth }) => truth < cap)),
    atEnd: figures(answered.filter(({ truth }) => truth < 30)),
  }
}

describe('the engine-life package', () => {
  it('is packed as its folder has it', async () => {
    const into = mkdtempSync(join(tmpdir(), 'edgewright-demo-'))
    try {
      const packed = await readPackage(fileURLToPath(new URL(packageFile, folder)), into)
      expect(packed.manifest).toEqual(manifest)
      for (const name of ['model.onnx', 'card.md', 'baseline.json', 'baseline.bin', 'golden.json'])
        expect(readFileSync(join(packed.dir, name)).equals(read(`package/${name}`)), name).toBe(true)
    } finally {
      rmSync(into, { recursive: true, force: true })
    }
  })

  it('answers as the trained model did, window by window', async () => {
    const parity = JSON.parse(read('parity.json').toString()) as {
      sensors: (number | null)[][][]
      remaining: (number | null)[]
    }
    const windows = parity.sensors.map((window) => window.map((row) => row.map((v) => v ?? Number.NaN)))
    const answers = await ask(windows)
    expect(answers).toHaveLength(24)
    expect(parity.remaining.filter((cycles) => cycles === null)).toHaveLength(1)
    answers.forEach((answer, i) => {
      const trained = parity.remaining[i]!
      if (trained === null) expect(answer).toBeNaN()
      else expect(Math.abs(answer - trained)).toBeLessThan(1e-3)
    })
  })

  it('bridges fifteen missing values of a sensor, and gives no number for sixteen or for one that is infinite', async () => {
    const [first] = take(simulateWithTruth({ seed: 1, startMs: 0, stepMs: 1000 }), 1)
    const usual = Array.from({ length: steps }, () => rowOf(first![0]!.reading))
    for (const sensor of sensorNames.keys()) {
      const without = (count: number) =>
        usual.map((row, t) => (t < count ? row.with(sensor, Number.NaN) : row))
      const broken = usual.with(5, usual[5]!.with(sensor, Number.POSITIVE_INFINITY))
      const [whole, half, most, infinite] = await ask([usual, without(15), without(16), broken])
      expect(half).toBeCloseTo(whole!, 2)
      expect([most, infinite], sensorNames[sensor]).toEqual([Number.NaN, Number.NaN])
    }
  })
})

describe('on the simulated stand', () => {
  const rows = read('README.md').toString().split('\n')

  it.each([1, 2, 3, 4, 5])('is as good as README.md says (seed %i)', async (seed) => {
    const { windows, silent, every, late, atEnd } = await judge(seed, 2000)
    const cells = rows.find((row) => row.startsWith(`| ${seed} |`))?.split('|') ?? []
    const [, , saidWindows, saidSilent, ...said] = cells.map((cell) =>
      Number.parseFloat(cell.replace(',', '')),
    )
    const found = [
      every.mae,
      every.coveredPercent,
      late.mae,
      late.coveredPercent,
      atEnd.mae,
      atEnd.coveredPercent,
    ]
    const row = [seed, windows.toLocaleString('en'), silent, ...found.map((x) => x.toFixed(1))].join(' | ')
    expect([saidWindows, saidSilent], row).toEqual([windows, silent])
    found.forEach((x, k) => {
      expect(Math.abs(x - said[k]!), row).toBeLessThan(0.2)
    })
    expect(late.mae).toBeLessThan(13)
    expect(atEnd.mae).toBeLessThan(6)
    expect(late.coveredPercent).toBeGreaterThan(85)
  })
})

describe('the alerts on the stand', () => {
  it.each([
    [1, 1000],
    [1, 2000],
    [2, 1000],
    [3, 2000],
    [4, 1000],
    [5, 2000],
  ])(
    'come first within 60 to 90 s, on Engine 3, and then for every engine (seed %i, %i ms)',
    async (seed, stepMs) => {
      const raised = await raisedOn(seed, 1500, stepMs)
      expect(raised[0]).toMatchObject({ asset: 'Engine 3', rule: 'overhaul-due' })
      expect(raised[0]!.second).toBeGreaterThanOrEqual(60)
      expect(raised[0]!.second).toBeLessThanOrEqual(90)
      expect(new Set(raised.map(({ asset }) => asset)).size).toBe(5)
      const left = (rule: string) => raised.filter((r) => r.rule === rule && !r.blind).map((r) => r.left)
      expect(left('overhaul-due').length).toBeGreaterThan(15)
      expect(Math.max(...left('overhaul-due'))).toBeLessThan(65)
      expect(Math.min(...left('overhaul-due'))).toBeGreaterThan(10)
      expect(Math.max(...left('end-near'))).toBeLessThan(30)
      const inTenMinutes = (600 * raised.length) / ((1500 * stepMs) / 1000)
      expect(inTenMinutes).toBeLessThan(stepMs === 1000 ? 24 : 12)
    },
  )
})

describe('through the runtime', () => {
  const stepMs = 1000
  const cycles = 330
  const startMs = Date.now() - cycles * stepMs
  let edge: TestEdge
  let told: (Simulated & { decision: Decision; second: number })[]
  let alerts: Alert[]

  const send = (readings: Reading[]) =>
    edge.client.json<Decision[]>('POST', '/api/models/engine-life/readings', readings)

  beforeAll(async () => {
    edge = await startTestEdge()
    await installOn(edge, read(packageFile))
    for (const readings of history({ seed: 1, endMs: startMs - stepMs, stepMs })) await send(readings)
    const all = take(simulateWithTruth({ seed: 1, startMs, stepMs }), cycles).flat()
    told = []
    for (let from = 0; from < all.length; from += 500) {
      const some = all.slice(from, from + 500)
      const decisions = await send(some.map(({ reading }) => reading))
      some.forEach((simulated, i) => {
        const second = (Date.parse(simulated.reading.time) - startMs) / 1000
        told.push({ ...simulated, decision: decisions[i]!, second })
      })
    }
    alerts = (await edge.client.json<AlertsPage>('GET', '/api/alerts?limit=100')).alerts
  })
  afterAll(() => edge.remove())

  it('answers the first reading after the history, with an interval', () => {
    for (const { decision } of told.slice(0, 5)) {
      expect(decision).toMatchObject({ verdict: 'normal', quality: [] })
      const { value, interval } = decision
      expect(interval).toMatchObject({ coverage: 0.9 })
      expect(interval!.low).toBeCloseTo(Math.max(0, value! - halfWidth), 4)
      expect(interval!.high).toBeCloseTo(value! + halfWidth, 4)
    }
  })

  it('raises first for engine 3, medium after 60 to 90 s, high before its end, and both are true', () => {
    const raised = alerts
      .flatMap(({ readingId, rule, priority }) =>
        told
          .filter(({ decision }) => decision.readingId === readingId)
          .map(({ second, left, reading: { asset } }) => ({ second, left, asset, rule, priority })),
      )
      .toSorted((x, y) => x.second - y.second)
    expect(raised).toHaveLength(alerts.length)
    expect(raised[0]).toMatchObject({ asset: 'Engine 3', rule: 'overhaul-due', priority: 'medium' })
    expect(raised[0]!.second).toBeGreaterThanOrEqual(60)
    expect(raised[0]!.second).toBeLessThanOrEqual(90)
    const first = raised.filter(({ asset }) => asset === 'Engine 3')
    expect(first.map(({ rule }) => rule)).toEqual(['overhaul-due', 'end-near'])
    expect(first[0]!.left).toBeLessThan(45)
    expect(first[1]!.left).toBeLessThan(15)
  })

  it('is silent while a sensor is, and answers again', () => {
    const engine4 = told.filter(({ reading }) => reading.asset === 'Engine 4')
    const verdictAt = (second: number) => engine4.find((t) => t.second === second)!.decision
    expect(verdictAt(19)).toMatchObject({ verdict: 'normal', quality: [] })
    expect(verdictAt(34)).toMatchObject({
      verdict: 'normal',
      quality: [{ code: 'filled', feature: 'hpc_outlet_pressure' }],
    })
    expect(verdictAt(35).verdict).toBe('abstain')
    expect(verdictAt(35).quality.map(({ code }) => code)).toContain('output-not-finite')
    expect(verdictAt(35)).not.toHaveProperty('value')
    expect(verdictAt(78).verdict).toBe('abstain')
    expect(verdictAt(79).verdict).toBe('normal')
  })

  it('begins anew after an overhaul: 29 readings without an answer, then a healthy engine', () => {
    const next = told.filter(({ reading, overhauls }) => reading.asset === 'Engine 3' && overhauls === 1)
    expect(next.length).toBeGreaterThan(60)
    const codes = next.map(({ decision }) => decision.quality.map(({ code }) => code).join())
    expect(codes.slice(0, 29)).toEqual(Array.from({ length: 29 }, () => 'window-filling'))
    expect(next[29]!.decision.value).toBeGreaterThan(90)
  })

  it('says what the graph says of the same windows', async () => {
    const engine3 = told.filter(({ reading, overhauls }) => reading.asset === 'Engine 3' && overhauls === 0)
    const windows = engine3
      .slice(steps - 1)
      .map((_, k) => engine3.slice(k, k + steps).map((t) => rowOf(t.reading)))
    const answers = await ask(windows)
    expect(answers.length).toBeGreaterThan(60)
    answers.forEach((answer, k) => {
      expect(engine3[k + steps - 1]!.decision.value).toBeCloseTo(answer, 3)
    })
  })
})
