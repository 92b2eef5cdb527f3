import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readingSchema } from '#core/contracts/reading.ts'
import { parseTime, whyMalformed } from '#edge/ingest/malformed.ts'
import { createValidator } from '#edge/ingest/validate.ts'
import { manifestOf } from '#support/manifest.ts'

const nowMs = Date.parse('2026-11-24T14:00:00Z')
const at = (offsetS: number) => new Date(nowMs + offsetS * 1000).toISOString()

const manifest = manifestOf({
  features: [
    {
      name: 'torque',
      title: 'Torque',
      unit: 'N.m',
      kind: 'number',
      nullable: false,
      physical: { min: 0, max: 500 },
    },
    {
      name: 'wear',
      title: 'Tool wear',
      unit: 'min',
      kind: 'number',
      nullable: true,
      fill: 0,
      stuckAfterS: 60,
    },
    { name: 'type', title: 'Type', kind: 'category', codes: { L: 0, M: 1, H: 2 }, nullable: false },
  ],
})
const good = { asset: 'mill-3', time: at(-1), values: { torque: 40, wear: 10, type: 'M' } }
const codes = (raw: unknown) => {
  const checked = createValidator(manifest).check([raw], nowMs)
  return { fit: checked.fit[0], codes: (checked.marks.get(0) ?? []).map((m) => m.code), checked }
}

describe('validation of a reading', () => {
  it('lets a good reading through into columns', () => {
    const { fit, codes: marks, checked } = codes(good)
    expect([fit, marks]).toEqual([1, []])
    expect(checked.values.map((column) => column[0])).toEqual([40, 10, 1])
  })

  it.each([
    ['unknown-feature', { ...good, values: { ...good.values, torqe: 1 } }],
    ['missing-feature', { ...good, values: { wear: 10, type: 'M' } }],
    ['missing-feature', { ...good, values: { ...good.values, torque: null } }],
    ['wrong-type', { ...good, values: { ...good.values, torque: 'forty' } }],
    ['wrong-type', { ...good, values: { ...good.values, torque: true } }],
    ['not-finite', { ...good, values: { ...good.values, torque: Number.NaN } }],
    ['not-finite', { ...good, values: { ...good.values, wear: 1e308 } }],
    ['outside-physical-limits', { ...good, values: { ...good.values, torque: 501 } }],
    ['wrong-unit', { ...good, units: { torque: '[lbf_av].[ft_i]' } }],
    ['unknown-category', { ...good, values: { ...good.values, type: 'X' } }],
    ['time-in-future', { ...good, time: at(3600) }],
    ['time-invalid', { ...good, time: 'yesterday' }],
    ['malformed', 'text'],
    ['malformed', null],
    ['malformed', { ...good, asset: '' }],
    ['malformed', { ...good, extra: 1 }],
    ['malformed', { ...good, asset: 'S\ud800' }],
    ['malformed', { ...good, asset: 'open-inference' }],
    [
      'malformed',
      { ...good, values: Object.fromEntries(Array.from({ length: 2001 }, (_, i) => [`v${i}`, 1])) },
    ],
    ['malformed', { ...good, values: { torque: { nested: 1 } } }],
  ])('rejects %s', (code, raw) => {
    const found = codes(raw)
    expect(found.fit).toBe(0)
    expect(found.codes).toContain(code)
    expect(found.checked.marks.get(0)?.[0]?.message).not.toBe('')
  })

  it('accepts the stated unit and a null where the manifest allows it, and says what the model gets', () => {
    const found = codes({ ...good, units: { torque: 'N.m' }, values: { ...good.values, wear: null } })
    expect([found.fit, found.codes]).toEqual([1, ['filled']])
  })

  it('rejects time that runs backward for one asset only, and answers the next reading', () => {
    const validator = createValidator(manifest)
    const checked = validator.check(
      [
        { ...good, time: at(-10) },
        { ...good, time: at(-20) },
        { ...good, asset: 'mill-4', time: at(-20) },
        { ...good, time: at(-10) },
      ],
      nowMs,
    )
    expect([...checked.fit]).toEqual([1, 0, 1, 1])
    expect(checked.marks.get(1)?.[0]?.code).toBe('time-backward')
  })

  it('a rejected future time does not spoil the readings after it', () => {
    const checked = createValidator(manifest).check([{ ...good, time: at(9999) }, good], nowMs)
    expect([...checked.fit]).toEqual([0, 1])
  })

  it('abstains on a stuck sensor until it moves', () => {
    const validator = createValidator(manifest)
    const readings = [-200, -150, -140, -139].map((s, i) => ({
      ...good,
      time: at(s),
      values: { ...good.values, torque: 40 + i },
    }))
    const checked = validator.check(
      [...readings, { ...good, time: at(-100), values: { ...good.values, wear: 11 } }],
      nowMs,
    )
    expect([...checked.fit]).toEqual([1, 1, 2, 2, 1])
    expect(checked.marks.get(2)?.[0]?.code).toBe('stuck')
  })

  it('a batch that could not be kept may come again', () => {
    const validator = createValidator(manifest)
    const lost = validator.check(
      [
        { ...good, time: at(-5) },
        { ...good, time: at(-4) },
      ],
      nowMs,
    )
    validator.forget(lost)
    expect([
      ...validator.check(
        [
          { ...good, time: at(-5) },
          { ...good, time: at(-4) },
        ],
        nowMs,
      ).fit,
    ]).toEqual([1, 1])
  })

  it('does not list what is wrong without end', () => {
    const values = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`v${i}`, 1]))
    expect(codes({ ...good, values }).codes.length).toBeLessThan(30)
  })

  it('keeps what was sent of a rejected reading', () => {
    const found = codes({ ...good, values: { ...good.values, torque: 'forty' } })
    expect(found.checked.sent.get(0)).toEqual({ torque: 'forty', wear: 10, type: 'M' })
  })

  it('an all-missing reading never reaches the model', () => {
    const nullable = manifestOf({
      features: [{ name: 'a', title: 'a', kind: 'number', nullable: true, fill: 'nan' }],
    })
    const checked = createValidator(nullable).check(
      [
        { asset: 'x', time: at(-1), values: { a: null } },
        { asset: 'x', time: at(-1), values: {} },
      ],
      nowMs,
    )
    expect([...checked.fit]).toEqual([2, 2])
  })

  it('says of any object what the contract says of it', () => {
    const value = fc.oneof(
      fc.integer(),
      fc.string(),
      fc.constantFrom('S\ud800', 'open-inference', 'x'.repeat(201)),
      fc.boolean(),
      fc.constant(null),
      fc.constant({}),
      fc.constant([]),
    )
    const part = fc.oneof(
      fc.string(),
      fc.integer(),
      fc.constant(undefined),
      fc.dictionary(fc.constantFrom('a', 'b'), value),
      fc.constant(null),
    )
    const raw = fc.oneof(
      fc.record(
        { id: part, asset: part, time: part, values: part, units: part, other: part },
        { requiredKeys: [] },
      ),
      fc.record({
        asset: fc.string(),
        time: fc.string(),
        values: fc.dictionary(fc.constantFrom('a', 'b'), value),
      }),
    )
    fc.assert(
      fc.property(raw, (reading) => {
        const plain = JSON.parse(JSON.stringify(reading)) as unknown
        expect(whyMalformed(plain) === undefined).toBe(readingSchema.safeParse(plain).success)
      }),
      { numRuns: 2000 },
    )
  })

  it.each([
    ['2026-11-24T14:32:07Z', true],
    ['2026-11-24T14:32:07.123+01:00', true],
    ['2026-11-24', false],
    ['24.11.2026 14:32', false],
    ['2026-13-40T14:32:07Z', false],
  ])('reads the time %s', (text, ok) => {
    expect(Number.isNaN(parseTime(text))).toBe(!ok)
  })
})

