import { describe, expect, it } from 'vitest'
import type { ImageTensor } from '#core/contracts/input-tensor.ts'
import { joinRows, sliceRows } from '#edge/inference/rows.ts'

const spec: ImageTensor = {
  name: 'picture',
  kind: 'image',
  dtype: 'float32',
  feature: 'photo',
  width: 2,
  height: 2,
  colour: 'grey',
  layout: 'channels-first',
  fit: 'fill',
  kernel: 'linear',
}
const table = { data: Float32Array.of(1, 2, 3, 4, 5, 6), width: 2 }

describe('a slice of rows', () => {
  it('is filled up with its last row, and keeps its element type', () => {
    expect(sliceRows(table, 1, 1)).toEqual({ data: Float32Array.of(3, 4), width: 2 })
    expect(sliceRows(table, 1, 2, 4)).toEqual({ data: Float32Array.of(3, 4, 5, 6, 5, 6, 5, 6), width: 2 })
    expect(sliceRows({ data: Float64Array.of(2 ** 53 - 1, 7), width: 1 }, 0, 1, 2).data).toEqual(
      Float64Array.of(2 ** 53 - 1, 2 ** 53 - 1),
    )
    expect(sliceRows({ data: ['a', 'b', 'c', 'd'], width: 2 }, 0, 1, 2).data).toEqual(['a', 'b', 'a', 'b'])
  })

  it('says its number of rows in its shape', () => {
    const cube = { data: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8), width: 4, dims: [2, 2, 2] }
    expect(sliceRows(cube, 1, 1, 3)).toEqual({
      data: Float32Array.of(5, 6, 7, 8, 5, 6, 7, 8, 5, 6, 7, 8),
      width: 4,
      dims: [3, 2, 2],
    })
    expect(cube.dims).toEqual([2, 2, 2])
  })

  it('of images is filled up with the last image', () => {
    const images = [1, 2, 3].map((byte) => Uint8Array.of(byte))
    expect(sliceRows({ images, spec }, 1, 1, 3)).toEqual({ images: [images[1], images[1], images[1]], spec })
    expect(images).toHaveLength(3)
  })

  it('leaves what it is cut from as it was', () => {
    sliceRows(table, 0, 1).data.fill(9 as never)
    expect([...table.data]).toEqual([1, 2, 3, 4, 5, 6])
  })
})

describe('outputs of several calls', () => {
  const p = (...data: number[]) => ({ p: { data: Float32Array.from(data), width: 1 } })

  it('are put where their rows belong, with 0 where a row has none', () => {
    const joined = joinRows(
      [
        { at: 3, rows: 1, outputs: p(4) },
        { at: 0, rows: 2, outputs: p(1, 2) },
      ],
      4,
    )
    expect(joined).toEqual(p(1, 2, 0, 4))
  })

  it('lose what was answered to filling, in one call and in several', () => {
    expect(joinRows([{ at: 0, rows: 2, outputs: p(1, 2, 2, 2) }], 2)).toEqual(p(1, 2))
    expect(
      joinRows(
        [
          { at: 0, rows: 2, outputs: p(1, 2) },
          { at: 2, rows: 1, outputs: p(3, 3) },
        ],
        3,
      ),
    ).toEqual(p(1, 2, 3))
    const texts = { label: { data: ['a', 'b', 'b'], width: 1 } }
    expect(joinRows([{ at: 0, rows: 2, outputs: texts }], 2)).toEqual({
      label: { data: ['a', 'b'], width: 1 },
    })
  })

  it('are joined output by output, each with its own width and type', () => {
    const piece = (at: number, word: string, x: number) => ({
      at,
      rows: 1,
      outputs: {
        label: { data: [word], width: 1 },
        pair: { data: Float64Array.of(x, -x), width: 2 },
      },
    })
    expect(joinRows([piece(0, 'ok', 1), piece(1, 'worn', 2)], 2)).toEqual({
      label: { data: ['ok', 'worn'], width: 1 },
      pair: { data: Float64Array.of(1, -1, 2, -2), width: 2 },
    })
  })

  it('are nothing where there was no call, and a fault where a row’s width changes', () => {
    expect(joinRows([], 3)).toBeUndefined()
    const wide = { p: { data: Float32Array.of(1, 2), width: 2 } }
    expect(() =>
      joinRows(
        [
          { at: 0, rows: 1, outputs: p(1) },
          { at: 1, rows: 1, outputs: wide },
        ],
        2,
      ),
    ).toThrow('output "p" has 1 values per row at one time and 2 at another')
  })
})
