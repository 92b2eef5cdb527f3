import { describe, expect, it } from 'vitest'
import type { LiveReading } from '#core/contracts/api.ts'
import { decisionSchema, type QualityCode } from '#core/contracts/decision.ts'
import type { Feature } from '#core/contracts/manifest.ts'
import { Live } from '#edge/api/live.ts'
import { createDecider } from '#edge/decide/decide.ts'
import { decisionAt } from '#edge/decide/decision-at.ts'
import { createValidator } from '#edge/ingest/validate.ts'
import { manifestOf, ruleOf } from '#support/manifest.ts'

const nowMs = Date.parse('2026-11-24T14:00:00Z')
const baseline = { reference: { rows: 0, sha256: '' }, features: {}, absent: {} }
const placed = { epoch: '0123456789', first: 7, last: 9 }
const features: Feature[] = [
  { name: 'heat', title: 'Heat', kind: 'number', nullable: true, fill: 0, stuckAfterS: 5 },
  { name: 'type', title: 'Type', kind: 'category', codes: { L: 0, M: 1 }, nullable: true, fill: 0 },
]
const past = {
  name: 'past',
  kind: 'window' as const,
  dtype: 'float32' as const,
  features: ['heat'],
  steps: 2,
  layout: 'time-feature' as const,
}
const table = { name: 'x', kind: 'columns' as const, dtype: 'float32' as const, features: ['heat', 'type'] }
const fallback = {
  rules: [
    { when: 'heat > 90.0 && reading["type"] == "M"', alert: 'failure' },
    { when: 'heat > 200.0', alert: 'fire' },
  ],
}
const alerts = [ruleOf(), ruleOf({ id: 'fire' }), ruleOf({ id: 'untold' })]
const manifest = manifestOf({ features, tensors: [table], alerts, fallback })
const bare = manifestOf({ features, tensors: [table], alerts })

interface Given {
  model?: typeof manifest
  /** What the model failed with, at the last reading; absent: it answered. */
  failed?: QualityCode
  answer?: number
}
/** The decision on the last of some readings, a second apart. */
function decideLast(
  values: Record<string, unknown>[],
  { model = manifest, failed, answer = 0.2 }: Given = {},
) {
  const raws = values.map((each, k) => ({
    asset: 'mill',
    time: new Date(nowMs - 1000 * (values.length - k)).toISOString(),
    values: each,
  }))
  const checked = createValidator(model).check(raws, nowMs)
  const last = values.length - 1
  const record = createDecider(model, baseline).decide(
    checked,
    {
      raw: failed ? undefined : { p: { data: new Float32Array(values.length).fill(answer), width: 1 } },
      at: Int32Array.from(values, (_, k) => (failed || checked.fit[k] !== 1 ? -1 : k)),
      failures: new Map(failed && checked.fit[last] === 1 ? [[last, { code: failed, message: 'no' }]] : []),
      provider: failed ? 'none' : 'cuda',
    },
    1,
  )
  const decision = decisionAt(record, last, placed)
  expect(decisionSchema.parse(decision)).toEqual(decision)
  return {
    ...decision,
    codes: decision.quality.map(({ code }) => code),
    met: record.notes.get(last)?.met,
    record,
  }
}
const hot = { heat: 95, type: 'M' }

describe('decisions by fallback rules', () => {
  it.each<QualityCode>(['inference-failed', 'deadline-exceeded', 'no-model', 'image-blank'])(
    'stand in where the model did not answer (%s), and keep the mark that says why',
    (failed) => {
      expect(decideLast([hot], { failed })).toMatchObject({
        verdict: 'normal',
        by: 'rules',
        provider: 'none',
        codes: [failed],
        met: ['failure'],
      })
      expect(decideLast([{ heat: 20, type: 'M' }], { failed })).toMatchObject({ by: 'rules', met: undefined })
      expect(decideLast([hot], { failed, model: bare })).toMatchObject({ verdict: 'abstain', by: 'model' })
    },
  )

  it('give no probability, also where the model gave one that is not finite', () => {
    const decision = decideLast([hot], { answer: Number.NaN })
    expect(decision).toMatchObject({ by: 'rules', verdict: 'normal', codes: ['output-not-finite'] })
    expect(decision).not.toHaveProperty('probability')
  })

  it('leave to the model what it answered', () => {
    expect(decideLast([hot])).toMatchObject({ by: 'model', provider: 'cuda', met: undefined })
  })

  it('do not bring back what is rejected: a wrong reading, or a file that is no image', () => {
    expect(decideLast([{ heat: 'hot', type: 'M' }], { failed: 'no-model' })).toMatchObject({
      verdict: 'rejected',
      by: 'model',
    })
    expect(decideLast([hot], { failed: 'image-unreadable' })).toMatchObject({
      verdict: 'rejected',
      by: 'model',
    })
  })

  it('judge while a window fills, and a sensor that may be stuck', () => {
    const windowed = manifestOf({ features, tensors: [past, table], alerts, fallback })
    expect(decideLast([hot], { model: windowed })).toMatchObject({
      by: 'rules',
      codes: ['window-filling'],
      met: ['failure'],
    })
    expect(decideLast(new Array(7).fill(hot))).toMatchObject({
      by: 'rules',
      codes: ['stuck'],
      met: ['failure'],
    })
  })

  it('say nothing to a reading in which everything is missing', () => {
    const eager = { rules: [{ when: 'heat == null', alert: 'failure' }] }
    const model = manifestOf({ features, tensors: [table], alerts, fallback: eager })
    expect(decideLast([{ heat: null, type: null }], { model })).toMatchObject({
      verdict: 'abstain',
      by: 'model',
      codes: ['filled', 'filled', 'all-missing'],
    })
    expect(decideLast([{ heat: null, type: 'L' }], { model, failed: 'no-model' })).toMatchObject({
      by: 'rules',
    })
  })

  it('abstain too, and say why, where a value they need is missing', () => {
    const decision = decideLast([{ heat: null, type: 'M' }], { failed: 'no-model' })
    expect(decision).toMatchObject({
      verdict: 'abstain',
      by: 'model',
      codes: ['filled', 'no-model', 'rules-cannot-judge'],
    })
    expect(decision.quality.at(-1)?.message).toContain('missing: heat')
  })

  it('reach the consoles as what they are', () => {
    const sent: LiveReading[][] = []
    const live = new Live(
      (readings) => sent.push(readings),
      () => nowMs,
    )
    for (const given of [{ failed: 'no-model' as const }, {}]) {
      const { record } = decideLast([hot], given)
      live.decided({ record, placed, sent: [], raw: undefined, at: Int32Array.of(-1) })
      live.flush()
    }
    expect(sent.map(([reading]) => [reading?.verdict, reading?.by, reading?.probability])).toEqual([
      ['normal', 'rules', undefined],
      ['normal', undefined, expect.closeTo(0.2)],
    ])
  })
})