describe('a machine whose clock is wrong (row 52)', () => {
  const said = (
    validator: ReturnType<typeof createValidator>,
    time: string,
    now: number,
    isBehind = false,
  ) => {
    const checked = validator.check(
      [{ ...good, time, values: { ...good.values, wear: Date.parse(time) % 97 } }],
      now,
      isBehind,
    )
    return checked.marks.get(0)?.[0]?.code ?? 'fit'
  }
  const years = (n: number) => nowMs + n * 365 * 24 * 3600_000

  it('that is known to be behind refuses no reading of a source whose clock is right', () => {
    const validator = createValidator(manifest)
    expect(said(validator, at(0), 0, true)).toBe('fit')
    expect(said(createValidator(manifest), at(0), 0)).toBe('time-in-future')
  })

  it('takes readings that it stamped itself after it fell back to 1970, and those after it was put right', () => {
    const validator = createValidator(manifest)
    expect(said(validator, at(0), nowMs)).toBe('fit')
    expect(said(validator, new Date(1000).toISOString(), 1000, true)).toBe('fit')
    expect(said(validator, at(10), nowMs + 10_000)).toBe('fit')
  })

  it('was years ahead: what it stamped then refuses nothing once it is put right', () => {
    const validator = createValidator(manifest)
    expect(said(validator, new Date(years(10)).toISOString(), years(10))).toBe('fit')
    expect(said(validator, at(0), nowMs)).toBe('fit')
    expect(said(validator, at(-60), nowMs)).toBe('time-backward')
  })
})
