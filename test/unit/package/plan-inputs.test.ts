import { describe, expect, it } from 'vitest'
import type { Dtype, InputTensor } from '#core/contracts/input-tensor.ts'
import type { Column } from '#core/package/columns.ts'
import type { DeclaredInput, PlanOptions } from '#core/package/plan-types.ts'
import {
  abc,
  type Columns,
  column,
  columnsOf,
  input,
  label,
  numbers,
  planned,
  refused,
  words,
} from './planned.ts'

describe('tables', () => {
  it.each<[string, DeclaredInput[], Column[], InputTensor[]]>([
    ['one', [input(['n', 3])], abc, [columnsOf(['a', 'b', 'c'])]],
    ['one value per row', [input(['n'])], [numbers('a')[0]!, label], [columnsOf(['a'], { shape: [] })]],
    ['with an axis of 1', [input(['n', 1, 3])], abc, [columnsOf(['a', 'b', 'c'], { shape: [1, 3] })]],
    [
      'of two axes that hold as many values as there are columns',
      [input(['n', 2, 2])],
      [...numbers('a', 'b', 'c', 'd'), label],
      [columnsOf(['a', 'b', 'c', 'd'], { shape: [2, 2] })],
    ],
    [
      'several, in the order of the file',
      [input(['n', 2], 'left'), input(['n', 1], 'right', 'int32')],
      abc,
      [columnsOf(['a', 'b'], { name: 'left' }), columnsOf(['c'], { name: 'right', dtype: 'int32' })],
    ],
    [
      'several that are named like columns, with or without an axis of 1',
      [input(['n', 1], 'c', 'int64'), input(['n'], 'a'), input(['n', 1], 'colour', 'string')],
      [...abc, words('colour')],
      [
        columnsOf(['c'], { name: 'c', dtype: 'int64' }),
        columnsOf(['a'], { name: 'a', shape: [] }),
        columnsOf(['colour'], { name: 'colour', dtype: 'string' }),
      ],
    ],
    [
      'with odd names: spaces, other alphabets, and what exporters make of them',
      [input(['n', 1], '故障 率'), input(['n', 1], 'Druck__bar_'), input(['n', 1], 'Größe [µm]')],
      [...numbers('Druck [bar]', 'Größe [µm]', '故障 率'), label],
      [
        columnsOf(['故障 率'], { name: '故障 率' }),
        columnsOf(['Druck [bar]'], { name: 'Druck__bar_' }),
        columnsOf(['Größe [µm]'], { name: 'Größe [µm]' }),
      ],
    ],
    [
      'of texts beside numbers',
      [input(['n', 2], 'texts', 'string'), input(['n', 3])],
      [words('u'), ...abc, words('v')],
      [columnsOf(['u', 'v'], { name: 'texts', dtype: 'string' }), columnsOf(['a', 'b', 'c'])],
    ],
  ])('%s', (_, inputs, columns, tensors) => {
    const plan = planned(inputs, columns)
    expect(plan.tensors).toEqual(tensors)
    expect([plan.fixedBatch, plan.noBatchAxis]).toEqual([undefined, undefined])
    expect(plan.features.map(({ name }) => name)).toEqual(
      tensors.flatMap((tensor) => (tensor as Columns).features),
    )
  })

  it('keep each column’s name as it is, and find its title and unit', () => {
    const plan = planned([input(['n', 1], 'Druck__bar_')], numbers('Druck [bar]'))
    expect(plan.features[0]).toMatchObject({
      name: 'Druck [bar]',
      title: 'Druck',
      unit: 'bar',
      kind: 'number',
    })
  })

  it('take words that repeat for categories, and others for texts', () => {
    const note = column('note', (row) => `bearing ${row} is hot`)
    const plan = planned(
      [input(['n', 3], 't', 'string')],
      [words('colour'), note, column('size', (row) => row % 4)],
      {
        features: ['colour', 'note', 'size'],
      },
    )
    expect(plan.features).toEqual([
      {
        name: 'colour',
        title: expect.any(String),
        kind: 'category',
        words: ['red', 'green', 'blue'],
        nullable: false,
      },
      { name: 'note', title: expect.any(String), kind: 'text', nullable: false },
      {
        name: 'size',
        title: expect.any(String),
        kind: 'category',
        words: ['0', '1', '2', '3'],
        nullable: false,
      },
    ])
  })

  it.each<[string, (number | string)[], number | undefined, true | undefined]>([
    ['a fixed batch', [8, 3], 8, undefined],
    ['a fixed batch of one', [1, 3], 1, undefined],
    ['no batch axis at all', [3], 1, true],
  ])('of %s', (_, shape, fixedBatch, noBatchAxis) => {
    const plan = planned([input(shape)], abc)
    expect(plan.tensors).toEqual([columnsOf(['a', 'b', 'c'])])
    expect([plan.fixedBatch, plan.noBatchAxis]).toEqual([fixedBatch, noBatchAxis])
  })

  it('of any width take what looks like measurements, never what looks like the label', () => {
    const columns = [column('id', (row) => row), ...abc]
    expect(planned([input()], columns).tensors).toEqual([columnsOf(['a', 'b', 'c'])])
    expect(planned([input(['n', ''])], columns, { guess: 1 }).tensors).toEqual([
      columnsOf(['id', 'a', 'b', 'c']),
    ])
    expect(planned([input()], columns, { guess: 2 }).tensors).toEqual([columnsOf(['a', 'b'])])
    expect(refused([input()], columns, { guess: 3 }).reason).toContain('does not say how many columns')
    expect(planned([input()], columns, { features: ['c', 'id'] }).tensors).toEqual([columnsOf(['c', 'id'])])
  })

  it('are refused where the columns do not fit, with the list of them', () => {
    expect(refused([input(['n', 5])], abc).reason).toMatch(
      /takes "x" \[rows, 5\], and no choice of the reference's columns fits; it has "a", "b", "c", "outcome"/,
    )
    expect(refused([input(['n', 2], 't', 'string')], [...abc, words('colour')]).reason).toBe(
      'the model takes texts ("t" [rows, 2]), and the reference has 1 columns of words: "colour"',
    )
  })
})

