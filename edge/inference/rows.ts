import { EdgewrightError } from '#core/contracts/errors.ts'
import type { FedImages, FedTensor, Tensor, TensorData } from './lane.ts'

/** Cutting and joining batches along their first axis. */

const make = (like: TensorData, length: number): TensorData =>
  Array.isArray(like)
    ? new Array<string>(length).fill('')
    : like instanceof Float32Array
      ? new Float32Array(length)
      : new Float64Array(length)

function copy(from: TensorData, start: number, end: number, to: TensorData, at: number): void {
  if (!Array.isArray(from) && !Array.isArray(to)) to.set(from.subarray(start, end), at)
  else for (let i = start; i < end; i++) to[at + i - start] = from[i]!
}

/** `count` rows from `from` on, filled up to `filled` rows with the last of them. */
export function sliceRows<T extends FedTensor | FedImages>(
  fed: T,
  from: number,
  count: number,
  filled = count,
): T {
  if ('images' in fed) {
    const images = fed.images.slice(from, from + count)
    while (images.length < filled) images.push(images.at(-1)!)
    return { ...fed, images }
  }
  const { data, width, dims } = fed
  const part = make(data, filled * width)
  copy(data, from * width, (from + count) * width, part, 0)
  const last = (from + count - 1) * width
  for (let row = count; row < filled; row++) copy(data, last, last + width, part, row * width)
  return { ...fed, data: part, ...(dims && { dims: dims.map((dim, axis) => (axis === 0 ? filled : dim)) }) }
}

/** Outputs of several calls as those of one: `pieces` say at which row each of them begins and how many rows it brings. */
export function joinRows(
  pieces: readonly { at: number; rows: number; outputs: Record<string, Tensor> }[],
  rows: number,
): Record<string, Tensor> | undefined {
  const first = pieces[0]
  if (!first) return undefined
  if (pieces.length === 1 && first.at === 0 && first.rows === rows) return cut(first.outputs, rows)
  const joined: Record<string, Tensor> = {}
  for (const [name, { data, width, ...rest }] of Object.entries(first.outputs)) {
    const all = make(data, rows * width)
    for (const piece of pieces) {
      const part = piece.outputs[name]!
      if (part.width !== width)
        throw new EdgewrightError(
          'inference-failed',
          `output "${name}" has ${width} values per row at one time and ${part.width} at another`,
        )
      copy(part.data, 0, piece.rows * width, all, piece.at * width)
    }
    joined[name] = { ...rest, data: all, width }
  }
  return joined
}

/** Without what was answered to filled-up rows. */
function cut(outputs: Record<string, Tensor>, rows: number): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(outputs).map(([name, { data, width, ...rest }]) => [
      name,
      {
        ...rest,
        width,
        data:
          data.length === rows * width
            ? data
            : Array.isArray(data)
              ? data.slice(0, rows * width)
              : data.subarray(0, rows * width),
      },
    ]),
  )
}
