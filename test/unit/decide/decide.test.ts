import { describe, expect, it } from 'vitest'
import type { Baseline, FeatureBaseline } from '#core/contracts/package.ts'
import { createDecider, markAlert } from '#edge/decide/decide.ts'
import { decisionAt } from '#edge/decide/decision-at.ts'
import { quantile, shareAbove, shareBelow } from '#edge/decide/explain.ts'
import { toScores } from '#edge/decide/scores.ts'
import { createValidator } from '#edge/ingest/validate.ts'
import { manifestOf, ruleOf } from '#support/manifest.ts'

const uniform: FeatureBaseline = {
  n: 100,
  mean: 50,
  m2: 0,
  min: 0,
  max: 100,
  learned: { min: 0, max: 100 },
  histogram: {
    edges: [0, 25, 50, 75, 100],
    counts: [25, 25, 25, 25],
    nulls: 0,
    below: 0,
    above: 0,
    notFinite: 0,
  },
}
const baseline: Baseline = {
  reference: { rows: 100, sha256: '' },
  features: { a: uniform, b: uniform },
  absent: {},
}
const nowMs = Date.parse('2026-11-24T14:00:00Z')
const reading = (a: unknown, b: unknown) => ({
  asset: 'mill',
  time: '2026-11-24T13:59:59Z',
  values: { a, b },
})
const placed = { epoch: '0123456789', first: 7, last: 9 }

function decideOne(raw: number[], values: [unknown, unknown] = [50, 50], output = {}) {
  const manifest = manifestOf({ output })
  const checked = createValidator(manifest).check([reading(...values)], nowMs)
  const answer = {
    raw: { p: { data: Float32Array.from(raw), width: raw.length } },
    at: Int32Array.from([checked.fit[0] === 1 ? 0 : -1]),
    failures: new Map(),
    provider: 'cpu',
  }
  return createDecider(manifest, baseline).decide(checked, answer, 1.5)
}

describe('decisions', () => {
  it('reports the model’s own probability of the positive class, untouched', () => {
    const p = Math.fround(0.7312345)
    expect(decisionAt(decideOne([1 - p, p]), 0, placed)).toMatchObject({
      readingId: '01234567.7',
      verdict: 'normal',
      probability: p,
      quality: [],
    })
  })
  it('takes a single column for the positive class', () => {
    expect(decisionAt(decideOne([0.25]), 0, placed).probability).toBe(0.25)
  })
  it.each([
    [Number.NaN, 0.5],
    [Number.POSITIVE_INFINITY, 0],
  ])('abstains on a score that is not finite (%s)', (a, b) => {
    const decision = decisionAt(decideOne([a, b]), 0, placed)
    expect([decision.verdict, decision.probability, decision.quality[0]?.code]).toEqual([
      'abstain',
      undefined,
      'output-not-finite',
    ])
  })
  it('says what is wrong with a rejected reading, and gives no score', () => {
    const decision = decisionAt(decideOne([0.1, 0.9], ['x', 50]), 0, placed)
    expect([decision.verdict, decision.probability, decision.quality[0]?.code]).toEqual([
      'rejected',
      undefined,
      'wrong-type',
    ])
  })
  it('gives a value for regression', () => {
    const manifest = manifestOf({
      output: { kind: 'regression', classes: [], positive: undefined },
      alerts: [],
    })
    const checked = createValidator(manifest).check([reading(1, 2)], nowMs)
    const record = createDecider(manifest, baseline).decide(
      checked,
      {
        raw: { p: { data: Float32Array.of(-3.5), width: 1 } },
        at: Int32Array.of(0),
        failures: new Map(),
        provider: 'cpu',
      },
      0,
    )
    expect(decisionAt(record, 0, placed)).toMatchObject({ value: -3.5, verdict: 'normal' })
  })
  it('reports the largest watched class of several, and all of them', () => {
    const manifest = manifestOf({
      output: { kind: 'multilabel', classes: ['u', 'v', 'w'], positive: undefined },
      alerts: [ruleOf({ id: 'v', class: 'v' }), ruleOf({ id: 'w', class: 'w' })],
    })
    const checked = createValidator(manifest).check([reading(1, 2)], nowMs)
    const record = createDecider(manifest, baseline).decide(
      checked,
      {
        raw: { p: { data: Float32Array.of(0.9, 0.25, 0.5), width: 3 } },
        at: Int32Array.of(0),
        failures: new Map(),
        provider: 'cpu',
      },
      0,
    )
    expect(decisionAt(record, 0, placed)).toMatchObject({
      probability: 0.5,
      classes: { u: Math.fround(0.9), v: 0.25, w: 0.5 },
    })
  })
  it('carries the alarm and its reason', () => {
    const record = decideOne([0.1, 0.9], [99, 50])
    markAlert(record, 0, 'alert-1', { features: [], text: 'because' })
    expect(decisionAt(record, 0, placed)).toMatchObject({
      verdict: 'alert',
      alertId: 'alert-1',
      explanation: { text: 'because' },
    })
  })
})

