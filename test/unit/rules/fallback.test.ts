import { describe, expect, it } from 'vitest'
import type { Feature } from '#core/contracts/manifest.ts'
import { compileFallback, type FallbackValue, fallbackProblems } from '#core/rules/fallback.ts'
import { manifestOf, ruleOf } from '#support/manifest.ts'

const feature = (name: string, rest: Partial<Feature> = {}): Feature => ({
  name,
  title: name,
  kind: 'number',
  nullable: false,
  ...rest,
})
const features: Feature[] = [
  feature('torque'),
  feature('Tool wear [min]'),
  feature('load', { nullable: true, fill: 0 }),
  feature('grain', { kind: 'category', codes: { L: 0, M: 1 } }),
  feature('grade', { kind: 'category', codes: { A: 0, B: 1 }, nullable: true, fill: 0 }),
  feature('reading'),
  feature('type', { kind: 'category', codes: { L: 0, M: 1 } }),
]
const tensors = [
  {
    name: 'x',
    kind: 'columns' as const,
    dtype: 'float32' as const,
    features: features.map(({ name }) => name),
  },
  { name: 'words', kind: 'columns' as const, dtype: 'string' as const, features: ['note'] },
  {
    name: 'spectrum',
    kind: 'series' as const,
    dtype: 'float32' as const,
    features: ['spectrum'],
    layout: 'time-feature' as const,
  },
]
const more = [feature('note', { kind: 'text' }), feature('spectrum', { kind: 'series', length: 3 })]
const manifestWith = (...whens: string[]) =>
  manifestOf({
    features: [...features, ...more],
    tensors,
    alerts: [ruleOf(), ruleOf({ id: 'wear' }), ruleOf({ id: 'other' })],
    fallback: { rules: whens.map((when, k) => ({ when, alert: k === 0 ? 'failure' : 'wear' })) },
  })
const good: Record<string, FallbackValue> = {
  torque: 60,
  'Tool wear [min]': 200,
  load: 3,
  grain: 'L',
  grade: 'A',
  reading: 1,
  type: 'M',
  note: 'loud',
}
const judge = (values: Record<string, FallbackValue>, ...whens: string[]) =>
  compileFallback(manifestWith(...whens))!.judge(new Map(Object.entries({ ...good, ...values })))

