import { type InputTensor, rowShapeOf } from '#core/contracts/input-tensor.ts'
import type { Feature, Manifest } from '#core/contracts/manifest.ts'
import type { Attachment, FeatureColumn } from '../journal/journal.ts'
import type { FedImages, FedTensor, TensorData } from './lane.ts'

/** Rows of readings, wherever they come from: a batch, a reference, golden vectors. */
export interface RowSource {
  /** One column per feature in manifest order; NaN or null: missing. Category: its code, or its index into `words`. */
  values: readonly FeatureColumn[]
  /** [feature][row]: the bytes of an image, or of a series (little-endian float64). */
  attachments?: ReadonlyMap<number, readonly (Attachment | undefined)[]>
  /** [tensor]: rows × width, in the tensor's own layout; only of rows whose window is full. */
  windows?: ReadonlyMap<string, Float64Array>
}

export type Fed = Record<string, FedTensor | FedImages>
type Bound = Pick<Manifest, 'inputs'> & { operation?: Pick<Manifest['operation'], 'noBatchAxis'> }

/** Readings → what the graph's inputs are fed with, as the manifest binds them; a null becomes what the manifest says. */
export function toTensors(manifest: Bound, source: RowSource, rows: readonly number[]): Fed {
  const { features, tensors } = manifest.inputs
  const fed: Fed = {}
  for (const tensor of tensors) {
    const made = feed(tensor, features, source, rows)
    if (!made) continue
    if ('data' in made && (manifest.operation?.noBatchAxis || 'shape' in tensor || tensor.kind !== 'columns'))
      made.dims = dimsOf(tensor, made.width, rows.length, manifest.operation?.noBatchAxis ?? false)
    fed[tensor.name] = made
  }
  return fed
}

/** What goes in with every batch. */
export function constantsOf(tensors: readonly InputTensor[], rows: number): Record<string, FedTensor> {
  const fed: Record<string, FedTensor> = {}
  for (const tensor of tensors) {
    if (tensor.kind !== 'constant') continue
    const dims = tensor.shape.map((dim) => (dim === 'rows' ? rows : dim))
    const size = dims.reduce((a, b) => a * b, 1)
    const data =
      typeof tensor.value === 'string'
        ? new Array<string>(size).fill(tensor.value)
        : new Float64Array(size).fill(Number(tensor.value))
    fed[tensor.name] = { data, width: size, dims }
  }
  return fed
}

function dimsOf(tensor: InputTensor, width: number, rows: number, noBatchAxis: boolean): number[] {
  const length = tensor.kind === 'series' ? width / tensor.features.length : 0
  const shape = rowShapeOf(tensor, length)
  return noBatchAxis ? shape : [rows, ...shape]
}

function feed(
  tensor: InputTensor,
  features: readonly Feature[],
  source: RowSource,
  rows: readonly number[],
): FedTensor | FedImages | undefined {
  const indexOf = (name: string) => features.findIndex((f) => f.name === name)
  switch (tensor.kind) {
    case 'constant':
      return undefined
    case 'image': {
      const bytes = source.attachments?.get(indexOf(tensor.feature)) ?? []
      return { images: rows.map((row) => bytes[row]?.bytes ?? new Uint8Array()), spec: tensor }
    }
    case 'window':
      return fromWindows(
        source.windows?.get(tensor.name),
        rows,
        tensor.steps * tensor.features.length,
        tensor.dtype,
      )
    case 'series':
      return fromSeries(tensor, tensor.features.map(indexOf), features, source, rows)
    case 'columns': {
      const columns = tensor.features.map(indexOf)
      return tensor.dtype === 'string'
        ? fromTexts(columns, features, source, rows)
        : fromNumbers(columns, features, source, rows, tensor.dtype)
    }
  }
}

/** float32 where the graph's own type is no wider; every other type of number is exact in a double. */
const numbers = (dtype: string, length: number) =>
  dtype === 'float32' || dtype === 'float16' ? new Float32Array(length) : new Float64Array(length)

function fromNumbers(
  columns: readonly number[],
  features: readonly Feature[],
  { values }: RowSource,
  rows: readonly number[],
  dtype: string,
): FedTensor {
  const width = columns.length
  const data = numbers(dtype, rows.length * width)
  columns.forEach((index, column) => {
    const from = values[index] as Float64Array
    const missing = fillOf(features[index]!)
    for (let i = 0; i < rows.length; i++) {
      const value = from[rows[i]!]!
      data[i * width + column] = Number.isNaN(value) ? missing : value
    }
  })
  return { data, width }
}

/** What stands for a missing number. */
export const fillOf = ({ fill }: Feature): number => (typeof fill === 'number' ? fill : Number.NaN)

function fromTexts(
  columns: readonly number[],
  features: readonly Feature[],
  { values }: RowSource,
  rows: readonly number[],
): FedTensor {
  const width = columns.length
  const data = new Array<string>(rows.length * width)
  columns.forEach((index, column) => {
    const feature = features[index]!
    const word = wordOf(feature)
    const missing = feature.fill === undefined ? '' : String(feature.fill)
    for (let i = 0; i < rows.length; i++) data[i * width + column] = word(values[index]![rows[i]!]) ?? missing
  })
  return { data, width }
}

/** A category's word, out of the number that stands for it in a column. */
function wordOf({
  words,
  codes,
}: Feature): (value: number | string | null | undefined) => string | undefined {
  const byCode = new Map(Object.entries(codes ?? {}).map(([word, code]) => [code, word]))
  return (value) =>
    typeof value === 'number' ? (words ? words[value] : byCode.get(value)) : (value ?? undefined)
}

function fromWindows(
  windows: Float64Array | undefined,
  rows: readonly number[],
  width: number,
  dtype: string,
): FedTensor {
  const data = numbers(dtype, rows.length * width)
  if (windows) rows.forEach((row, i) => data.set(windows.subarray(row * width, (row + 1) * width), i * width))
  else data.fill(Number.NaN)
  return { data, width }
}

function fromSeries(
  { dtype, layout }: Extract<InputTensor, { kind: 'series' }>,
  columns: readonly number[],
  features: readonly Feature[],
  { attachments }: RowSource,
  rows: readonly number[],
): FedTensor {
  const length = features[columns[0]!]!.length ?? 0
  const count = columns.length
  const width = length * count
  const data: TensorData = numbers(dtype, rows.length * width)
  columns.forEach((index, c) => {
    const given = attachments?.get(index)
    const missing = fillOf(features[index]!)
    rows.forEach((row, i) => {
      const series = given?.[row] ? seriesOf(given[row].bytes) : undefined
      for (let t = 0; t < length; t++) {
        const value = series?.[t] ?? Number.NaN
        const at = i * width + (layout === 'time-feature' ? t * count + c : c * length + t)
        data[at] = Number.isNaN(value) ? missing : value
      }
    })
  })
  return { data, width }
}

/** A series out of its bytes, and its bytes out of a series: little-endian float64. */
export function seriesOf(bytes: Uint8Array): Float64Array {
  const whole = bytes.byteOffset % 8 === 0 ? bytes : bytes.slice()
  return new Float64Array(whole.buffer, whole.byteOffset, whole.byteLength / 8)
}
export const bytesOf = (series: Float64Array): Uint8Array =>
  new Uint8Array(series.buffer, series.byteOffset, series.byteLength)
