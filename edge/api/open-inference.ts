import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { type Dtype, featuresOf, type InputTensor, rowShapeOf } from '#core/contracts/input-tensor.ts'
import type { Feature, Manifest } from '#core/contracts/manifest.ts'
import { scoreNames } from '#core/contracts/output-tensor.ts'
import { unnamedAsset } from '#core/contracts/reading.ts'
import type { Edge } from '../edge.ts'
import type { Tensor } from '../inference/lane.ts'
import type { Answered } from '../ingest/intake.ts'
import { madeHere } from '../ingest/malformed.ts'
import type { Decided, Pipeline } from '../pipeline.ts'
import { parseBody } from './body.ts'

const inputSchema = z.object({
  name: z.string(),
  shape: z.array(z.int().min(0)),
  datatype: z.string(),
  data: z.array(z.unknown()),
})

const inferSchema = z.object({
  id: z.string().max(200).optional(),
  parameters: z
    .object({ asset: z.string().min(1).max(200).optional() })
    .loose()
    .optional(),
  inputs: z.array(inputSchema).min(1),
  outputs: z.array(z.object({ name: z.string() }).loose()).optional(),
})
type InferBody = z.infer<typeof inferSchema>

type ByModel = { Params: { model: string; version?: string } }

/**
 * Open Inference Protocol v2, JSON tensors (github.com/kserve/open-inference-protocol, REST). A request takes the way of
 * every reading: validated, decided, journaled before it is answered. Alarms need an asset: `parameters.asset`.
 */
export function openInferenceRoutes(app: FastifyInstance, { deployments, now, status }: Edge): void {
  const ready = () => deployments.list().every(({ slots }) => slots.running?.lane.state === 'ready')

  app.get('/v2', async () => ({ name: 'edgewright', version: status().version, extensions: [] }))
  app.get('/v2/health/live', async () => ({ live: true }))
  app.get('/v2/health/ready', async (_request, reply) =>
    reply.code(ready() ? 200 : 503).send({ ready: ready() }),
  )

  for (const base of ['/v2/models/:model', '/v2/models/:model/versions/:version']) {
    app.get<ByModel>(base, async ({ params }) => metadata(running(params)))
    app.get<ByModel>(`${base}/ready`, async ({ params }, reply) => {
      const { slots } = deployments.detail(running(params).id)
      const isReady = slots.running?.lane.state === 'ready'
      return reply.code(isReady ? 200 : 503).send({ name: params.model, ready: isReady })
    })
    app.post<ByModel>(`${base}/infer`, async ({ params, body }) => {
      const manifest = running(params)
      const request = parseBody(inferSchema, body)
      return infer(deployments.pipeline(manifest.id), manifest, request, now())
    })
  }

  function running({ model, version }: ByModel['Params']): Manifest {
    const manifest = deployments.manifest(model)
    if (version !== undefined && version !== manifest.version)
      throw new EdgewrightError(
        'model-unknown',
        `model "${model}" runs in version ${manifest.version}, not ${version}`,
      )
    return manifest
  }
}

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

/** How a tensor comes in over the protocol: an image as its encoded file in base64, one text per row. */
function asked(
  tensor: InputTensor,
  features: readonly Feature[],
): { datatype: string; row: number[] } | undefined {
  if (tensor.kind === 'constant' || tensor.kind === 'window') return undefined
  if (tensor.kind === 'image') return { datatype: 'BYTES', row: [] }
  const length = features.find(({ name }) => name === featuresOf(tensor)[0])?.length ?? 0
  return { datatype: datatypes[tensor.dtype], row: rowShapeOf(tensor, length) }
}

function metadata({ id, version, inputs, outputs }: Manifest): object {
  return {
    name: id,
    versions: [version],
    platform: 'onnxruntime_onnx',
    inputs: inputs.tensors.flatMap((tensor) => {
      const given = asked(tensor, inputs.features)
      return given ? [{ name: tensor.name, datatype: given.datatype, shape: [-1, ...given.row] }] : []
    }),
    outputs: outputs.map((o) => ({
      name: o.name,
      // Of other types than float32, only the graph knows; they are answered as FP64.
      datatype: o.activation === 'label' ? 'BYTES' : 'FP32',
      // A binary output may have one column or two; only the graph knows.
      shape: o.activation === 'label' ? [-1] : [-1, o.kind === 'binary' ? -1 : scoreNames(o).length],
    })),
  }
}

