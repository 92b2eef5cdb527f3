import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Manifest, manifestSchema } from '#core/contracts/manifest.ts'
import type { Reading } from '#core/contracts/reading.ts'
import { quiet, step } from '#edge/alerts/condition.ts'
import type { InferenceLane } from '#edge/inference/lane.ts'
import { openLane } from '#edge/inference/open-lane.ts'
import { readPackage } from '#edge/package/read-package.ts'
import { simulateWithTruth } from '#models/machine-failure/simulate.ts'
import { numbersOf } from '#support/fed.ts'

const root = new URL('../../../models/machine-failure/', import.meta.url)
const versions = [
  ['1.0.0', root],
  ['1.1.0', new URL('1.1.0/', root)],
] as const
const startMs = Date.parse('2026-11-24T14:00:00Z')

let manifest: Manifest
let lane: InferenceLane

/** Rows of features to rows of probabilities. */
async function ask(rows: number[][]): Promise<number[][]> {
  const data = Float32Array.from(rows.flat())
  const request = { rows: rows.length, inputs: { features: { data, width: 6 } }, outputs: ['probabilities'] }
  const answers = numbersOf((await lane.infer(request, 10_000)).outputs['probabilities']).data
  return rows.map((_, i) => [...answers.subarray(4 * i, 4 * i + 4)])
}

const inputOf = ({ values }: Reading) =>
  manifest.inputs.features.map(({ name, codes }) => {
    const value = values[name]
    return typeof value === 'string' ? codes![value]! : typeof value === 'number' ? value : Number.NaN
  })

interface Raised {
  second: number
  asset: string
  rule: string
  priority: string
  real: boolean
}

/** What the shipped graph and the manifest's rules make of the simulated line, second by second. */
async function watch(seed: number, seconds: number): Promise<Raised[]> {
  const raised: Raised[] = []
  const { classes } = manifest.outputs[0]!
  const conditions = new Map<string, ReturnType<typeof step>>()
  for (const readings of simulateWithTruth({ seed, startMs, stepMs: 1000 })) {
    const timeMs = Date.parse(readings[0]!.reading.time)
    const second = (timeMs - startMs) / 1000
    if (second >= seconds) break
    const answers = await ask(readings.map(({ reading }) => inputOf(reading)))
    readings.forEach(({ reading: { asset }, failures }, i) => {
      for (const rule of manifest.decision.alerts) {
        const key = `${asset} ${rule.id}`
        const before = conditions.get(key) ?? quiet
        const after = step(rule, before, answers[i]![classes.indexOf(rule.class!)]!, timeMs)
        conditions.set(key, after)
        if (after.active && !before.active) {
          const real = failures[rule.class as keyof typeof failures]
          raised.push({ second, asset, rule: rule.id, priority: rule.priority, real })
        }
      }
    })
  }
  return raised
}

describe.each(versions)('the demo model %s', (_, folder) => {
  const read = (file: string) => readFileSync(new URL(file, folder))
  beforeAll(async () => {
    manifest = manifestSchema.parse(JSON.parse(read('package/model.json').toString()))
    const sha256 = createHash('sha256').update(read('package/model.onnx')).digest('hex')
    lane = openLane({ path: fileURLToPath(new URL('package/model.onnx', folder)), sha256 })
    await lane.ready
  })
  afterAll(() => lane.close())

  it('is packed as its folder has it', async () => {
    const into = mkdtempSync(join(tmpdir(), 'edgewright-demo-'))
    try {
      const file = `machine-failure-${manifest.version}.ewp`
      const packed = await readPackage(fileURLToPath(new URL(file, root)), into)
      expect(packed.manifest).toEqual(manifest)
      for (const name of ['model.onnx', 'card.md', 'baseline.json', 'baseline.bin', 'golden.json'])
        expect(readFileSync(join(packed.dir, name)).equals(read(`package/${name}`)), name).toBe(true)
    } finally {
      rmSync(into, { recursive: true, force: true })
    }
  })

  it('answers as the trained model did, row by row', async () => {
    const parity = JSON.parse(read('parity.json').toString()) as {
      features: (number | null)[][]
      probabilities: number[][]
    }
    const answers = await ask(parity.features.map((row) => row.map((v) => v ?? Number.NaN)))
    expect(answers).toHaveLength(64)
    answers.forEach((row, i) => {
      row.forEach((p, k) => {
        expect(Math.abs(p - parity.probabilities[i]![k]!)).toBeLessThan(1e-5)
      })
    })
  })

  it('gives no number where a sensor that may not be missing is missing', async () => {
    const usual = [0, 300, 310, 1500, 40, 100]
    for (const at of [0, 3, 4, 5]) {
      const [answer] = await ask([usual.with(at, Number.NaN)])
      expect(answer!.every(Number.isNaN)).toBe(true)
    }
    const [answer] = await ask([usual.with(1, Number.NaN)])
    expect(answer!.every((p) => p >= 0 && p <= 1)).toBe(true)
  })

  it('raises within half a minute of a fresh start, each priority within three minutes, and no flood', async () => {
    const raised = await watch(1, 600)
    expect(raised[0]).toMatchObject({ asset: 'Mill 3', rule: 'overstrain', priority: 'high', real: true })
    expect(raised[0]!.second).toBeLessThan(30)
    const early = raised.filter(({ second }) => second < 180).map(({ priority }) => priority)
    expect(early.toSorted()).toEqual(['high', 'low', 'medium'])
    expect(raised.length).toBeLessThanOrEqual(6)
    expect(raised.filter(({ rule }) => rule !== 'tool-wear').every(({ real }) => real)).toBe(true)
  })
})
