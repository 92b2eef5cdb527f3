import type { InputTensor } from '#core/contracts/input-tensor.ts'
import type { Column } from './columns.ts'
import { type DeclaredInput, type NoPlan, type PlanOptions, refuse } from './plan-types.ts'

const spatial = (dim: number | string | undefined) => typeof dim === 'string' || (dim ?? 0) > 4

/** Whether three axes are those of an image whose channels stand at `axis`. */
export const isImage = (row: readonly (number | string)[], axis: 0 | 2) =>
  (row[axis] === 1 || row[axis] === 3) && row.every((dim, k) => k === axis || spatial(dim))

interface ImageForm {
  height: number | string
  width: number | string
  channels: number
  layout: 'channels-first' | 'channels-last'
  /** Where the row is not [C, H, W] or [H, W, C]. */
  shape?: number[]
}

/** What kind of image one row is: with channels first or last, without any, or as a plain list of pixels. */
function imageForm(row: readonly (number | string)[]): ImageForm | undefined {
  const [a, b, c] = row
  if (row.length === 3 && isImage(row, 0))
    return { channels: Number(a), height: b!, width: c!, layout: 'channels-first' }
  if (row.length === 3 && isImage(row, 2))
    return { height: a!, width: b!, channels: Number(c), layout: 'channels-last' }
  if (row.length === 2 && typeof a === 'number' && typeof b === 'number')
    return { height: a, width: b, channels: 1, layout: 'channels-first', shape: [a, b] }
  if (row.length === 1 && typeof a === 'number')
    for (const channels of [1, 3]) {
      const side = Math.sqrt(a / channels)
      if (Number.isInteger(side) && side > 4)
        return {
          height: side,
          width: side,
          channels,
          layout: channels === 1 ? 'channels-first' : 'channels-last',
          shape: [a],
        }
    }
  return undefined
}

/** Takes the column named like the input, or the next of `images` that is free. */
export function planImage(
  { name, dtype, shape }: DeclaredInput,
  images: Column[],
  noBatchAxis: boolean,
  { imageSize }: PlanOptions,
  check: string[],
): InputTensor | NoPlan | undefined {
  if (images.length === 0 || !shape || dtype === 'string' || dtype === 'bool') return undefined
  const form = imageForm(noBatchAxis ? shape : shape.slice(1))
  if (!form) return undefined
  const at = Math.max(
    0,
    images.findIndex((column) => column.name === name),
  )
  const [column] = images.splice(at, 1)
  const size = {
    width: typeof form.width === 'number' ? form.width : imageSize?.width,
    height: typeof form.height === 'number' ? form.height : imageSize?.height,
  }
  if (!size.width || !size.height)
    return refuse(
      `input "${name}" is an image of any size, and nothing says which`,
      'Say it: --image-size 224x224.',
    )
  const whole = dtype === 'uint8'
  check.push(
    whole
      ? `the image enters "${name}" as 0 to 255; is that how training gave it?`
      : `each pixel enters "${name}" as x/255 (scale); write mean and std there if training used them`,
    `another size is stretched to ${size.width} × ${size.height} (fit, kernel); is that how training did it?`,
  )
  return {
    name,
    kind: 'image',
    dtype,
    feature: column!.name,
    width: size.width,
    height: size.height,
    colour: form.channels === 1 ? 'grey' : 'rgb',
    layout: form.layout,
    fit: 'fill',
    kernel: 'linear',
    ...(form.shape && { shape: form.shape }),
    ...(!whole && { scale: 1 / 255 }),
  }
}
