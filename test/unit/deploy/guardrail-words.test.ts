import { describe, expect, it } from 'vitest'
import { figure, firingInWords, lengthInWords } from '#edge/deploy/guardrails/words.ts'
import { guardrailOf } from '#support/guardrails.ts'

describe('the words of a guardrail', () => {
  it.each([
    ['latency-p95', 3.149, 'en', '3.1 ms'],
    ['latency-p95', 1234.5, 'en', '1,235 ms'],
    ['error-rate', 0.12345, 'en', '12 %'],
    ['error-rate', 0.0421, 'de', '4,2 %'],
    ['reject-rate', 0, 'en', '0 %'],
    ['null-rate', 1, 'de', '100 %'],
  ] as const)('%s %d in %s: %s', (metric, value, language, said) => {
    expect(figure(metric, value, language)).toBe(said)
  })

  it.each([
    [1, '1 s'],
    [60, '1 min'],
    [90, '90 s'],
    [900, '15 min'],
    [3600, '1 h'],
    [86_400, '1 d'],
    [2_592_000, '30 d'],
  ])('%d s: %s', (seconds, said) => {
    expect(lengthInWords(seconds)).toBe(said)
  })

  it('name the feature, the side of the limit and what was counted', () => {
    const [from, to] = ['2026-11-14T05:00:00.000Z', '2026-11-14T06:00:00.000Z']
    const firing = { state: 'fired', n: 40, from, to } as const
    const lacks = guardrailOf({ when: { metric: 'null-rate', above: 0.2, overS: 3600 } })
    expect(firingInWords({ ...firing, guardrail: lacks, value: 0.5, feature: 'speed' }, 'en')).toBe(
      'Missing values (speed): 50 % of 40 readings in 1 h (agreed: not more than 20 %).',
    )
    const rare = guardrailOf({ when: { metric: 'alert-rate', below: 0.01, overS: 3600 } })
    expect(firingInWords({ ...firing, guardrail: rare, value: 0 }, 'de')).toBe(
      'Antworten mit Alarm: 0 % von 40 Messwerten in 1 h (vereinbart: nicht weniger als 1 %).',
    )
    const people = guardrailOf({ when: { metric: 'disagreement', above: 0.5, overS: 86_400 } })
    expect(firingInWords({ ...firing, guardrail: people, value: 0.75 }, 'en')).toBe(
      'Alerts that people called false: 75 % of 40 answers in 1 d (agreed: not more than 50 %).',
    )
  })
})
