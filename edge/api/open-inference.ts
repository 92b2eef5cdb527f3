import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { Manifest } from '#core/contracts/manifest.ts'
import { unnamedAsset } from '#core/contracts/reading.ts'
import type { Edge } from '../edge.ts'
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

function metadata({ id, version, inputs, outputs }: Manifest): object {
  return {
    name: id,
    versions: [version],
    platform: 'onnxruntime_onnx',
    inputs: inputs.tensors.map((t) => ({ name: t.name, datatype: 'FP32', shape: [-1, t.features.length] })),
    outputs: outputs.map((o) => ({
      name: o.name,
      datatype: 'FP32',
      // A binary output may have one column or two; only the graph knows.
      shape: [-1, o.kind === 'regression' ? 1 : o.kind === 'binary' ? -1 : o.classes.length],
    })),
  }
}

async function infer(
  pipeline: Pipeline,
  manifest: Manifest,
  request: InferBody,
  nowMs: number,
): Promise<object> {
  const output = manifest.outputs[0]!.name
  const unknown = request.outputs?.find((o) => o.name !== output)
  if (unknown) throw invalid(`output "${unknown.name}" is not one of this model's: ${output}`)
  const answers = await pipeline.infer(toReadings(manifest, request, nowMs))
  const width = answers[0]?.decided.raw?.width ?? 0
  const data: number[] = []
  for (const [i, { decided, row }] of answers.entries()) data.push(...rawRow(decided, row, i))
  return {
    ...(request.id !== undefined && { id: request.id }),
    model_name: manifest.id,
    model_version: manifest.version,
    outputs: [{ name: output, datatype: 'FP32', shape: [answers.length, width], data }],
  }
}

/** The model's own output for one row; a row that the model never answered fails the request, in words. */
function rawRow({ record, raw, at }: Decided, row: number, place: number): Float32Array {
  const source = at[row]!
  if (raw && source >= 0) return raw.data.subarray(source * raw.width, (source + 1) * raw.width)
  const why =
    record.notes
      .get(row)
      ?.quality?.map((mark) => mark.message)
      .join('; ') ?? 'the model gave no answer'
  if (record.verdicts[row] === 3) throw invalid(`row ${place}: ${why}`)
  throw new EdgewrightError('inference-failed', `row ${place}: ${why}`)
}

function toReadings(manifest: Manifest, request: InferBody, nowMs: number): unknown[] {
  const { tensors, features } = manifest.inputs
  const names = tensors.map((t) => t.name)
  const unknown = request.inputs.find(({ name }) => !names.includes(name))
  if (unknown) throw invalid(`input "${unknown.name}" is not one of this model's: ${names.join(', ')}`)
  const words = new Map(
    features.map((f) => [f.name, new Map(Object.entries(f.codes ?? {}).map(([word, n]) => [n, word]))]),
  )
  const given = tensors.map(({ name, features: columns }) => {
    const [input, second] = request.inputs.filter((each) => each.name === name)
    if (!input) throw invalid(`input "${name}" is missing`)
    if (second) throw invalid(`input "${name}" is there twice`)
    return { name, columns, ...numbersOf(input, columns.length) }
  })
  const { rows } = given[0]!
  for (const other of given)
    if (other.rows !== rows)
      throw invalid(`input "${other.name}" has ${other.rows} rows, another has ${rows}`)

  const asset = request.parameters?.asset ?? unnamedAsset
  const time = new Date(nowMs).toISOString()
  return Array.from({ length: rows }, (_, row) => {
    const values: Record<string, unknown> = {}
    for (const { columns, data } of given)
      columns.forEach((name, column) => {
        const value = data[row * columns.length + column]
        values[name] = words.get(name)?.get(value as number) ?? value
      })
    return { asset, time, values, [madeHere]: true }
  })
}

const maxRows = 20_000

/** The numbers of a tensor, row by row; checked against its shape before anything is made of that size. */
function numbersOf(
  { name, shape, datatype, data }: z.infer<typeof inputSchema>,
  width: number,
): { rows: number; data: unknown[] } {
  if (datatype !== 'FP32') throw invalid(`input "${name}" is ${datatype.slice(0, 20)}; the model takes FP32`)
  const [rows, columns] = shape
  if (shape.length !== 2 || rows === undefined || columns !== width)
    throw invalid(`input "${name}" has shape [${shape.join(', ')}]; the model takes [rows, ${width}]`)
  if (rows < 1) throw invalid(`input "${name}" has no rows`)
  if (rows > maxRows) throw invalid(`input "${name}" has ${rows} rows; at most ${maxRows} are taken at once`)
  const flat = data.flat()
  if (flat.length !== rows * width)
    throw invalid(`input "${name}" says shape [${shape.join(', ')}] and brings ${flat.length} numbers`)
  return { rows, data: flat }
}

const invalid = (message: string) => new EdgewrightError('request-invalid', message)
