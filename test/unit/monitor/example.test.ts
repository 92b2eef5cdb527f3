import { describe, expect, it } from 'vitest'
import type { Alert } from '#core/contracts/alert.ts'
import type { RecordedReading } from '#core/contracts/decision.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { feedbackExampleSchema } from '#core/contracts/example.ts'
import type { Privacy } from '#core/contracts/privacy.ts'
import { digestKey } from '#edge/deploy/privacy-of.ts'
import { exampleOf } from '#edge/monitor/example.ts'
import { privacyKey } from '#edge/sync/privacy/values.ts'

const digest = 'ab'.repeat(32)
const reading: RecordedReading = {
  readingId: 'r-1',
  asset: 'press 4',
  time: '2026-11-21T12:00:00.000Z',
  values: { torque: 41.3, kind: 'M', picture: `sha256:${digest}`, hot: null },
  decision: {
    readingId: 'r-1',
    ...{ verdict: 'alert', by: 'model', probability: 0.9, provider: 'cpu', ms: 3 },
    quality: [
      { code: 'filled', feature: 'hot', message: 'hot is missing; 41.3 was assumed' },
      { code: 'filled', message: 'x' },
    ],
    explanation: { features: [], text: 'torque is high at 41.3' },
    model: { id: 'm', version: '1.1.0' },
  },
}
const answered = {
  ...{ id: 'a-1', rule: 'wear', asset: 'press 4', readingId: 'r-1', raisedAt: '2026-11-21T12:00:01.000Z' },
  model: { id: 'm', version: '1.0.0', title: 'M' },
  feedback: {
    answer: 'real-acted',
    note: 'changed the tool',
    by: 'M. Keller',
    at: '2026-11-21T12:05:00.000Z',
  },
} as unknown as Alert

function example(
  privacy: Privacy | undefined,
  found: RecordedReading | Error | undefined = reading,
  alert = answered,
) {
  const state: Record<string, unknown> = { [digestKey('m', '1.1.0')]: digest }
  if (privacy) state[privacyKey('m', '1.1.0')] = privacy
  const journal = {
    state: <T>(key: string) => state[key] as T | undefined,
    readings: async () => ({ readings: [], next: null }),
    reading: () => {
      if (found instanceof Error) throw found
      return found
    },
  }
  return exampleOf(alert, { journal, pseudonym: (domain, word) => `p:${domain}/${word.length}` })
}
const raw: Privacy = { default: 'raw', asset: 'raw', notes: 'raw' }

describe('what an answer teaches', () => {
  it('is what was served, and by which version, digest and all', async () => {
    const made = await example(raw)
    expect(feedbackExampleSchema.parse(made)).toEqual(made)
    expect(made).toEqual({
      ...{ alertId: 'a-1', readingId: 'r-1', model: 'm', version: '1.1.0', digest, rule: 'wear' },
      ...{ asset: 'press 4', time: reading.time, features: reading.values, withheld: [], pseudonymised: [] },
      decision: { verdict: 'alert', by: 'model', probability: 0.9, marks: ['filled'] },
      ...{ answer: 'real-acted', note: 'changed the tool', by: 'M. Keller', at: '2026-11-21T12:05:00.000Z' },
    })
  })

  it('holds of what stays here the names alone', async () => {
    const made = await example({
      default: 'never',
      features: { kind: 'pseudonymised' },
      asset: 'pseudonymised',
      notes: 'never',
    })
    expect(made).toMatchObject({
      features: { kind: 'p:feature:kind/1' },
      pseudonymised: ['kind'],
      withheld: ['torque', 'picture', 'hot'],
    })
    const text = JSON.stringify(made)
    for (const canary of ['41.3', 'press 4', 'changed the tool', 'is high', 'r-1'])
      expect(text).not.toContain(canary)
  })

  it('takes the strictest where nothing is known of the version', async () => {
    expect(await example(undefined)).toMatchObject({ features: {}, asset: expect.stringMatching(/^p:/) })
    expect(await example(undefined)).not.toHaveProperty('note')
  })

  it('is the answer alone where the reading is gone, and says why', async () => {
    const gone = await exampleOf(answered, {
      journal: {
        state: () => undefined,
        reading: () => undefined,
        readings: async () => ({ readings: [], next: null }),
      },
      pseudonym: () => 'p:x',
    })
    expect(gone).toMatchObject({
      features: null,
      decision: null,
      missing: 'retention',
      time: answered.raisedAt,
      digest: null,
    })
    expect(await example(raw, new EdgewrightError('journal-damaged', 'x'))).toMatchObject({
      missing: 'damaged',
    })
    await expect(example(raw, new Error('other'))).rejects.toThrow('other')
  })

  it('is nothing where the alert is about the model itself, or nobody answered', async () => {
    expect(await example(raw, reading, { ...answered, rule: 'guardrail:g' })).toBeUndefined()
    const { feedback: _, ...open } = answered
    expect(await example(raw, reading, open as Alert)).toBeUndefined()
  })
})
