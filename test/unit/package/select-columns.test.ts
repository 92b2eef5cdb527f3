import { describe, expect, it } from 'vitest'
import { buildColumn, type Column } from '#core/package/columns.ts'
import { namesInMetadata } from '#core/package/metadata-names.ts'
import { type SelectOptions, selectColumns } from '#core/package/select-columns.ts'

const column = (name: string, cells: (string | number)[]): Column => {
  const builder = buildColumn(name)
  for (const cell of cells) builder.add(String(cell))
  return builder.done()
}

/** AI4I's columns, by what their cells look like. */
const ai4i: Record<string, (string | number)[]> = {
  UDI: [1, 2, 3, 4],
  'Product ID': ['M1', 'L2', 'H3', 'L4'],
  Type: ['M', 'L', 'H', 'L'],
  'Air temperature [K]': [298.1, 298.2, 298.1, 300],
  'Torque [Nm]': [42.8, 46.3, 49.4, 39.5],
  Machine_failure: [0, 0, 1, 0],
  TWF: [0, 0, 1, 0],
  HDF: [0, 0, 0, 1],
}
const table = (names: string[]) => names.map((name) => column(name, ai4i[name]!))

function taken(width: number, names: string[], options: SelectOptions = {}): string[] | string {
  const selection = selectColumns([{ name: 'input', width }], table(names), options)
  return selection.ok ? selection.bound[0]!.features : selection.reason
}

const features = ['Type', 'Air temperature [K]', 'Torque [Nm]']

