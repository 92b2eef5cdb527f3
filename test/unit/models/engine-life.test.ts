import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { contradictions } from '#core/contracts/contradictions.ts'
import { type Manifest, manifestSchema } from '#core/contracts/manifest.ts'
import { sensorNames } from '#models/engine-life/engine.ts'

const folder = new URL('../../../models/engine-life/', import.meta.url)
const read = (file: string) => readFileSync(new URL(file, folder), 'utf8')

interface Share {
  value: number | null
  low: number
  high: number
  hits: number
  n: number
}
interface Errors {
  n: number
  rmse: number
  mae: number
  bias: number
  phm08: number
  covered: Share
}
interface Metrics {
  data: { engines: number; development: number; calibration: number }
  choice: Record<string, { rmse: number; mae: number; parameters: number }>
  chosen: string
  interval: { coverage: number; half: number; n: number; windows: number }
  test: {
    capped: Errors
    uncapped: Errors
    bands: ({ from: number; to: number } & Errors)[]
    beyondCap: Errors
    below: { level: number; true: number; said: number; found: Share; right: Share }[]
  }
  raised: { rule: string; level: number; engines: number; never: number; median: number }[]
}
const metrics = JSON.parse(read('metrics.json')) as Metrics
const residuals = JSON.parse(read('residuals.json')) as Record<string, number[]>
const json: unknown = JSON.parse(read('package/model.json'))
const manifest: Manifest = manifestSchema.parse(json)

describe('the manifest of engine-life', () => {
  it('is valid and contradicts itself nowhere', () => {
    expect(contradictions(manifest)).toEqual([])
  })

  it('takes a window of 30 cycles of the sensors that the stand sends', () => {
    const { features, tensors } = manifest.inputs
    expect(features.map(({ name }) => name)).toEqual(sensorNames)
    expect(tensors).toEqual([
      {
        name: 'sensors',
        kind: 'window',
        dtype: 'float32',
        features: sensorNames,
        steps: 30,
        layout: 'time-feature',
        maxGapS: 20,
      },
    ])
    for (const { kind, nullable, fill } of features)
      expect({ kind, nullable, fill }).toEqual({ kind: 'number', nullable: true, fill: 'nan' })
  })

  it('says every text in English and in German', () => {
    const texts: Record<string, string>[] = []
    JSON.stringify(json, (_, value: unknown) => {
      if (value !== null && typeof value === 'object' && 'en' in value)
        texts.push(value as Record<string, string>)
      return value
    })
    expect(texts.length).toBeGreaterThan(25)
    for (const text of texts) {
      expect(Object.keys(text)).toEqual(['en', 'de'])
      expect(text['de']).not.toBe(text['en'])
    }
  })
})

/**
 * Half width by another way than evaluate.py's: the smallest residual at which the engines' shares of residuals up to it
 * add up to (n + 1) · coverage. With one residual each, the ⌈(n + 1) · coverage⌉-th smallest (Vovk et al. 2005).
 */
function halfWidth(engines: number[][], coverage: number): number {
  const sorted = engines.map((own) => own.toSorted((a, b) => a - b))
  const sharesUpTo = (q: number) =>
    sorted.reduce((sum, own) => sum + own.filter((r) => r <= q).length / own.length, 0)
  const enough = (engines.length + 1) * coverage - 1e-9
  const candidates = sorted.flat().sort((a, b) => a - b)
  let [low, high] = [0, candidates.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (sharesUpTo(candidates[middle]!) >= enough) high = middle
    else low = middle + 1
  }
  return candidates[low] ?? Number.POSITIVE_INFINITY
}

