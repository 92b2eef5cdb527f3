import { describe, expect, it } from 'vitest'
import type { ImageTensor } from '#core/contracts/input-tensor.ts'
import { toPixels } from '#edge/inference/images.ts'
import { greyPng, rgbPng } from '#support/fake-png.ts'

const spec: ImageTensor = {
  name: 'x',
  kind: 'image',
  dtype: 'float32',
  feature: 'photo',
  width: 8,
  height: 8,
  colour: 'rgb',
  layout: 'channels-last',
  fit: 'fill',
  kernel: 'linear',
}
const contained: ImageTensor = { ...spec, fit: 'contain' }
const whyBad = async (bytes: Uint8Array, of: ImageTensor) =>
  (await toPixels({ images: [bytes], spec: of })).bad.map(({ code }) => code)

describe('an image', () => {
  it.each([
    ['white, wide', greyPng(64, 16, () => 255)],
    ['white, high', greyPng(16, 64, () => 255)],
    ['white, a line', greyPng(640, 1, () => 255)],
    ['of one colour', rgbPng(32, 8, () => [0, 0, 255])],
  ])('that is blank (%s) is so between black bars, too', async (_, bytes) => {
    expect(await whyBad(bytes, contained)).toEqual(['image-blank'])
    expect(await whyBad(bytes, spec)).toEqual(['image-blank'])
  })

  it('that shows something is not blank between black bars', async () => {
    for (const bytes of [
      greyPng(64, 16, (x) => x),
      greyPng(16, 64, (_, y) => 2 * y),
      greyPng(8, 8, (x) => x),
    ])
      expect(await whyBad(bytes, contained)).toEqual([])
  })

  it('that stands for filled-up rows is in all of them what it is in the first, good or bad', async () => {
    const [shade, blank] = [greyPng(8, 8, (x, y) => 16 * x + y), greyPng(8, 8, () => 9)]
    const { tensor, bad } = await toPixels({ images: [shade, shade, blank, blank, shade], spec })
    const row = (k: number) => [...(tensor.data as Float32Array).subarray(k * 192, (k + 1) * 192)]
    expect(row(0)[191]).toBe(119)
    expect([1, 4].map(row)).toEqual([row(0), row(0)])
    expect(bad.map((one) => [one.row, one.code])).toEqual([
      [2, 'image-blank'],
      [3, 'image-blank'],
    ])
    expect(row(3).every((x) => x === 0)).toBe(true)
  })
})
