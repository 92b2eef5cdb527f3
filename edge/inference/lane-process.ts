import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import * as ort from 'onnxruntime-node'
import type { FloatTensor, InferAnswer, InferRequest, LaneModel, ModelFile, TensorInfo } from './lane.ts'
import type { FromLane, ToLane } from './protocol.ts'

/**
 * The process of one lane: loads one model from bytes that it has hashed, then answers one request after the other.
 * It ends with the runtime that forked it.
 */

const send = (message: FromLane) => {
  if (process.connected) process.send?.(message)
}

const words = (error: unknown) => (error instanceof Error ? error.message : String(error))

async function readHashed(file: { path: string; sha256: string }): Promise<Uint8Array> {
  const bytes = await readFile(file.path)
  const found = createHash('sha256').update(bytes).digest('hex')
  if (found !== file.sha256)
    throw new Error(
      `its bytes hash to ${found.slice(0, 12)}…, not to the ${file.sha256.slice(0, 12)}… that was verified`,
    )
  return bytes
}

function describe(values: readonly ort.InferenceSession.ValueMetadata[]): TensorInfo[] {
  return values.map((value) =>
    value.isTensor
      ? { name: value.name, dtype: value.type, shape: [...value.shape] }
      : { name: value.name, dtype: 'non-tensor', shape: [] },
  )
}

async function load(
  file: ModelFile,
  threads: number,
): Promise<{ session: ort.InferenceSession; model: LaneModel }> {
  const started = performance.now()
  const bytes = await readHashed(file)
  const externalData = await Promise.all(
    (file.external ?? []).map(async (part) => ({ path: part.location, data: await readHashed(part) })),
  )
  const session = await ort.InferenceSession.create(bytes, {
    executionProviders: ['cpu'],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
    ...(externalData.length > 0 && { externalData }),
    // Spinning threads take a core each while they wait for the next run.
    extra: { session: { intra_op: { allow_spinning: '0' }, inter_op: { allow_spinning: '0' } } },
  })
  const model = {
    inputs: describe(session.inputMetadata),
    outputs: describe(session.outputMetadata),
    provider: 'cpu',
    onnxruntimeVersion: ort.env.versions.node ?? 'unknown',
    loadMs: performance.now() - started,
  }
  return { session, model }
}

async function infer(session: ort.InferenceSession, request: InferRequest): Promise<InferAnswer> {
  const feeds: Record<string, ort.Tensor> = {}
  for (const [name, tensor] of Object.entries(request.inputs))
    feeds[name] = new ort.Tensor('float32', tensor.data, [request.rows, tensor.width])
  const started = performance.now()
  const results = await session.run(feeds, request.outputs)
  const runMs = performance.now() - started
  const outputs: Record<string, FloatTensor> = {}
  for (const name of request.outputs) {
    const tensor = results[name]
    if (!tensor || !(tensor.data instanceof Float32Array))
      throw new Error(`output "${name}" is ${tensor?.type ?? 'absent'}, not float32`)
    if (tensor.dims[0] !== request.rows)
      throw new Error(`output "${name}" has shape [${tensor.dims.join(', ')}] for ${request.rows} rows`)
    outputs[name] = { data: tensor.data, width: tensor.data.length / request.rows }
  }
  return { outputs, runMs }
}

/** Takes one message at a time, in the order of arrival. */
function serve(): void {
  let session: ort.InferenceSession | undefined
  let turn: Promise<void> = Promise.resolve()

  async function handle(message: ToLane): Promise<void> {
    if (message.kind === 'load') {
      try {
        const loaded = await load(message.file, message.threads)
        session = loaded.session
        send({ kind: 'loaded', model: loaded.model })
      } catch (error) {
        send({ kind: 'refused', reason: words(error) })
      }
      return
    }
    try {
      if (!session) throw new Error('no model is loaded')
      send({ kind: 'answer', id: message.id, answer: await infer(session, message.request) })
    } catch (error) {
      send({ kind: 'failed', id: message.id, reason: words(error) })
    }
  }

  process.on('message', (message: ToLane) => {
    turn = turn.then(() => handle(message))
  })
  process.on('disconnect', () => process.exit(0))
}

serve()
