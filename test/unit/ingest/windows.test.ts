import { describe, expect, it } from 'vitest'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { InputTensor } from '#core/contracts/input-tensor.ts'
import type { Feature } from '#core/contracts/manifest.ts'
import { resumeWindows } from '#edge/deploy/resume-windows.ts'
import type { Checked } from '#edge/ingest/checked.ts'
import { createValidator } from '#edge/ingest/validate.ts'
import type { Journal } from '#edge/journal/journal.ts'
import { manifestOf } from '#support/manifest.ts'

type WindowTensor = Extract<InputTensor, { kind: 'window' }>

const nowMs = Date.parse('2026-11-24T14:00:00Z')
const features: Feature[] = [
  { name: 'a', title: 'a', kind: 'number', nullable: false, stuckAfterS: 100_000 },
  { name: 'b', title: 'b', kind: 'number', nullable: true, fill: -1 },
  { name: 'c', title: 'c', kind: 'number', nullable: true, fill: 'nan' },
]
const past: WindowTensor = {
  name: 'past',
  kind: 'window',
  dtype: 'float32',
  features: ['a', 'b'],
  steps: 3,
  layout: 'time-feature',
}
const manifestWith = (...tensors: InputTensor[]) =>
  manifestOf({
    features,
    tensors: [...tensors, { name: 'now', kind: 'columns', dtype: 'float32', features: ['a', 'b', 'c'] }],
  })
const validatorOf = (...tensors: InputTensor[]) => createValidator(manifestWith(...tensors))

/** A reading `s` seconds before now. */
const at = (s: number, a: unknown, rest: { b?: unknown; c?: unknown; asset?: string } = {}) => ({
  asset: rest.asset ?? 'mill',
  time: new Date(nowMs - s * 1000).toISOString(),
  values: { a, b: rest.b === undefined ? 10 * Number(a) : rest.b, c: rest.c === undefined ? 0 : rest.c },
})
const windowAt = (checked: Checked, row: number, name = 'past', size = 6) => [
  ...checked.windows.get(name)!.subarray(row * size, (row + 1) * size),
]
const codes = (checked: Checked, row: number) => (checked.marks.get(row) ?? []).map(({ code }) => code)