describe('windows of time', () => {
  const windowOf = (features: string[], steps: number, rest: object = {}): InputTensor => ({
    name: 'x',
    kind: 'window',
    dtype: 'float32',
    features,
    steps,
    layout: 'time-feature',
    ...rest,
  })
  const load = [...numbers('load'), column('outcome', (row) => row % 2)]

  it.each<[string, (number | string)[], Column[], PlanOptions, InputTensor]>([
    ['time first', ['n', 30, 3], abc, {}, windowOf(['a', 'b', 'c'], 30)],
    ['features first', ['n', 3, 30], abc, {}, windowOf(['a', 'b', 'c'], 30, { layout: 'feature-time' })],
    ['time first where both could be', ['n', 3, 3], abc, {}, windowOf(['a', 'b', 'c'], 3)],
    ['an axis of 1 before', ['n', 1, 30, 3], abc, {}, windowOf(['a', 'b', 'c'], 30, { shape: [1, 30, 3] })],
    [
      'an axis of 1 before, features first',
      ['n', 1, 3, 30],
      abc,
      {},
      windowOf(['a', 'b', 'c'], 30, { layout: 'feature-time', shape: [1, 3, 30] }),
    ],
    ['of one measurement', ['n', 30, 1], load, {}, windowOf(['load'], 30)],
    [
      'of one measurement, features first',
      ['n', 1, 30],
      load,
      {},
      windowOf(['load'], 30, { layout: 'feature-time' }),
    ],
    ['of one measurement, as a row', ['n', 24], load, {}, windowOf(['load'], 24, { shape: [24] })],
    ['of any length', ['n', 't', 3], abc, { window: 12 }, windowOf(['a', 'b', 'c'], 12)],
    [
      'of any length, features first',
      ['n', 3, 't'],
      abc,
      { window: 12 },
      windowOf(['a', 'b', 'c'], 12, { layout: 'feature-time' }),
    ],
    [
      'beside the machine’s number and the time',
      ['n', 30, 3],
      [column('unit', () => 1), column('cycle', (row) => row), ...abc],
      { group: 'unit' },
      windowOf(['a', 'b', 'c'], 30),
    ],
  ])('%s', (_, shape, columns, options, tensor) => {
    const plan = planned([input(shape)], columns, options)
    expect(plan.tensors).toEqual([tensor])
    expect(plan.how[0]!.how).toMatch(/^windows of \d+ readings, /)
  })

  it('are several where there are several inputs', () => {
    const plan = planned([input(['n', 10, 2], 'fast'), input(['n', 10, 1], 'slow')], abc)
    expect(plan.tensors).toEqual([
      windowOf(['a', 'b'], 10, { name: 'fast' }),
      windowOf(['c'], 10, { name: 'slow' }),
    ])
  })

  it('have a length that somebody says', () => {
    expect(refused([input(['n', 't', 3])], abc)).toEqual({
      ok: false,
      reason: 'input "x" is a window of any length, and nothing says which',
      hint: 'Say how many readings it has: --window 30.',
    })
  })

  it('are not made of one measurement among several, unasked', () => {
    const reason = /\[rows, 24\], and no choice of the reference's columns fits/
    expect(refused([input(['n', 24])], abc).reason).toMatch(reason)
    expect(planned([input(['n', 24])], abc, { features: ['b'] }).tensors).toEqual([
      windowOf(['b'], 24, { shape: [24] }),
    ])
  })
})

