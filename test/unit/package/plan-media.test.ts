import { describe, expect, it } from 'vitest'
import type { InputTensor } from '#core/contracts/input-tensor.ts'
import type { Column } from '#core/package/columns.ts'
import type { DeclaredInput, PlanOptions } from '#core/package/plan-types.ts'
import { abc, columnsOf, input, label, photos, planned, refused, waves } from './planned.ts'

describe('series in cells', () => {
  const seriesOf = (features: string[], rest: object = {}): InputTensor => ({
    name: 'x',
    kind: 'series',
    dtype: 'float32',
    features,
    layout: 'time-feature',
    ...rest,
  })
  const [one, two] = [waves('u', 8), waves('v', 8)]

  it.each<[string, (number | string)[], Column[], InputTensor]>([
    ['as a row', ['n', 8], [one, label], seriesOf(['u'], { shape: [8] })],
    ['with an axis of 1 behind', ['n', 8, 1], [one, label], seriesOf(['u'])],
    ['with an axis of 1 before', ['n', 1, 8], [one, label], seriesOf(['u'], { shape: [1, 8] })],
    ['of any length', ['n', 't', 1], [one, label], seriesOf(['u'])],
    ['two, time first', ['n', 8, 2], [one, two], seriesOf(['u', 'v'])],
    ['two, features first', ['n', 2, 8], [one, two], seriesOf(['u', 'v'], { layout: 'feature-time' })],
  ])('%s', (_, shape, columns, tensor) => {
    const plan = planned([input(shape)], columns)
    expect(plan.tensors).toEqual([tensor])
    expect(plan.features.map(({ kind, length }) => [kind, length])).toEqual(
      plan.features.map(() => ['series', 8]),
    )
  })

  it('of another length are refused', () => {
    expect(refused([input(['n', 9])], [one, label]).reason).toContain('[rows, 9]')
  })
})

describe('images', () => {
  const imageOf = (width: number, height: number, rest: object = {}): InputTensor => ({
    name: 'x',
    kind: 'image',
    dtype: 'float32',
    feature: 'photo',
    width,
    height,
    colour: 'rgb',
    layout: 'channels-first',
    fit: 'fill',
    kernel: 'linear',
    scale: 1 / 255,
    ...rest,
  })
  const { scale: _, ...bytes } = imageOf(48, 32) as Extract<InputTensor, { kind: 'image' }>

  it.each<[string, DeclaredInput, PlanOptions, InputTensor]>([
    ['channels first', input(['n', 3, 32, 48]), {}, imageOf(48, 32)],
    ['channels last', input(['n', 32, 48, 3]), {}, imageOf(48, 32, { layout: 'channels-last' })],
    ['grey', input(['n', 1, 28, 28]), {}, imageOf(28, 28, { colour: 'grey' })],
    [
      'of bytes, which enter as they are',
      input(['n', 3, 32, 48], 'x', 'uint8'),
      {},
      { ...bytes, dtype: 'uint8' },
    ],
    [
      'of any size, where somebody says which',
      input(['n', 3, 'h', 'w']),
      { imageSize: { width: 64, height: 40 } },
      imageOf(64, 40),
    ],
    [
      'of a size that the model itself says',
      input(['n', 3, 32, 48]),
      { imageSize: { width: 64, height: 40 } },
      imageOf(48, 32),
    ],
  ])('%s', (_, declared, options, tensor) => {
    const plan = planned([declared], [photos(), label], options)
    expect(plan.tensors).toEqual([tensor])
    expect(plan.features).toEqual([{ name: 'photo', title: 'Photo', kind: 'image', nullable: false }])
    expect(plan.check[0]).toContain(declared.dtype === 'uint8' ? '0 to 255' : 'x/255')
    expect(plan.check).toHaveLength(2)
  })

  it('of a fixed batch, and of a graph without a batch axis', () => {
    expect(planned([input([1, 3, 32, 48])], [photos()])).toMatchObject({ fixedBatch: 1 })
    expect(planned([input([1, 3, 32, 48])], [photos()])).not.toHaveProperty('noBatchAxis')
    expect(planned([input([3, 32, 48])], [photos()])).toMatchObject({ fixedBatch: 1, noBatchAxis: true })
  })

  it('beside a table each take their own columns', () => {
    const plan = planned([input(['n', 3], 'table'), input(['n', 3, 32, 48])], [photos(), ...abc])
    expect(plan.tensors).toEqual([columnsOf(['a', 'b', 'c'], { name: 'table' }), imageOf(48, 32)])
    expect(plan.leftOut).toEqual([{ name: 'outcome', why: 'named like what a model predicts' }])
  })

  it('several are taken by their names', () => {
    const plan = planned(
      [input(['n', 3, 32, 48], 'right'), input(['n', 3, 32, 48], 'left')],
      [photos('left'), photos('right')],
    )
    expect(plan.features.map(({ name }) => name)).toEqual(['right', 'left'])
  })

  it('have a size that somebody says', () => {
    expect(refused([input(['n', 3, 'h', 'w'])], [photos()])).toEqual({
      ok: false,
      reason: 'input "x" is an image of any size, and nothing says which',
      hint: 'Say it: --image-size 224x224.',
    })
  })
})