describe('fallback rules', () => {
  it.each<[string, boolean]>([
    ['torque > 50', true],
    ['torque >= 60.5', false],
    ['torque * reading["Tool wear [min]"] > 11000.0', true],
    ['torque * 2.0 + 1.0 == 121.0 && grain == "L"', true],
    ['torque > (grain == "L" ? 55.0 : 65.0)', true],
    ['grain in ["M", "H"] || note.contains("loud")', true],
    ['note.startsWith("quiet")', false],
    ['reading["reading"] == 1.0 && reading.torque == 60.0', true],
    ['reading["type"] == "M" && type(torque) == double', true],
    ['load != null && load > 5.0', false],
    ['grade == "A" && !(load < 3.0)', true],
  ])('%s', (when, met) => {
    expect(fallbackProblems(manifestWith(when))).toEqual([])
    expect(judge({}, when)).toEqual({ alerts: met ? ['failure'] : [], unknown: [] })
  })

  it('name each alert that is met once, and say which alerts they speak for', () => {
    const whens = ['torque < 0.0', 'torque > 50.0', 'load > 1.0']
    expect(judge({}, ...whens)).toEqual({ alerts: ['wear'], unknown: [] })
    expect(compileFallback(manifestWith(...whens))!.covers).toEqual(new Set(['failure', 'wear']))
    expect(compileFallback(manifestOf())).toBeUndefined()
  })

  it('cannot judge what a missing value leaves open, and say so; what it does not touch they can', () => {
    expect(judge({ load: null }, 'load > 5.0')).toEqual({
      alerts: [],
      unknown: ['failure'],
      cannot: 'the rule for "failure" has no answer (no such overload: dyn<null> > double; missing: load)',
    })
    expect(judge({ load: null }, 'torque < 0.0', 'load * 2.0 > 5.0')).toHaveProperty('cannot')
    // One that has found its condition met is heard all the same, whichever comes first.
    for (const whens of [
      ['load > 5.0', 'torque > 0.0'],
      ['torque > 0.0', 'load > 5.0'],
    ])
      expect(judge({ load: null }, ...whens)).toMatchObject({
        alerts: [whens[0] === 'load > 5.0' ? 'wear' : 'failure'],
        unknown: [whens[0] === 'load > 5.0' ? 'failure' : 'wear'],
      })
    expect(judge({ load: null }, 'load != null && load > 5.0')).toEqual({ alerts: [], unknown: [] })
    expect(judge({ load: null }, 'load > 5.0 || torque > 50.0')).toEqual({ alerts: ['failure'], unknown: [] })
    expect(judge({ grade: null }, 'grade == "A"')).toEqual({ alerts: [], unknown: [] })
  })

  it.each<[string, string]>([
    ['torque >', 'is no expression of CEL: Unexpected token: EOF'],
    ['speed > 3.0', 'names "speed", which is not a feature of this model'],
    ['reading["speed"] > 3.0', 'names "speed", which is not a feature of this model'],
    ['reading.speed > 3.0', 'names "speed", which is not a feature of this model'],
    ['type == "M"', 'names "type", a word of CEL itself: write reading["type"]'],
    ['torque', 'gives a double; a condition is true or false (a comparison)'],
    ['reading["torque"]', 'gives a dyn; a condition is true or false (a comparison)'],
    ['grain > 3.0', 'does not fit together: no such overload: string > double'],
    [
      'torque * 2 > 3.0',
      'does not fit together: no such overload: double * int (the numbers of a reading are doubles: write 2.0, not 2)',
    ],
    [
      'load * 2 > 3.0',
      'does not fit together: no such overload: dyn<double> * int (the numbers of a reading are doubles: write 2.0, not 2)',
    ],
    [
      'reading["spectrum"] == "x"',
      'reads "spectrum", an image or a series; rules judge numbers, categories and texts',
    ],
    ['spectrum == "x"', 'names "spectrum", which is not a feature of this model'],
    ['grain == "l"', 'compares "grain" with "l", which it never is: L, M'],
    ['"C" != reading["grade"]', 'compares "grade" with "C", which it never is: A, B'],
    [`${'!'.repeat(1900)}(torque > 1.0)`, 'is nested too deeply'],
    [`torque > ${'-'.repeat(1900)}1.0`, 'is nested too deeply'],
    ['size(reading) > 2', 'needs the name of a feature after "reading", such as reading["torque"]'],
    ['reading[grain] > 2.0', 'needs the name of a feature after "reading", such as reading["torque"]'],
    [
      'note.matches("(a+)+$")',
      'calls "matches"; a rule may call contains, startsWith, endsWith, size, lowerAscii, upperAscii, trim, double, int, uint, string, bool, type, dyn',
    ],
    [
      '[1, 2].exists(k, k > 1)',
      'calls "exists"; a rule may call contains, startsWith, endsWith, size, lowerAscii, upperAscii, trim, double, int, uint, string, bool, type, dyn',
    ],
  ])('refuses %s', (when, why) => {
    const problems = fallbackProblems(manifestWith('torque > 1.0', when))
    expect(problems).toEqual([`fallback.rules: rule 2 ${why}`])
    expect(() => compileFallback(manifestWith('torque > 1.0', when))).toThrow(problems[0])
  })

  it('refuse to name an alert that the model does not have', () => {
    const manifest = manifestOf({ fallback: { rules: [{ when: 'a > 1.0', alert: 'smoke' }] } })
    expect(fallbackProblems(manifest)).toEqual([
      'fallback.rules: rule 1 names the alert "smoke", which decision.alerts does not have',
    ])
  })
})