describe('the window of an asset', () => {
  it('keeps the model waiting until it is full, and says how far it is; then the newest stands last', () => {
    const checked = validatorOf(past).check([at(40, 1), at(30, 2), at(20, 3), at(10, 4)], nowMs)
    expect([...checked.fit]).toEqual([2, 2, 1, 1])
    expect(checked.marks.get(1)).toEqual([
      {
        code: 'window-filling',
        message: 'the model needs 3 readings of "mill" in a row; 2 so far',
        progress: { have: 2, need: 3 },
      },
    ])
    expect(windowAt(checked, 2)).toEqual([1, 10, 2, 20, 3, 30])
    expect(windowAt(checked, 3)).toEqual([2, 20, 3, 30, 4, 40])
    expect(codes(checked, 2)).toEqual([])
  })

  it('goes on from one batch to the next, and is each asset’s own', () => {
    const validator = validatorOf(past)
    validator.check(
      [at(50, 1), at(50, 7, { asset: 'lathe' }), at(40, 2), at(40, 8, { asset: 'lathe' })],
      nowMs,
    )
    const checked = validator.check(
      [at(30, 9, { asset: 'lathe' }), at(30, 3), at(30, 1, { asset: 'saw' })],
      nowMs,
    )
    expect([...checked.fit]).toEqual([1, 1, 2])
    expect(windowAt(checked, 0)).toEqual([7, 70, 8, 80, 9, 90])
    expect(windowAt(checked, 1)).toEqual([1, 10, 2, 20, 3, 30])
  })

  it('lies feature by feature where the model takes it so, and each tensor has its own length', () => {
    const long: WindowTensor = { ...past, name: 'long', features: ['b'], steps: 4 }
    const checked = validatorOf({ ...past, layout: 'feature-time' }, long).check(
      [at(40, 1), at(30, 2), at(20, 3), at(10, 4)],
      nowMs,
    )
    expect([...checked.fit]).toEqual([2, 2, 2, 1])
    expect(codes(checked, 2)).toEqual(['window-filling'])
    expect(windowAt(checked, 3)).toEqual([2, 3, 4, 20, 30, 40])
    expect(windowAt(checked, 3, 'long', 4)).toEqual([10, 20, 30, 40])
  })

  it('holds what stands for a missing value, in the place of each one', () => {
    const three: WindowTensor = { ...past, features: ['b', 'c'] }
    const checked = validatorOf(three).check(
      [at(40, 1, { b: null, c: 5 }), at(30, 2, { c: null }), at(20, 3)],
      nowMs,
    )
    expect(windowAt(checked, 2)).toEqual([-1, 5, 20, Number.NaN, 30, 0])
    expect(codes(checked, 0)).toEqual(['filled', 'window-filling'])
    expect(codes(checked, 2)).toEqual([])
  })

  it('passes over refused readings, and those in which everything is missing', () => {
    const all = features.map((feature): Feature => ({ ...feature, nullable: true, fill: 0 }))
    const validator = createValidator(manifestOf({ features: all.slice(0, 2), tensors: [past] }))
    const bare = (s: number, a: unknown, b: unknown) => ({ ...at(s, 0), values: { a, b } })
    const checked = validator.check(
      [bare(60, 1, 1), bare(50, 2, 2), bare(40, 'three', 3), bare(30, null, null), bare(20, 4, null)],
      nowMs,
    )
    expect([...checked.fit]).toEqual([2, 2, 0, 2, 1])
    expect(codes(checked, 3)).toContain('all-missing')
    expect(windowAt(checked, 4)).toEqual([1, 1, 2, 2, 4, 0])
  })

  it('starts anew after a pause that is longer than it may be, and not after one just as long', () => {
    const checked = validatorOf({ ...past, maxGapS: 10 }).check(
      [at(60, 1), at(50, 2), at(40, 3), at(29.999, 4), at(20, 5), at(10, 6)],
      nowMs,
    )
    expect([...checked.fit]).toEqual([2, 2, 1, 2, 2, 1])
    expect(windowAt(checked, 5)).toEqual([4, 40, 5, 50, 6, 60])
  })

  it('forgets a batch that could not be kept, whole and alone', () => {
    const validator = validatorOf(past)
    validator.check([at(60, 1), at(50, 2)], nowMs)
    const lost = validator.check([at(40, 3), at(40, 9, { asset: 'lathe' })], nowMs)
    expect([...lost.fit]).toEqual([1, 2])
    validator.forget(lost)
    const again = validator.check([at(40, 3), at(40, 9, { asset: 'lathe' })], nowMs)
    expect([...again.fit]).toEqual([1, 2])
    expect(again.marks.get(1)?.[0]?.message).toContain('1 so far')
    expect(windowAt(again, 0)).toEqual([1, 10, 2, 20, 3, 30])
  })

  it('answers batches that come again as it did the first time, however many readings they brought', () => {
    const validator = validatorOf(past)
    validator.check([at(70, 1), at(60, 2), at(50, 3)], nowMs)
    const batches = [
      [at(40, 4), at(35, 5), at(30, 6), at(25, 7)],
      [at(20, 8), at(15, 9)],
    ]
    const lost = batches.map((batch) => validator.check(batch, nowMs))
    for (const batch of lost) validator.forget(batch)
    const again = batches.map((batch) => validator.check(batch, nowMs))
    expect(again.map(({ fit }) => [...fit])).toEqual([
      [1, 1, 1, 1],
      [1, 1],
    ])
    expect(again.map(({ windows }) => windows)).toEqual(lost.map(({ windows }) => windows))
  })

  it('is taken up again with the readings of the time before this start', () => {
    const { check, windows } = validatorOf({ ...past, maxGapS: 60 })
    expect([windows.any, windows.longest]).toEqual([true, 3])
    for (const [s, a, b] of [
      [200, 9, 9],
      [50, 1, Number.NaN],
      [40, 2, 20],
    ] as const)
      windows.resume('mill', nowMs - s * 1000, (index) => [a, b, 0][index]!)
    const checked = check([at(10, 3)], nowMs)
    expect([...checked.fit]).toEqual([1])
    expect(windowAt(checked, 0)).toEqual([1, -1, 2, 20, 3, 30])
  })

  it('takes nothing that is older than what it was taken up again with', () => {
    const validator = validatorOf(past)
    for (const s of [50, 40, 30]) validator.resume('mill', nowMs - s * 1000, () => s)
    const checked = validator.check([at(45, 9), at(20, 4)], nowMs)
    expect([...checked.fit]).toEqual([0, 1])
    expect(codes(checked, 0)).toEqual(['time-backward'])
    expect(windowAt(checked, 1)).toEqual([40, 40, 30, 30, 4, 40])
  })

  it('is not taken up again with a reading that this version would have refused', () => {
    const { check, resume } = validatorOf(past)
    for (const [s, a] of [
      [50, 1],
      [40, Number.NaN],
      [30, 3],
    ] as const)
      resume('mill', nowMs - s * 1000, (index) => (index === 0 ? a : 0))
    expect(windowAt(check([at(20, 4)], nowMs), 0)).toEqual([1, 0, 3, 0, 4, 40])
  })

  it('is taken up again as far as the journal can be read', async () => {
    const validator = validatorOf(past)
    const decision = { verdict: 'normal', quality: [] }
    const kept = [20, 30, 40].map((s) => ({
      asset: 'mill',
      time: at(s, s).time,
      values: at(s, s).values,
      decision,
    }))
    const readings = async ({ cursor }: { cursor?: string }) => {
      if (cursor !== undefined) throw new EdgewrightError('journal-damaged', 'block 7')
      return { readings: kept.slice(0, 2), next: 'more' }
    }
    await resumeWindows(manifestWith(past), validator, { readings } as unknown as Journal)
    expect(codes(validator.check([at(10, 1)], nowMs), 0)).toEqual([])
  })

  it('is held of fewer assets where it is long', () => {
    const { check } = validatorOf({ ...past, steps: 10_000 })
    const from = (k: number) =>
      check([at(10, 1, { asset: `a${k}` })], nowMs).marks.get(0)?.[0]?.progress?.have
    for (let k = 0; k < 200; k++) expect(from(k)).toBe(1)
    expect(from(199)).toBe(2)
    expect(from(0)).toBe(1)
  })
})