describe('the interval', () => {
  it('is computed as conformal prediction says, on cases with a known answer', () => {
    const each = [4, 1, 3, 9, 7, 2, 8, 6, 5].map((r) => [r])
    expect(halfWidth(each, 0.9)).toBe(9)
    expect(halfWidth(each, 0.8)).toBe(8)
    expect(halfWidth(each, 0.5)).toBe(5)
    expect(halfWidth(each.slice(1), 0.9)).toBe(Number.POSITIVE_INFINITY)
    // An engine with many windows weighs no more than one with a few.
    expect(halfWidth([[1, 1, 1, 1, 1, 1, 1, 1], [5], [6]], 0.5)).toBe(5)
  })

  it('follows from the residuals of engines set aside, each counting the same', () => {
    const engines = Object.values(residuals)
    const { interval, range } = manifest.outputs[0]!
    expect(engines).toHaveLength(metrics.data.calibration)
    expect(engines.flat()).toHaveLength(metrics.interval.windows)
    const half = halfWidth(engines, 0.9)
    expect(Math.ceil(10 * half) / 10).toBe(metrics.interval.half)
    expect(interval).toMatchObject({ coverage: 0.9, lower: -metrics.interval.half, n: engines.length })
    expect(interval!.upper).toBe(metrics.interval.half)
    expect(range).toEqual({ min: 0 })
  })

  it('was measured on the official test to hold what it promises', () => {
    const { covered, n } = metrics.test.capped
    expect(n).toBe(100)
    expect(covered.high).toBeGreaterThan(0.9)
    expect(covered.hits).toBeGreaterThanOrEqual(85)
  })
})

describe('the card of engine-life', () => {
  const card = read('package/card.md')
  const lines = card.split('\n')
  const share = ({ hits, n, low, high }: Share) =>
    `${hits} of ${n} (${(100 * low).toFixed(0)} to ${(100 * high).toFixed(0)} %)`
  const figures = (e: Errors) => [
    e.n,
    e.rmse.toFixed(1),
    e.mae.toFixed(1),
    `${e.bias < 0 ? '' : '+'}${e.bias.toFixed(1)}`,
    e.phm08.toFixed(0),
    share(e.covered),
  ]
  const row = (...cells: (string | number)[]) => `| ${cells.join(' | ')} |`

  it('has the measured figures', () => {
    const { capped, uncapped, bands, beyondCap, below } = metrics.test
    expect(lines).toContain(row('truth cut to 125', ...figures(capped)))
    expect(lines).toContain(row('truth as it is', ...figures(uncapped)))
    expect(lines).toContain(row('above 125', ...figures(beyondCap)))
    for (const b of bands)
      expect(lines).toContain(row(`${b.from} to ${b.to === 125 ? '' : 'under '}${b.to}`, ...figures(b)))
    for (const b of below)
      expect(lines).toContain(row(`below ${b.level}`, b.true, b.said, share(b.found), share(b.right)))
    for (const [name, c] of Object.entries(metrics.choice))
      expect(lines).toContain(row(name, c.parameters, c.rmse.toFixed(2), c.mae.toFixed(2)))
    expect(card).toContain(`**± ${metrics.interval.half.toFixed(1)} cycles**`)
  })

  it('rests on counts that add up, and on the network that did best', () => {
    const { capped, bands, beyondCap } = metrics.test
    expect(bands.reduce((sum, { n }) => sum + n, 0) + beyondCap.n).toBe(capped.n)
    const best = Object.entries(metrics.choice).toSorted(([, a], [, b]) => a.rmse - b.rmse)[0]![0]
    expect(metrics.chosen).toBe(best)
    expect(metrics.data.development + metrics.data.calibration).toBe(metrics.data.engines)
    for (const rule of manifest.decision.alerts)
      expect(metrics.raised.find((r) => r.rule === rule.id)).toMatchObject({ level: rule.raise, never: 0 })
  })

  it('says what it may not be used for, where the truth was cut, whose data it is, and that people are fictional', () => {
    for (const words of [
      '**Not for** real engines',
      '**At most 125.**',
      'Saxena',
      'NASA',
      'simulated',
      'fictional',
    ])
      expect(card).toContain(words)
  })
})