describe('selectColumns by width', () => {
  const order = ['UDI', 'Product ID', ...features, 'Machine_failure', 'TWF', 'HDF']

  it.each([
    ['no label', 5, [...features, 'TWF', 'HDF']],
    ['no last column', 4, [...features, 'TWF']],
    ['no flags', 3, features],
    ['no words', 2, features.slice(1)],
  ])('leaves out step by step: %s', (_, width, expected) => {
    expect(taken(width, order)).toEqual(expected)
  })

  it('takes all but text where the number fits, else all but the row numbers', () => {
    const unlabelled = order.filter((name) => name !== 'Machine_failure')
    expect(taken(6, unlabelled)).toEqual(['UDI', ...features, 'TWF', 'HDF'])
    expect(taken(5, unlabelled)).toEqual([...features, 'TWF', 'HDF'])
  })

  it('never takes what is named like a label, and says what stands in the way', () => {
    expect(taken(6, order)).toMatch(/"Machine_failure" is not taken: named like what a model predicts/)
    expect(taken(7, order)).toMatch(/no choice of the reference's columns fits/)
  })

  it('finds the same columns, in the order of the file, wherever they stand', () => {
    const shuffled = [
      'HDF',
      'Torque [Nm]',
      'UDI',
      'TWF',
      'Type',
      'Product ID',
      'Machine_failure',
      'Air temperature [K]',
    ]
    expect(taken(3, shuffled)).toEqual(['Torque [Nm]', 'Type', 'Air temperature [K]'])
  })

  it('leaves out the label and the time that a person named', () => {
    const unlabelled = order.filter((name) => name !== 'Machine_failure')
    expect(taken(4, unlabelled, { label: 'HDF' })).toEqual([...features, 'TWF'])
    expect(taken(5, unlabelled, { time: 'UDI' })).toEqual([...features, 'TWF', 'HDF'])
  })

  it('says why each other column is left out', () => {
    const selection = selectColumns([{ name: 'input', width: 3 }], table(order), {})
    expect(selection.ok && Object.fromEntries(selection.leftOut.map(({ name, why }) => [name, why]))).toEqual(
      {
        UDI: 'numbers the rows',
        'Product ID': 'text that hardly repeats',
        Machine_failure: 'named like what a model predicts',
        TWF: 'only 0 and 1, often a label',
        HDF: 'only 0 and 1, often a label',
      },
    )
  })

  it('refuses with the list where nothing fits', () => {
    expect(taken(9, order)).toContain('[rows, 9]')
    expect(taken(9, order)).toContain('"Torque [Nm]"')
  })
})

describe('selectColumns by name', () => {
  const order = ['UDI', ...features]

  it('takes what a person names, in that order, and says what is wrong with it', () => {
    expect(taken(2, order, { features: ['Torque [Nm]', 'Type'] })).toEqual(['Torque [Nm]', 'Type'])
    expect(taken(2, order, { features: ['Torque', 'Type'] })).toContain('no column "Torque"')
    expect(taken(3, order, { features: ['Torque [Nm]', 'Type'] })).toContain('2 columns are named')
    expect(taken(2, order, { features: ['Type', 'Type'] })).toContain('named twice')
    expect(taken(1, [...order, 'Product ID'], { features: ['Product ID'] })).toContain(
      'text that hardly repeats',
    )
  })

  it('binds one input per column, also by the name that an exporter made of it', () => {
    const inputs = ['Torque__Nm_', 'Type', 'air_temperature_k'].map((name) => ({ name, width: 1 }))
    const selection = selectColumns(inputs, table(order), {})
    expect(selection.ok && selection.bound).toEqual([
      { tensor: 'Torque__Nm_', features: ['Torque [Nm]'] },
      { tensor: 'Type', features: ['Type'] },
      { tensor: 'air_temperature_k', features: ['Air temperature [K]'] },
    ])
  })

  it('goes by the metadata before the width, and past metadata that does not fit', () => {
    expect(taken(2, order, { metadata: ['Torque [Nm]', 'UDI'] })).toEqual(['Torque [Nm]', 'UDI'])
    expect(taken(3, order, { metadata: ['nonsense', 'UDI', 'Type'] })).toEqual(features)
  })

  it('deals columns out to several inputs', () => {
    const selection = selectColumns(
      [
        { name: 'a', width: 2 },
        { name: 'b', width: 1 },
      ],
      table(order),
      {},
    )
    expect(selection.ok && selection.bound).toEqual([
      { tensor: 'a', features: ['Type', 'Air temperature [K]'] },
      { tensor: 'b', features: ['Torque [Nm]'] },
    ])
  })

  it('takes what looks like a measurement where the graph declares no width, and never a label', () => {
    const all = ['UDI', 'Product ID', ...features, 'Machine_failure']
    const guess = (k: number) => {
      const selection = selectColumns([{ name: 'x' }], table(all), { guess: k })
      return selection.ok ? selection.bound[0]!.features : selection.reason
    }
    const measured = ['Air temperature [K]', 'Torque [Nm]']
    expect([guess(0), guess(1), guess(2)]).toEqual([measured, ['UDI', ...measured], measured.slice(0, 1)])
    expect(guess(3)).toContain('does not say how many columns')
    expect(selectColumns([{ name: 'x' }], table(all), { features: ['UDI'] })).toMatchObject({
      ok: true,
      bound: [{ tensor: 'x', features: ['UDI'] }],
    })
  })

  it('needs names where the graph declares several inputs without a width', () => {
    expect(selectColumns([{ name: 'x' }, { name: 'y' }], table(order), {})).toMatchObject({
      ok: false,
      reason: expect.stringContaining('does not say'),
    })
  })
})

describe('namesInMetadata', () => {
  it.each([['["a", "b c"]'], ["['a', 'b c']"], ['a, b c'], ['a\nb c\n']])('reads %j', (text) => {
    expect(namesInMetadata({ other: 'x', feature_names: text }, ['feature_names'])).toEqual(['a', 'b c'])
  })

  it('finds nothing where there is nothing', () => {
    expect(namesInMetadata({ feature_names: '[broken' }, ['feature_names'])).toBeUndefined()
    expect(namesInMetadata({}, ['constructor'])).toBeUndefined()
  })
})

describe('a measurement with one bad cell', () => {
  const cells = Array.from({ length: 40 }, (_, k) => (k % 7) + 0.5)
  const spoilt = column('pressure', [...cells.slice(0, -1), 'broken'])
  const columns = [
    column('flow', cells),
    spoilt,
    column(
      'leak',
      cells.map((x) => (x > 5 ? 1 : 0)),
    ),
  ]

  it('is not left out for the label to take its place', () => {
    expect(selectColumns([{ name: 'x', width: 2 }], columns, {})).toMatchObject({
      ok: false,
      reason: expect.stringContaining('"pressure" is not taken: words among numbers ("broken")'),
    })
  })
  it('may be left out by name', () => {
    expect(selectColumns([{ name: 'x', width: 2 }], columns, { features: ['flow', 'leak'] })).toMatchObject({
      ok: true,
    })
  })
})
