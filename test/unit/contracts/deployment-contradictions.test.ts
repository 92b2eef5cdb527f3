import { describe, expect, it } from 'vitest'
import { contradictions } from '#core/contracts/contradictions.ts'
import type { Guardrail } from '#core/contracts/guardrail.ts'
import { type Feature, type Manifest, manifestSchema } from '#core/contracts/manifest.ts'
import { manifestOf } from '#support/manifest.ts'

const feature = (name: string, rest: Partial<Feature> = {}): Feature => ({
  name,
  title: name,
  kind: 'number',
  nullable: false,
  ...rest,
})
const guardrailOf = (when: Partial<Guardrail['when']>, rest: Partial<Guardrail> = {}): Guardrail => ({
  id: 'watch',
  title: 'watch',
  when: { metric: 'error-rate', above: 0.05, overS: 60, atLeast: 20, ...when },
  forS: 0,
  // biome-ignore lint/suspicious/noThenProperty: as in a package
  then: 'alert',
  decidedBy: { name: 'M. Keller' },
  actions: ['Look.'],
  ...rest,
})
/** "a" may be missing, "u" not. */
const withParts = (parts: Partial<Manifest>): Manifest => ({
  ...manifestOf({ features: [feature('a', { nullable: true, fill: 0 }), feature('u')] }),
  ...parts,
})
const guarded = (...args: Parameters<typeof guardrailOf>) => withParts({ guardrails: [guardrailOf(...args)] })
// biome-ignore lint/suspicious/noThenProperty: as in a package
const toRules = guardrailOf({ metric: 'null-rate', feature: 'a', clear: 0.01 }, { then: 'fallback' })

describe('what a package says about its deployment', () => {
  it.each<[string, Manifest]>([
    ['guardrails: two share the id "watch"', withParts({ guardrails: [guardrailOf({}), guardrailOf({})] })],
    ['guardrails: "watch" watches a share, which never is above 5', guarded({ above: 5 })],
    ['guardrails: "watch" watches a share, which never is below 0', guarded({ above: undefined, below: 0 })],
    ['guardrails: "watch" needs a limit of more than 0 ms', guarded({ metric: 'latency-p95', above: 0 })],
    ['guardrails: "watch" would be over before it fires: clear 0.1, limit 0.05', guarded({ clear: 0.1 })],
    [
      'guardrails: "watch" would be over before it fires: clear 0.1, limit 0.2',
      guarded({ above: undefined, below: 0.2, clear: 0.1 }),
    ],
    ['guardrails: "watch" names a feature, which only null-rate looks at', guarded({ feature: 'a' })],
    [
      'guardrails: "watch" watches "z", which is not among inputs.features',
      guarded({ metric: 'null-rate', feature: 'z' }),
    ],
    [
      'guardrails: "watch" watches for what is missing, but a reading without "u" is refused',
      guarded({ metric: 'null-rate', feature: 'u' }),
    ],
    [
      'guardrails: "watch" watches alerts, and the model raises none',
      { ...guarded({ metric: 'disagreement' }), decision: { alerts: [] } },
    ],
    [
      'guardrails: "watch" falls back to rules, and there is no "fallback"',
      withParts({ guardrails: [toRules] }),
    ],
    [
      'fallback.rules: rule 1 names "speed", which is not a feature of this model',
      withParts({ fallback: { rules: [{ when: 'speed > 1.0', alert: 'failure' }] } }),
    ],
    [
      'hardware.providers: "cuda" is there twice',
      withParts({ hardware: { providers: ['cuda', 'cpu', 'cuda'] } }),
    ],
    [
      'hardware: one row may take 2000 ms, but an inference is given up after 1000 ms (operation.deadlineMs)',
      withParts({ hardware: { latencyBudgetMs: 2000 } }),
    ],
  ])('contradicts itself: %s', (sentence, manifest) => {
    expect(contradictions(manifest)).toEqual([sentence])
    expect(manifestSchema.safeParse(manifest).success).toBe(true)
  })

  it.each<[string, Manifest]>([
    [
      'rules, and a guardrail that falls back to them',
      withParts({
        guardrails: [toRules],
        fallback: { rules: [{ when: 'a != null && a > 1.0', alert: 'failure' }] },
      }),
    ],
    ['a missing share of whatever lacks most', guarded({ metric: 'null-rate' })],
    ['a latency of more than one', guarded({ metric: 'latency-p95', above: 50, clear: 50 })],
    ['a budget within the deadline', withParts({ hardware: { providers: ['cuda'], latencyBudgetMs: 1000 } })],
  ])('does not with %s', (_, manifest) => {
    expect(contradictions(manifest)).toEqual([])
  })
})
