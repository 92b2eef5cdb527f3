import { z } from 'zod'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { type Dtype, featuresOf, type InputTensor, rowShapeOf } from '#core/contracts/input-tensor.ts'
import type { Feature, Manifest } from '#core/contracts/manifest.ts'
import { unnamedAsset } from '#core/contracts/reading.ts'
import { madeHere } from '../ingest/malformed.ts'

/** The tensors of the Open Inference Protocol, and how they become readings. */

const inputSchema = z.object({
  name: z.string(),
  shape: z.array(z.int().min(0)),
  datatype: z.string(),
  data: z.array(z.unknown()),
})

export const inferSchema = z.object({
  id: z.string().max(200).optional(),
  parameters: z
    .object({ asset: z.string().min(1).max(200).optional() })
    .loose()
    .optional(),
  inputs: z.array(inputSchema).min(1),
  outputs: z.array(z.object({ name: z.string() }).loose()).optional(),
})
export type InferBody = z.infer<typeof inferSchema>

const datatypes: Record<Dtype, string> = {
  float32: 'FP32',
  float64: 'FP64',
  float16: 'FP16',
  int64: 'INT64',
  int32: 'INT32',
  int16: 'INT16',
  int8: 'INT8',
  uint64: 'UINT64',
  uint32: 'UINT32',
  uint16: 'UINT16',
  uint8: 'UINT8',
  bool: 'BOOL',
  string: 'BYTES',
}

/** The protocol's name of an element type. */
export const datatypeOf = (dtype: string | undefined): string =>
  Object.hasOwn(datatypes, dtype ?? '') ? datatypes[dtype as Dtype] : 'FP32'

/** How a tensor comes in over the protocol: an image as its encoded file in base64, one text per row. */
export function asked(
  tensor: InputTensor,
  features: readonly Feature[],
): { datatype: string; row: number[] } | undefined {
  if (tensor.kind === 'constant' || tensor.kind === 'window') return undefined
  if (tensor.kind === 'image') return { datatype: 'BYTES', row: [] }
  const length = features.find(({ name }) => name === featuresOf(tensor)[0])?.length ?? 0
  return { datatype: datatypes[tensor.dtype], row: rowShapeOf(tensor, length) }
}

export type ToReadings = (request: InferBody, nowMs: number) => unknown[]

/** Compiled once per version: a request is often a single row. Throws `request-invalid` for what does not fit the model. */
export function compileToReadings({ tensors, features }: Manifest['inputs']): ToReadings {
  const window = tensors.find(({ kind }) => kind === 'window')
  const forms = tensors.flatMap((tensor) => {
    const form = asked(tensor, features)
    return form ? [{ name: tensor.name, form, toValues: valuesOf(tensor, features) }] : []
  })
  const names = forms.map(({ name }) => name)
  return ({ inputs, parameters }, nowMs) => {
    if (window)
      throw invalid(
        `input "${window.name}" is a window over the readings of an asset, which the runtime keeps itself: send readings to /api/models/ID/readings`,
      )
    const unknown = inputs.find(({ name }) => !names.includes(name))
    if (unknown) throw invalid(`input "${unknown.name}" is not one of this model's: ${names.join(', ')}`)
    const given = forms.map(({ name, form, toValues }) => {
      const [input, second] = inputs.filter((each) => each.name === name)
      if (!input) throw invalid(`input "${name}" is missing`)
      if (second) throw invalid(`input "${name}" is there twice`)
      return { name, toValues, ...dataOf(input, form) }
    })
    const rows = given[0]?.rows ?? 0
    for (const other of given)
      if (other.rows !== rows)
        throw invalid(`input "${other.name}" has ${other.rows} rows, another has ${rows}`)

    const asset = parameters?.asset ?? unnamedAsset
    const time = new Date(nowMs).toISOString()
    return Array.from({ length: rows }, (_, row) => {
      const values: Record<string, unknown> = {}
      for (const { toValues, data, width } of given) toValues(values, (k) => data[row * width + k])
      return { asset, time, values, [madeHere]: true }
    })
  }
}

type ToValues = (values: Record<string, unknown>, at: (k: number) => unknown) => void

/** How one row of a tensor becomes the values of a reading. */
function valuesOf(tensor: InputTensor, features: readonly Feature[]): ToValues {
  const names = featuresOf(tensor)
  if (tensor.kind === 'series') {
    const length = features.find(({ name }) => name === names[0])?.length ?? 0
    const place = (t: number, c: number) =>
      tensor.layout === 'time-feature' ? t * names.length + c : c * length + t
    return (values, at) =>
      names.forEach((name, c) => {
        values[name] = Array.from({ length }, (_, t) => at(place(t, c)))
      })
  }
  const words = names.map((name) => {
    const codes = features.find((f) => f.name === name)?.codes
    // What stands for a category in a tensor of numbers is its code.
    return tensor.dtype !== 'string' && codes
      ? new Map(Object.entries(codes).map(([word, n]) => [n, word]))
      : undefined
  })
  return (values, at) =>
    names.forEach((name, column) => {
      const value = at(column)
      values[name] = words[column]?.get(Number(value)) ?? value
    })
}

const maxRows = 20_000

/** The values of a tensor, row by row; checked against its shape before anything is made of that size. */
function dataOf(
  { name, shape, datatype, data }: z.infer<typeof inputSchema>,
  form: { datatype: string; row: number[] },
): { rows: number; width: number; data: unknown[] } {
  if (datatype !== form.datatype)
    throw invalid(`input "${name}" is ${datatype.slice(0, 20)}; the model takes ${form.datatype}`)
  const [rows, ...rest] = shape
  // A single value per row may come with an axis of its own or without one.
  const plain = (dims: number[]) => (dims.length === 1 && dims[0] === 1 ? [] : dims).join(', ')
  if (rows === undefined || plain(rest) !== plain(form.row))
    throw invalid(
      `input "${name}" has shape [${shape.join(', ')}]; the model takes [${['rows', ...form.row].join(', ')}]`,
    )
  if (rows < 1) throw invalid(`input "${name}" has no rows`)
  if (rows > maxRows) throw invalid(`input "${name}" has ${rows} rows; at most ${maxRows} are taken at once`)
  const width = form.row.reduce((a, b) => a * b, 1)
  const flat = data.flat(shape.length)
  if (flat.length !== rows * width)
    throw invalid(`input "${name}" says shape [${shape.join(', ')}] and brings ${flat.length} values`)
  return { rows, width, data: flat }
}

export const invalid = (message: string) => new EdgewrightError('request-invalid', message)
