import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { contradictions } from '#core/contracts/contradictions.ts'
import { type Manifest, manifestSchema } from '#core/contracts/manifest.ts'
import { say } from '#core/contracts/text.ts'

const folder = new URL('../../../models/machine-failure/', import.meta.url)
const versions = [
  ['1.0.0', ''],
  ['1.1.0', '1.1.0/'],
] as const
const read = (file: string) => readFileSync(new URL(file, folder), 'utf8')

interface Share {
  value: number | null
  low: number
  high: number
}
interface ModeFigures {
  positives: number
  threshold: number
  tp: number
  fp: number
  fn: number
  tn: number
  precision: Share
  recall: Share
  f1: number
  prAuc: number
  brier: number
  brierOfBaseRate: number
  falsePer1000: number
  calibration: { from: number; to: number; n: number; mean: number; observed: Share }[]
}
interface Figures {
  rows: number
  modes: Record<string, ModeFigures>
}
interface Metrics {
  heldOut: Figures
  outOfBlock: Figures
  thresholds: Record<string, number>
  rules: Record<string, { recall: Share; fp: number; falsePer1000: number }>
  limits: { mode: string; rule: number; begins: number }[]
  beside?: {
    heldOut: Figures
    paired: Record<string, { same: number; beforeRight: number; afterRight: number }>
  }
}
const metricsOf = (at: string) => JSON.parse(read(`${at}metrics.json`)) as Metrics
const share = ({ value, low, high }: Share) =>
  `${value?.toFixed(3) ?? 'none'} (${low.toFixed(2)} to ${high.toFixed(2)})`

describe.each(versions)('the manifest of %s', (version, at) => {
  const json: unknown = JSON.parse(read(`${at}package/model.json`))
  const manifest: Manifest = manifestSchema.parse(json)
  const metrics = metricsOf(at)

  it('is that version', () => {
    expect(manifest.version).toBe(version)
    expect(manifest.release).toBe(versions.findIndex(([name]) => name === version) + 1)
  })

  it('is valid and contradicts itself nowhere', () => {
    expect(contradictions(manifest)).toEqual([])
  })

  it('raises at the thresholds that validation chose', () => {
    expect(manifest.decision.alerts).toHaveLength(4)
    for (const rule of manifest.decision.alerts) {
      expect(rule.raise).toBe(metrics.thresholds[rule.class!])
      expect(metrics.heldOut.modes[rule.class!]?.threshold).toBe(rule.raise)
    }
  })

  it('says every text in English and in German', () => {
    const texts: unknown[] = []
    JSON.stringify(json, (_, value: unknown) => {
      if (value !== null && typeof value === 'object' && 'en' in value) texts.push(value)
      return value
    })
    expect(texts.length).toBeGreaterThan(30)
    for (const text of texts as Record<string, string>[]) {
      expect(say(text, 'de')).not.toBe(say(text, 'fr'))
      expect(Object.keys(text)).toEqual(['en', 'de'])
    }
    for (const { title, cause, consequence, actions } of manifest.decision.alerts)
      for (const text of [title, cause, consequence, ...actions]) expect(text).toHaveProperty('de')
    for (const { title, actions } of manifest.guardrails!)
      for (const text of [title, ...actions]) expect(text).toHaveProperty('de')
  })

  it('has conditions that act in every way but to hand over to the rules, each with its person', () => {
    const { guardrails, people } = manifest
    expect(new Set(guardrails!.map((rail) => rail.then))).toEqual(
      new Set(['rollback', 'alert', 'request-retraining']),
    )
    for (const { decidedBy } of guardrails!) expect([people.owner, people.onCall]).toContainEqual(decidedBy)
  })

  it('has a rule for every alert', () => {
    const alerts = manifest.decision.alerts.map(({ id }) => id)
    expect(manifest.fallback!.rules.map(({ alert }) => alert).toSorted()).toEqual(alerts.toSorted())
  })
})

describe('1.1.0 beside 1.0.0', () => {
  const [first, second] = versions.map(([, at]) =>
    manifestSchema.parse(JSON.parse(read(`${at}package/model.json`))),
  )
  const [before, after] = versions.map(([, at]) => metricsOf(at))

  it('can take its place: the same inputs, the same answers, the same alert rules by id and class', () => {
    expect(second!.inputs).toEqual(first!.inputs)
    expect(second!.outputs).toEqual(first!.outputs)
    const named = ({ decision }: Manifest) => decision.alerts.map((rule) => [rule.id, rule.class])
    expect(named(second!)).toEqual(named(first!))
  })

  it('was compared on the same held-out rows, and alerts on overstrain nearer to where it begins', () => {
    expect(after!.beside!.heldOut).toEqual(before!.heldOut)
    for (const { same, beforeRight, afterRight } of Object.values(after!.beside!.paired))
      expect(same + beforeRight + afterRight).toBe(after!.heldOut.rows)
    const off = ({ limits }: Metrics) =>
      limits.flatMap(({ mode, rule, begins }) => (mode === 'OSF' ? [Math.abs(begins - rule)] : []))
    const [was, is] = [off(before!), off(after!)]
    expect(is).toHaveLength(3)
    is.forEach((far, k) => {
      expect(far).toBeLessThan(was[k]!)
    })
  })
})

describe.each(versions)('the card of %s', (_, at) => {
  const lines = read(`${at}package/card.md`).split('\n')
  const metrics = metricsOf(at)

  it.each(Object.entries(metrics.heldOut.modes))('has the measured figures of %s', (mode, m) => {
    const { recall, fp, falsePer1000 } = metrics.rules[mode]!
    expect(lines).toContain(`| ${mode} | ${share(recall)} | ${fp} | ${falsePer1000.toFixed(1)} |`)
    const row = (...cells: (string | number)[]) => `| ${[mode, ...cells].join(' | ')} |`
    const figures = [m.f1.toFixed(3), m.prAuc.toFixed(3), m.brier.toFixed(5), m.brierOfBaseRate.toFixed(5)]
    expect(lines).toContain(row(m.positives, share(m.precision), share(m.recall), ...figures))
    expect(lines).toContain(row(m.threshold, m.tp, m.fp, m.fn, m.tn, m.falsePer1000.toFixed(1)))
    for (const c of m.calibration)
      expect(lines).toContain(row(`${c.from} to ${c.to}`, c.n, c.mean.toFixed(4), share(c.observed)))
  })

  it.each(Object.entries(metrics.outOfBlock.modes))('has the stricter figures of %s', (mode, m) => {
    const cells = [mode, m.positives, share(m.precision), share(m.recall), m.falsePer1000.toFixed(1)]
    expect(lines).toContain(`| ${cells.join(' | ')} |`)
  })

  it('rests on counts that add up', () => {
    for (const { rows, modes } of [metrics.heldOut, metrics.outOfBlock])
      for (const m of Object.values(modes)) {
        expect(m.tp + m.fn).toBe(m.positives)
        expect(m.tp + m.fp + m.fn + m.tn).toBe(rows)
        expect(m.calibration.reduce((sum, { n }) => sum + n, 0)).toBe(rows)
        if (m.tp > 0) expect(m.recall.value).toBeCloseTo(m.tp / m.positives, 12)
      }
  })

  it('says what it may not be used for, whose data it is, and that people are fictional', () => {
    const card = lines.join('\n')
    for (const words of ['**Not for** a real machine', 'CC BY 4.0', 'Matzka', 'synthetic', 'fictional'])
      expect(card).toContain(words)
  })
})