describe('activation', () => {
  const output = manifestOf().outputs[0]!
  it('softmax bears large logits', () => {
    const [a, b] = toScores(
      [{ ...output, activation: 'softmax' }],
      { p: { data: Float32Array.of(1000, 1001), width: 2 } },
      Int32Array.of(0),
    )
    expect(a![0]! + b![0]!).toBeCloseTo(1, 6)
    expect(b![0]).toBeCloseTo(1 / (1 + Math.exp(-1)), 6)
  })
  it('sigmoid of one column', () => {
    const [a, b] = toScores(
      [{ ...output, activation: 'sigmoid' }],
      { p: { data: Float32Array.of(0), width: 1 } },
      Int32Array.of(0),
    )
    expect([a![0], b![0]]).toEqual([0.5, 0.5])
  })
})

describe('the first reason', () => {
  const explain = createDecider(manifestOf(), baseline).explain
  it('names what lies outside the middle 90 %, the furthest first, with its place', () => {
    const { features, text } = explain((i) => [2, 99][i]!)
    expect(features.map((f) => [f.feature, f.side, f.usual])).toEqual([
      ['b', 'higher', { min: 5, max: 95 }],
      ['a', 'lower', { min: 5, max: 95 }],
    ])
    expect(features[0]!.beyondPercent).toBeCloseTo(99)
    expect(features[1]!.beyondPercent).toBeCloseTo(98)
    expect(text).toBe(
      'b is 99, higher than 99 % of normal (usual 5–95). a is 2, lower than 98 % of normal (usual 5–95).',
    )
  })
  it('names what is near the end of its usual range where nothing is outside it', () => {
    expect(explain((i) => [93, 99][i]!).features.map((f) => f.feature)).toEqual(['b'])
    const { features } = explain((i) => [93, 50][i]!)
    expect(features.map((f) => [f.feature, f.side, Math.round(f.beyondPercent)])).toEqual([
      ['a', 'higher', 93],
    ])
  })
  it('has nothing to say of a missing value', () => {
    expect(explain(() => Number.NaN).features).toEqual([])
  })
  it('says so where nothing stands out', () => {
    expect(explain(() => 50)).toEqual({ features: [], text: 'No single input stands out.' })
  })
  it('finds nothing unusual in either value of a yes or no', () => {
    const histogram = {
      ...uniform.histogram,
      edges: [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1],
      counts: new Array(10).fill(0),
    }
    const known = { ...uniform, min: 0, max: 1, histogram }
    const decider = createDecider(manifestOf(), { ...baseline, features: { a: known, b: known } })
    expect(decider.explain((i) => i).features).toEqual([])
    expect([shareBelow(known, 1), shareAbove(known, 0)]).toEqual([0.6, 0.5])
  })
  it('reads quantiles and shares off the histogram', () => {
    expect([0, 0.05, 0.5, 1].map((q) => quantile(uniform, q))).toEqual([0, 5, 50, 100])
    expect([-1, 10, 100, 200].map((x) => shareBelow(uniform, x))).toEqual([0, 0.1, 1, 1])
  })
})
