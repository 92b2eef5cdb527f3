import { describe, expect, it } from 'vitest'
import type { InputTensor } from '#core/contracts/input-tensor.ts'
import type { Feature } from '#core/contracts/manifest.ts'
import { bytesOf, constantsOf, type RowSource, seriesOf, toTensors } from '#edge/inference/to-tensors.ts'
import { manifestOf } from '#support/manifest.ts'

const number = (name: string, rest: Partial<Feature> = {}): Feature => ({
  name,
  title: name,
  kind: 'number',
  nullable: false,
  ...rest,
})
const feed = (
  features: Feature[],
  tensor: InputTensor,
  source: RowSource,
  rows: number[],
  noBatchAxis = false,
) =>
  toTensors(
    manifestOf({
      features,
      tensors: [tensor],
      ...(noBatchAxis && { operation: { noBatchAxis: true, fixedBatch: 1 } }),
    }),
    source,
    rows,
  )[tensor.name]
const a = Float64Array.of(1, 2, Number.NaN)
const b = Float64Array.of(10, 20, 30)

describe('readings as tensors', () => {
  const table: InputTensor = { name: 'x', kind: 'columns', dtype: 'float32', features: ['b', 'a'] }

  it('take the rows asked for, in the order of the tensor’s features, with fills for what is missing', () => {
    const features = [number('a', { nullable: true, fill: -7 }), number('b')]
    expect(feed(features, table, { values: [a, b] }, [2, 0])).toEqual({
      data: Float32Array.of(30, -7, 10, 1),
      width: 2,
    })
  })

  it.each<[Partial<Extract<InputTensor, { kind: 'columns' }>>, boolean, number[] | undefined]>([
    [{}, false, undefined],
    [{ shape: [1, 2] }, false, [2, 1, 2]],
    [{}, true, [2]],
    [{ shape: [2, 1] }, true, [2, 1]],
  ])('have the shape that the graph takes: %j', (part, noBatchAxis, dims) => {
    const rows = noBatchAxis ? [0] : [0, 1]
    const fed = feed(
      [number('a'), number('b')],
      { ...table, ...part } as InputTensor,
      { values: [a, b] },
      rows,
      noBatchAxis,
    )
    expect((fed as { dims?: number[] }).dims).toEqual(dims)
  })

  it('keep whole numbers that float32 cannot hold', () => {
    const long: InputTensor = { name: 'x', kind: 'columns', dtype: 'int64', features: ['a'], shape: [] }
    const fed = feed([number('a')], long, { values: [Float64Array.of(2 ** 53 - 1)] }, [0])
    expect(fed).toEqual({ data: Float64Array.of(2 ** 53 - 1), width: 1, dims: [1] })
  })

  it('say the words of categories and texts, and what stands for a missing one', () => {
    const features = [
      number('site', { kind: 'category', words: ['N', 'S'], nullable: true, fill: 'S' }),
      number('type', { kind: 'category', codes: { L: 10, H: 30 } }),
      number('note', { kind: 'text', nullable: true, fill: '' }),
    ]
    const words: InputTensor = {
      name: 'x',
      kind: 'columns',
      dtype: 'string',
      features: ['note', 'site', 'type'],
    }
    const values = [Float64Array.of(0, Number.NaN), Float64Array.of(30, 10), ['hot', null]]
    expect(feed(features, words, { values }, [0, 1])).toEqual({
      data: ['hot', 'N', 'H', '', 'S', 'L'],
      width: 3,
    })
  })

  it.each([
    ['time-feature', [1, 4, 2, 5, 3, 6]],
    ['feature-time', [1, 2, 3, 4, 5, 6]],
  ] as const)('lay series out by %s', (layout, expected) => {
    const features = ['u', 'v'].map((name) =>
      number(name, { kind: 'series', length: 3, nullable: true, fill: 0 }),
    )
    const wave: InputTensor = { name: 'wave', kind: 'series', dtype: 'float32', features: ['u', 'v'], layout }
    const attach = (...series: number[]) => ({
      sha256: '',
      media: '',
      bytes: bytesOf(Float64Array.from(series)),
    })
    const attachments = new Map([
      [0, [attach(1, 2, 3), undefined]],
      [1, [attach(4, 5, 6), attach(7, Number.NaN, 9)]],
    ])
    const fed = feed(
      features,
      wave,
      {
        values: [
          ['s', null],
          ['s', 's'],
        ],
        attachments,
      },
      [0, 1],
    )
    const second = layout === 'time-feature' ? [0, 7, 0, 0, 0, 9] : [0, 0, 0, 7, 0, 9]
    expect(fed).toEqual({
      data: Float32Array.from([...expected, ...second]),
      width: 6,
      dims: layout === 'time-feature' ? [2, 3, 2] : [2, 2, 3],
    })
  })

  it('take each row’s own window, and nothing but NaN where there are none', () => {
    const past: InputTensor = {
      name: 'past',
      kind: 'window',
      dtype: 'float64',
      features: ['a'],
      steps: 2,
      layout: 'time-feature',
    }
    const windows = new Map([['past', Float64Array.of(1, 2, 3, 4, 5, 6)]])
    expect(feed([number('a')], past, { values: [a], windows }, [2, 0])).toEqual({
      data: Float64Array.of(5, 6, 1, 2),
      width: 2,
      dims: [2, 2, 1],
    })
    const none = feed([number('a')], past, { values: [a] }, [0]) as { data: Float64Array }
    expect([...none.data]).toEqual([Number.NaN, Number.NaN])
  })

  it('read a series wherever its bytes lie', () => {
    const bytes = new Uint8Array(8 * 2 + 3)
    bytes.set(bytesOf(Float64Array.of(1.5, -2)), 3)
    expect([...seriesOf(bytes.subarray(3))]).toEqual([1.5, -2])
  })
})

describe('constants', () => {
  it.each<[Partial<Extract<InputTensor, { kind: 'constant' }>>, object]>([
    [
      { value: 16_000, shape: [] },
      { data: Float64Array.of(16_000), width: 1, dims: [] },
    ],
    [
      { value: 0.5, shape: ['rows', 2] },
      { data: new Float64Array(6).fill(0.5), width: 6, dims: [3, 2] },
    ],
    [
      { value: true, dtype: 'bool', shape: [1] },
      { data: Float64Array.of(1), width: 1, dims: [1] },
    ],
    [
      { value: 'de', dtype: 'string', shape: ['rows'] },
      { data: ['de', 'de', 'de'], width: 3, dims: [3] },
    ],
  ])('%j enter with every batch', (part, fed) => {
    const tensor = { name: 'c', kind: 'constant', dtype: 'int64', ...part } as InputTensor
    expect(
      constantsOf([tensor, { name: 'x', kind: 'columns', dtype: 'float32', features: ['a'] }], 3),
    ).toEqual({ c: fed })
  })
})
