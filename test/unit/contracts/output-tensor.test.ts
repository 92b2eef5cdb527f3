import { describe, expect, it } from 'vitest'
import { intervalAround, intervalSchema, scoreNames } from '#core/contracts/output-tensor.ts'

const interval = { coverage: 0.9, lower: -12.5, upper: 20, n: 500, from: 'held-out engines' }

describe('a split-conformal interval', () => {
  it.each([
    // The quantile is the ⌈(n + 1) · coverage⌉-th residual, which must be there.
    [0.9, 9, true],
    [0.9, 8, false],
    [0.95, 19, true],
    [0.95, 18, false],
    [0.5, 1, true],
  ])('of coverage %s needs enough examples: %s', (coverage, n, ok) => {
    const parsed = intervalSchema.safeParse({ ...interval, coverage, n })
    expect(parsed.success).toBe(ok)
    if (!ok) expect(parsed.error?.issues[0]?.message).toBe('its n is too small for its coverage')
  })

  it.each([
    ['a lower end above the value', { lower: 0.1 }],
    ['an upper end below the value', { upper: -0.1 }],
    ['certainty', { coverage: 1 }],
    ['no coverage', { coverage: 0 }],
    ['no origin', { from: '' }],
    ['an end without bound', { upper: Number.POSITIVE_INFINITY }],
  ])('is refused with %s', (_, part) => {
    expect(intervalSchema.safeParse(interval).success).toBe(true)
    expect(intervalSchema.safeParse({ ...interval, ...part }).success).toBe(false)
  })

  it('lies around the value, cut to what is possible at all', () => {
    expect(intervalAround(100, { interval })).toEqual({ low: 87.5, high: 120, coverage: 0.9 })
    expect(intervalAround(5, { interval, range: { min: 0 } })).toEqual({ low: 0, high: 25, coverage: 0.9 })
    expect(intervalAround(118, { interval, range: { min: 0, max: 125 } })).toEqual({
      low: 105.5,
      high: 125,
      coverage: 0.9,
    })
    expect(intervalAround(-40, { interval, range: { min: 0 } })).toMatchObject({ low: 0, high: 0 })
    expect(intervalAround(100, { range: { min: 0 } })).toBeUndefined()
  })
})

describe('the names of scores', () => {
  it.each<[Parameters<typeof scoreNames>[0], string[]]>([
    [{ kind: 'binary', classes: ['ok', 'worn'] }, ['ok', 'worn']],
    [{ kind: 'multilabel', classes: ['a', 'b', 'c'] }, ['a', 'b', 'c']],
    [{ kind: 'regression', classes: [] }, ['value']],
    [{ kind: 'regression', classes: [], targets: ['x', 'y'] }, ['x', 'y']],
  ])('%j', (output, names) => {
    expect(scoreNames(output)).toEqual(names)
  })
})
