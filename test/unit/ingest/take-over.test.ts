import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Feature, Manifest } from '#core/contracts/manifest.ts'
import type { Checked } from '#edge/ingest/checked.ts'
import { createValidator, type Validator } from '#edge/ingest/validate.ts'
import type { WindowTensor } from '#edge/ingest/window-source.ts'
import { manifestOf } from '#support/manifest.ts'

const nowMs = Date.parse('2026-11-24T14:00:00Z')
const number = (name: string, rest: Partial<Feature> = {}): Feature => ({
  name,
  title: name,
  kind: 'number',
  nullable: true,
  fill: 0,
  ...rest,
})
const features: Feature[] = [
  number('a', { stuckAfterS: 30 }),
  number('b', { fill: -1 }),
  number('c', { fill: 'nan', physical: { min: -5, max: 5 } }),
  {
    name: 'k',
    title: 'k',
    kind: 'category',
    codes: { L: 0, H: 1 },
    nullable: true,
    fill: 0,
    stuckAfterS: 40,
  },
]
const past: WindowTensor = {
  name: 'past',
  kind: 'window',
  dtype: 'float32',
  features: ['a', 'b'],
  steps: 3,
  layout: 'time-feature',
}
function modelOf(tensors: WindowTensor[], own: Feature[] = features): Manifest {
  const now = {
    name: 'now',
    kind: 'columns' as const,
    dtype: 'float32' as const,
    features: own.map(({ name }) => name),
  }
  return manifestOf({ features: own, tensors: [...tensors, now] })
}
const model = modelOf([past, { ...past, name: 'long', features: ['b', 'c'], steps: 5, maxGapS: 25 }])

/** What one batch was answered, as far as anybody can see it. */
const answered = ({ fit, marks, windows, values }: Checked) => ({
  fit,
  marks,
  values,
  windows: [...windows].map(([name, data]) => [name, data]),
})
const at = (s: number, values: Record<string, unknown>, asset = 'mill') => ({
  asset,
  time: new Date(nowMs - s * 1000).toISOString(),
  values,
})
const windowAt = (checked: Checked, row = 0, name = 'past', size = 6) => [
  ...checked.windows.get(name)!.subarray(row * size, (row + 1) * size),
]
const have = (checked: Checked, row = 0) =>
  checked.marks.get(row)?.find(({ code }) => code === 'window-filling')?.progress?.have

/** Batches of readings in the order of time, with pauses, missing values, wrong ones and whole rows of nothing. */
const value = fc.constantFrom(1, 2, 3, null)
const reading = fc.record({
  asset: fc.constantFrom('mill', 'lathe', 'saw'),
  pauseS: fc.constantFrom(0, 5, 10, 30),
  values: fc.oneof(
    { weight: 6, arbitrary: fc.record({ a: value, b: value, c: value, k: fc.constantFrom('L', 'H', null) }) },
    { weight: 1, arbitrary: fc.constant({ a: null, b: null, c: null, k: null }) },
    { weight: 1, arbitrary: fc.constant({ a: 1, b: 1, c: 99, k: 'L' }) },
  ),
})
const stream = fc.array(
  fc.record({ readings: fc.array(reading, { minLength: 1, maxLength: 4 }), lost: fc.nat(9) }),
  {
    minLength: 4,
    maxLength: 30,
  },
)
type Stream = (typeof stream extends fc.Arbitrary<infer T> ? T : never)[number][]

/** The readings of each batch, and whether it could not be kept. */
function batchesOf(batches: Stream) {
  let s = 40_000
  return batches.map(({ readings, lost }) => ({
    lost: lost === 0,
    raw: readings.map(({ asset, pauseS, values }) => {
      s -= pauseS
      return at(s, values, asset)
    }),
  }))
}
/** Checks one batch, and takes it back where it could not be kept. */
function take(validator: Validator, raw: unknown[], lost: boolean) {
  const checked = validator.check(raw, nowMs)
  const seen = structuredClone(answered(checked))
  if (lost) validator.forget(checked)
  return seen
}

