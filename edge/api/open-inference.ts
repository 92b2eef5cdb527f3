import type { FastifyInstance } from 'fastify'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { Manifest } from '#core/contracts/manifest.ts'
import type { Edge } from '../edge.ts'
import type { LaneModel, Tensor } from '../inference/lane.ts'
import type { Answered } from '../ingest/intake.ts'
import type { Decided, Pipeline } from '../pipeline.ts'
import { parseBody } from './body.ts'
import {
  asked,
  compileToReadings,
  datatypeOf,
  type InferBody,
  inferSchema,
  invalid,
  type ToReadings,
} from './open-inference-tensors.ts'

type ByModel = { Params: { model: string; version?: string } }

/**
 * Open Inference Protocol v2, JSON tensors (github.com/kserve/open-inference-protocol, REST). A request takes the way of
 * every reading: validated, decided, journaled before it is answered. Alarms need an asset: `parameters.asset`.
 */
export function openInferenceRoutes(app: FastifyInstance, { deployments, now, status }: Edge): void {
  const compiled = new WeakMap<Manifest, ToReadings>()
  const toReadingsOf = (manifest: Manifest) => {
    const known = compiled.get(manifest) ?? compileToReadings(manifest.inputs)
    compiled.set(manifest, known)
    return known
  }
  const ready = () => deployments.list().every(({ slots }) => slots.running?.lane?.state === 'ready')

  app.get('/v2', async () => ({ name: 'edgewright', version: status().version, extensions: [] }))
  app.get('/v2/health/live', async () => ({ live: true }))
  app.get('/v2/health/ready', async (_request, reply) =>
    reply.code(ready() ? 200 : 503).send({ ready: ready() }),
  )

  for (const base of ['/v2/models/:model', '/v2/models/:model/versions/:version']) {
    app.get<ByModel>(base, async ({ params }) => {
      const manifest = running(params)
      return metadata(manifest, await deployments.loaded(manifest.id))
    })
    app.get<ByModel>(`${base}/ready`, async ({ params }, reply) => {
      const { slots } = deployments.detail(running(params).id)
      const isReady = slots.running?.lane?.state === 'ready'
      return reply.code(isReady ? 200 : 503).send({ name: params.model, ready: isReady })
    })
    app.post<ByModel>(`${base}/infer`, { config: { role: 'operator' } }, async ({ params, body }) => {
      const manifest = running(params)
      const request = parseBody(inferSchema, body)
      return infer(deployments.pipeline(manifest.id), manifest, toReadingsOf(manifest), request, now())
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

function metadata({ id, version, inputs, outputs }: Manifest, loaded: LaneModel): object {
  return {
    name: id,
    versions: [version],
    platform: 'onnxruntime_onnx',
    inputs: inputs.tensors.flatMap((tensor) => {
      const given = asked(tensor, inputs.features)
      return given ? [{ name: tensor.name, datatype: given.datatype, shape: [-1, ...given.row] }] : []
    }),
    outputs: outputs.map(({ name }) => {
      const found = loaded.outputs.find((output) => output.name === name)
      const [, ...row] = found?.shape ?? []
      const width = row.every((dim) => typeof dim === 'number')
        ? row.reduce<number>((a, b) => a * Number(b), 1)
        : -1
      // Every output is answered as a table.
      return { name, datatype: datatypeOf(found?.dtype), shape: [-1, width] }
    }),
  }
}

async function infer(
  pipeline: Pipeline,
  manifest: Manifest,
  toReadings: ToReadings,
  request: InferBody,
  nowMs: number,
): Promise<object> {
  const names = manifest.outputs.map((o) => o.name)
  const wanted = request.outputs?.map((o) => o.name) ?? names
  const unknown = wanted.find((name) => !names.includes(name))
  if (unknown !== undefined)
    throw invalid(`output "${unknown}" is not one of this model's: ${names.join(', ')}`)
  const answers = await pipeline.infer(toReadings(request, nowMs))
  const outputs = wanted.map((name) => {
    let width = 0
    let datatype = 'FP32'
    const data: (number | string | boolean)[] = []
    for (const [place, answer] of answers.entries()) {
      const tensor = rawOf(answer, name, place)
      width = tensor.width
      datatype = datatypeOf(tensor.dtype)
      const source = answer.decided.at[answer.row]!
      for (let k = source * width; k < (source + 1) * width; k++)
        data.push(datatype === 'BOOL' ? tensor.data[k] !== 0 : tensor.data[k]!)
    }
    return { name, datatype, shape: [answers.length, width], data }
  })
  return {
    ...(request.id !== undefined && { id: request.id }),
    model_name: manifest.id,
    model_version: versionsOf(answers) ?? manifest.version,
    outputs,
  }
}

/** Who answered: one version, or those before and after a swap in the middle of the request. */
function versionsOf(answers: readonly Answered<Decided>[]): string | undefined {
  const versions = new Set(answers.map(({ decided }) => decided.record.version))
  return versions.size > 0 ? [...versions].join(', ') : undefined
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
