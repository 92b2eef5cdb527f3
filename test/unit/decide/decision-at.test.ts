import { describe, expect, it } from 'vitest'
import type { AlertRule } from '#core/contracts/manifest.ts'
import type { OutputTensor } from '#core/contracts/output-tensor.ts'
import { createDecider } from '#edge/decide/decide.ts'
import { decisionAt, saidAt } from '#edge/decide/decision-at.ts'
import type { RawOutputs } from '#edge/decide/scores.ts'
import { createValidator } from '#edge/ingest/validate.ts'
import { manifestOf, ruleOf } from '#support/manifest.ts'

const nowMs = Date.parse('2026-11-24T14:00:00Z')
const reading = { asset: 'mill', time: '2026-11-24T13:59:59Z', values: { a: 1, b: 2 } }
const baseline = { reference: { rows: 0, sha256: '' }, features: {}, absent: {} }
const placed = { epoch: '0123456789', first: 7, last: 7 }

function recordOf(
  output: Partial<OutputTensor>,
  raw: RawOutputs,
  others: OutputTensor[] = [],
  alerts: AlertRule[] = [],
) {
  const manifest = manifestOf({ output, others, alerts })
  const checked = createValidator(manifest).check([reading], nowMs)
  const decider = createDecider(manifest, baseline)
  return {
    record: decider.decide(checked, { raw, at: Int32Array.of(0), failures: new Map(), provider: 'cpu' }, 0),
    watched: decider.watched,
  }
}
const said = (...args: Parameters<typeof recordOf>) => saidAt(recordOf(...args).record, 0)
const one = (...data: number[]) => ({ data: Float64Array.from(data), width: data.length })
const value: Partial<OutputTensor> = { kind: 'regression', classes: [], positive: undefined }
const interval = { coverage: 0.9, lower: -12, upper: 20, n: 500, from: 'held-out engines' }

describe('what a decision says', () => {
  it('of a value, with the interval around it, cut to its range', () => {
    expect(said({ ...value, interval, range: { min: 0, max: 125 } }, { p: one(7.5) })).toEqual({
      value: 7.5,
      interval: { low: 0, high: 27.5, coverage: 0.9 },
    })
    expect(said(value, { p: one(7.5) })).toEqual({ value: 7.5 })
  })

  it('of several values, each by its name and none as the value', () => {
    expect(said({ ...value, targets: ['x', 'y', 'z'] }, { p: one(1.5, -2, 0) })).toEqual({
      targets: { x: 1.5, y: -2, z: 0 },
    })
  })

  it('of a label, the class and no probability', () => {
    const label: Partial<OutputTensor> = {
      kind: 'multiclass',
      classes: ['ok', 'worn', 'broken'],
      positive: undefined,
      activation: 'label',
    }
    expect(said(label, { p: { data: ['worn'], width: 1 } })).toEqual({ label: 'worn' })
    expect(said({ activation: 'label' }, { p: one(1) })).toEqual({ label: '1' })
  })

  it('of a label that is none of the classes, nothing', () => {
    const { record } = recordOf({ activation: 'label' }, { p: one(3) })
    expect(decisionAt(record, 0, placed)).toMatchObject({
      verdict: 'abstain',
      quality: [{ code: 'output-not-finite' }],
    })
    expect(saidAt(record, 0)).toEqual({})
  })

  const heat: OutputTensor = {
    name: 'heat',
    title: 'Heat',
    kind: 'multilabel',
    classes: ['motor', 'spindle'],
    activation: 'none',
  }
  const life: OutputTensor = {
    name: 'life',
    title: 'Life',
    kind: 'regression',
    classes: [],
    activation: 'none',
    unit: 'h',
    interval,
  }
  const raw = { p: one(0.75), heat: one(0.25, 0.5), life: one(40) }

  it('of several outputs, the first plainly and the others by their names', () => {
    expect(said({}, raw, [heat, life])).toEqual({
      probability: 0.75,
      outputs: {
        heat: { probability: 0.5, classes: { motor: 0.25, spindle: 0.5 } },
        life: { value: 40, interval: { low: 28, high: 60, coverage: 0.9 } },
      },
    })
  })

  it('nothing at all where any output is no finite number', () => {
    const { record } = recordOf({}, { ...raw, life: one(Number.NaN) }, [heat, life])
    expect(decisionAt(record, 0, placed)).toMatchObject({
      verdict: 'abstain',
      quality: [{ code: 'output-not-finite' }],
    })
    expect(saidAt(record, 0)).toEqual({})
    expect(record.scores.every((column) => Number.isNaN(column[0]))).toBe(true)
  })

  it('is watched by each rule in its own column', () => {
    const { class: _, ...old } = ruleOf({
      id: 'old',
      output: 'life',
      direction: 'below',
      raise: 30,
      clear: 40,
    })
    const rules = [
      ruleOf({ id: 'first' }),
      ruleOf({ id: 'first-by-name', output: 'p' }),
      ruleOf({ id: 'hot', output: 'heat', class: 'spindle' }),
      old,
    ]
    const { record, watched } = recordOf({}, raw, [heat, life], rules)
    expect(watched.map((column) => record.scoreNames[column])).toEqual([
      '1',
      '1',
      'heat/spindle',
      'life/value',
    ])
  })
})