describe('a validator that takes over from another', () => {
  it('answers from then on as one that has seen everything', () => {
    fc.assert(
      fc.property(stream, fc.nat(29), (given, cut) => {
        const [a, b, all] = [createValidator(model), createValidator(model), createValidator(model)]
        for (const [k, { raw, lost }] of batchesOf(given).entries()) {
          if (k === cut) b.takeOver(a)
          const expected = take(all, raw, lost)
          expect(take(k < cut ? a : b, raw, lost)).toEqual(expected)
        }
      }),
      { numRuns: 300 },
    )
  })

  it('and so does the first again, when it takes back what the second has seen meanwhile', () => {
    fc.assert(
      fc.property(stream, fc.nat(29), fc.nat(29), (given, x, y) => {
        const [there, back] = [Math.min(x, y), Math.max(x, y)]
        const [a, b, all] = [createValidator(model), createValidator(model), createValidator(model)]
        for (const [k, { raw }] of batchesOf(given).entries()) {
          if (k === there) b.takeOver(a)
          if (k === back) a.takeOver(b)
          const expected = take(all, raw, false)
          expect(take(k < there || k >= back ? a : b, raw, false)).toEqual(expected)
        }
      }),
      { numRuns: 300 },
    )
  })

  it('keeps the older steps of a longer window where they connect with what it takes over', () => {
    const longer = modelOf([{ ...past, steps: 8 }])
    const wholeWindow = (validator: Validator, raw: unknown[]) =>
      structuredClone(answered(validator.check(raw, nowMs)))
    fc.assert(
      fc.property(stream, fc.nat(29), fc.nat(2), (given, cut, behind) => {
        const [a, b, all] = [
          createValidator(modelOf([past])),
          createValidator(longer),
          createValidator(longer),
        ]
        // One reading a batch: of what B has not seen, A still remembers at least one that it has.
        const single = batchesOf(given).flatMap(({ raw }) => raw.map((one) => [one]))
        for (const [k, raw] of single.entries()) {
          if (k === cut) b.takeOver(a)
          const expected = wholeWindow(all, raw)
          if (k < cut) a.check(raw, nowMs)
          if (k < cut - behind) b.check(raw, nowMs)
          if (k >= cut) expect(wholeWindow(b, raw).windows).toEqual(expected.windows)
        }
      }),
      { numRuns: 300 },
    )
  })

  it('does not join what need not follow on one another', () => {
    const row = (s: number) => at(s, { a: s, b: 1, c: 1, k: 'L' })
    const from = (...seen: number[]) => {
      const [a, b] = [createValidator(modelOf([past])), createValidator(modelOf([{ ...past, steps: 20 }]))]
      b.check([row(200), row(190), row(180)], nowMs)
      for (const s of seen) a.check([row(s)], nowMs)
      b.takeOver(a)
      return have(b.check([row(20)], nowMs))
    }
    expect(from(180, 170)).toBe(5)
    expect(from(170)).toBe(2)
  })

  it('begins a window anew where the other lacks a feature of it, but not where nothing was missed', () => {
    const wide = modelOf([{ ...past, features: ['a', 'd'] }], [...features, number('d')])
    const row = (s: number, asset: string) => at(s, { a: s, b: 1, c: 1, k: 'L' }, asset)
    const [a, b] = [createValidator(modelOf([past])), createValidator(wide)]
    for (const s of [90, 80, 70]) b.check([row(s, 'mill'), row(s, 'lathe')], nowMs)
    a.check([row(60, 'mill'), row(70, 'lathe')], nowMs)
    b.takeOver(a)
    const checked = b.check([row(50, 'mill'), row(50, 'lathe')], nowMs)
    expect([have(checked, 0), have(checked, 1)]).toEqual([1, undefined])
    expect(windowAt(checked, 1)).toEqual([80, 0, 70, 0, 50, 0])
  })

  it('finds a feature by its name, whichever window it is in there and whatever stands for a missing one', () => {
    const own = [...features.slice(0, 1), number('b', { fill: 7 }), ...features.slice(2)].reverse()
    const a = createValidator(
      modelOf([
        { ...past, features: ['a'] },
        { ...past, name: 'other', features: ['c', 'b'] },
      ]),
    )
    const b = createValidator(modelOf([{ ...past, features: ['b', 'a'] }], own))
    a.check([at(30, { a: 1, b: null, c: 1, k: 'L' }), at(20, { a: 2, b: 20, c: 1, k: 'L' })], nowMs)
    b.takeOver(a)
    expect(windowAt(b.check([at(10, { a: 3, b: 30, c: 1, k: 'L' })], nowMs))).toEqual([7, 1, 20, 2, 30, 3])
  })

  it('takes nothing that means something else there, or that it would have refused itself', () => {
    const row = (s: number, x: number | null) => at(s, { a: x, b: 1, c: 1, k: 'L' })
    const from = (a: Partial<Feature>) => {
      const [old, next] = [modelOf([past]), modelOf([past], [number('a', a), ...features.slice(1)])].map(
        createValidator,
      )
      old!.check([row(40, 100), row(30, null), row(20, 5)], nowMs)
      next!.takeOver(old!)
      return have(next!.check([row(10, 6)], nowMs))
    }
    expect(from({})).toBeUndefined()
    expect(from({ unit: 'K' })).toBe(1)
    expect(from({ physical: { max: 50 } })).toBeUndefined()
    expect(from({ physical: { max: 50 }, nullable: false })).toBe(2)
  })

  it('never puts two readings into one step, where one of the other’s windows passed over a reading', () => {
    const apart = [
      { ...past, name: 'of-a', features: ['a'] },
      { ...past, name: 'of-b', features: ['b'] },
    ]
    const narrow = [number('a', { physical: { max: 50 } }), ...features.slice(1)]
    const [first, second, third] = [modelOf(apart), modelOf(apart, narrow), modelOf([past], narrow)].map(
      createValidator,
    )
    const rows = [at(50, { a: 1, b: 1, c: 1, k: 'L' }), at(40, { a: 99, b: 2, c: 1, k: 'L' })]
    first!.check([...rows, at(30, { a: 3, b: 3, c: 1, k: 'L' })], nowMs)
    second!.takeOver(first!)
    third!.takeOver(second!)
    expect(have(third!.check([at(20, { a: 4, b: 4, c: 1, k: 'L' })], nowMs))).toBe(2)
  })

  it('begins a window anew that the other may have gone on with and forgotten', () => {
    // Windows this long are held of fewer assets.
    const [a, b] = [createValidator(modelOf([{ ...past, steps: 10_000 }])), createValidator(modelOf([past]))]
    const row = (s: number, asset: string) => at(s, { a: 1, b: 1, c: 1, k: 'L' }, asset)
    b.check([row(90, 'mill')], nowMs)
    a.check([row(80, 'mill')], nowMs)
    a.check(
      Array.from({ length: 200 }, (_, k) => row(70, `other${k}`)),
      nowMs,
    )
    b.takeOver(a)
    expect(have(b.check([row(10, 'mill')], nowMs))).toBe(1)
  })

  it('goes on watching a sensor that says the same, by its name', () => {
    const [a, b] = [createValidator(model), createValidator(modelOf([past], [...features].reverse()))]
    const stuck = (s: number, validator: Validator) =>
      (validator.check([at(s, { a: 1, b: 1, c: 1, k: 'L' })], nowMs).marks.get(0) ?? []).flatMap(
        ({ code, feature }) => (code === 'stuck' ? [feature] : []),
      )
    expect(stuck(60, a)).toEqual([])
    expect(stuck(40, a)).toEqual([])
    b.takeOver(a)
    expect(stuck(30, b)).toEqual(['a'])
    expect(stuck(20, b)).toEqual(['k', 'a'])
  })

  it('knows how late it is for each asset, and keeps what it knows better', () => {
    const [a, b] = [createValidator(model), createValidator(model)]
    const row = (s: number, asset: string) => at(s, { a: 1, b: s, c: 1, k: 'L' }, asset)
    a.check([row(50, 'mill'), row(20, 'lathe')], nowMs)
    b.check([row(30, 'mill'), row(40, 'saw')], nowMs)
    b.takeOver(a)
    const early = b.check([row(35, 'mill'), row(25, 'lathe'), row(45, 'saw')], nowMs)
    expect([...early.fit]).toEqual([0, 0, 0])
    const checked = b.check([row(10, 'mill'), row(10, 'lathe'), row(10, 'saw')], nowMs)
    expect([0, 1, 2].map((k) => have(checked, k))).toEqual([2, 2, 2])
  })

  it('forgets a batch that the other had checked and that could not be kept', () => {
    const [a, b] = [createValidator(modelOf([past])), createValidator(modelOf([past]))]
    const row = (s: number) => at(s, { a: s, b: 1, c: 1, k: 'L' })
    a.check([row(60), row(50)], nowMs)
    const lost = a.check([row(40), row(30), row(20)], nowMs)
    b.takeOver(a)
    a.forget(lost)
    b.forget(lost)
    expect(windowAt(b.check([row(40)], nowMs))).toEqual([60, 1, 50, 1, 40, 1])
  })
})