async function infer(
  pipeline: Pipeline,
  manifest: Manifest,
  request: InferBody,
  nowMs: number,
): Promise<object> {
  const names = manifest.outputs.map((o) => o.name)
  const wanted = request.outputs?.map((o) => o.name) ?? names
  const unknown = wanted.find((name) => !names.includes(name))
  if (unknown !== undefined)
    throw invalid(`output "${unknown}" is not one of this model's: ${names.join(', ')}`)
  const answers = await pipeline.infer(toReadings(manifest, request, nowMs))
  const outputs = wanted.map((name) => {
    let width = 0
    let datatype = 'FP32'
    const data: (number | string)[] = []
    for (const [place, answer] of answers.entries()) {
      const tensor = rawOf(answer, name, place)
      width = tensor.width
      datatype = Array.isArray(tensor.data) ? 'BYTES' : tensor.data instanceof Float32Array ? 'FP32' : 'FP64'
      const source = answer.decided.at[answer.row]!
      for (let k = source * width; k < (source + 1) * width; k++) data.push(tensor.data[k]!)
    }
    return { name, datatype, shape: [answers.length, width], data }
  })
  return {
    ...(request.id !== undefined && { id: request.id }),
    model_name: manifest.id,
    model_version: manifest.version,
    outputs,
  }
}

/** The model's own output for one row; a row that the model never answered fails the request, in words. */
function rawOf(
  { decided: { record, raw, at }, row }: Answered<Decided>,
  name: string,
  place: number,
): Tensor {
  const tensor = raw?.[name]
  if (tensor && at[row]! >= 0) return tensor
  const why =
    record.notes
      .get(row)
      ?.quality?.map((mark) => mark.message)
      .join('; ') ?? 'the model gave no answer'
  if (record.verdicts[row] === 3) throw invalid(`row ${place}: ${why}`)
  throw new EdgewrightError('inference-failed', `row ${place}: ${why}`)
}

function toReadings({ inputs }: Manifest, request: InferBody, nowMs: number): unknown[] {
  const { tensors, features } = inputs
  const window = tensors.find(({ kind }) => kind === 'window')
  if (window)
    throw invalid(
      `input "${window.name}" is a window over the readings of an asset, which the runtime keeps itself: send readings to /api/models/ID/readings`,
    )
  const forms = tensors.flatMap((tensor) => {
    const form = asked(tensor, features)
    return form ? [{ tensor, form }] : []
  })
  const unknown = request.inputs.find(({ name }) => !forms.some(({ tensor }) => tensor.name === name))
  if (unknown)
    throw invalid(
      `input "${unknown.name}" is not one of this model's: ${forms.map(({ tensor }) => tensor.name).join(', ')}`,
    )
  const given = forms.map(({ tensor, form }) => {
    const [input, second] = request.inputs.filter((each) => each.name === tensor.name)
    if (!input) throw invalid(`input "${tensor.name}" is missing`)
    if (second) throw invalid(`input "${tensor.name}" is there twice`)
    return { name: tensor.name, toValues: valuesOf(tensor, features), ...dataOf(input, form) }
  })
  const rows = given[0]?.rows ?? 0
  for (const other of given)
    if (other.rows !== rows)
      throw invalid(`input "${other.name}" has ${other.rows} rows, another has ${rows}`)

  const asset = request.parameters?.asset ?? unnamedAsset
  const time = new Date(nowMs).toISOString()
  return Array.from({ length: rows }, (_, row) => {
    const values: Record<string, unknown> = {}
    for (const { toValues, data, width } of given) toValues(values, (k) => data[row * width + k])
    return { asset, time, values, [madeHere]: true }
  })
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

const invalid = (message: string) => new EdgewrightError('request-invalid', message)