describe('inputs that are no features', () => {
  const table = input(['n', 3])
  const constantOf = (value: unknown, shape: (number | 'rows')[], dtype: Dtype = 'int64') => ({
    name: 'k',
    kind: 'constant',
    dtype,
    value,
    shape,
  })

  it.each<[string, DeclaredInput, string | undefined, object]>([
    ['a number', input([], 'k', 'int64'), '16000', constantOf(16_000, [])],
    ['a number with an axis of 1', input([1], 'k', 'float32'), '0.5', constantOf(0.5, [1], 'float32')],
    ['a number for each row', input(['n', 1], 'k', 'float32'), '7', constantOf(7, ['rows', 1], 'float32')],
    ['a text', input([], 'k', 'string'), 'de', constantOf('de', [], 'string')],
    ['a flag', input([], 'k', 'bool'), 'true', constantOf(true, [], 'bool')],
    ['a flag that nobody sets', input([], 'k', 'bool'), undefined, constantOf(false, [], 'bool')],
  ])('%s', (_, declared, value, tensor) => {
    const plan = planned([table, declared], abc, value === undefined ? {} : { constants: { k: value } })
    expect(plan.tensors).toEqual([columnsOf(['a', 'b', 'c']), tensor])
    expect(plan.how[1]).toEqual({
      tensor: 'k',
      how: `always ${(tensor as { value: unknown }).value}`,
      features: [],
    })
    expect(plan.features.map(({ name }) => name)).toEqual(['a', 'b', 'c'])
  })

  it('have a value that somebody says, and one that fits', () => {
    expect(refused([table, input([], 'k', 'int64')], abc)).toEqual({
      ok: false,
      reason: 'input "k" is a single int64 for all rows, and nothing says which',
      hint: 'Say it: --constant k=VALUE.',
    })
    expect(refused([table, input([], 'toString')], abc, { constants: {} }).reason).toContain(
      'nothing says which',
    )
    expect(refused([table, input([1], 'k')], abc, { constants: { k: 'warm' } }).reason).toBe(
      '"warm" is no number for input "k"',
    )
  })
})
