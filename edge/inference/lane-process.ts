import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import * as ort from 'onnxruntime-node'
import { fromOrt, hideFloat16, toOrt } from './feeds.ts'
import type {
  BadImage,
  FedTensor,
  InferAnswer,
  InferRequest,
  LaneModel,
  ModelFile,
  Tensor,
  TensorInfo,
} from './lane.ts'
import { loadFailureInWords, runFailureInWords } from './load-failure.ts'
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

interface Loaded {
  session: ort.InferenceSession
  model: LaneModel
}

async function load(file: ModelFile, threads: number): Promise<Loaded> {
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

async function infer({ session, model }: Loaded, request: InferRequest): Promise<InferAnswer> {
  const { rows, noBatchAxis = false } = request
  const feeds: Record<string, ort.Tensor> = {}
  let badImages: BadImage[] = []
  for (const [name, fed] of Object.entries(request.inputs)) {
    const info = model.inputs.find((input) => input.name === name)
    if (!info) throw new Error(`the graph has no input "${name}"`)
    let tensor: FedTensor
    if ('images' in fed) {
      // Only a model of images pays for loading the decoder.
      const { toPixels } = await import('./images.ts')
      const pixels = await toPixels(fed)
      badImages = [...badImages, ...pixels.bad]
      tensor = noBatchAxis ? { ...pixels.tensor, dims: pixels.tensor.dims!.slice(1) } : pixels.tensor
    } else tensor = fed
    feeds[name] = toOrt(tensor, rows, info)
  }
  const started = performance.now()
  const results = await session.run(feeds, request.outputs)
  const runMs = performance.now() - started
  const outputs: Record<string, Tensor> = {}
  for (const name of request.outputs) outputs[name] = fromOrt(name, results[name], rows, noBatchAxis)
  return { outputs, runMs, ...(badImages.length > 0 && { badImages }) }
}

/** Takes one message at a time, in the order of arrival. */
function serve(): void {
  let loaded: Loaded | undefined
  let turn: Promise<void> = Promise.resolve()

  async function handle(message: ToLane): Promise<void> {
    if (message.kind === 'load') {
      try {
        loaded = await load(message.file, message.threads)
        send({ kind: 'loaded', model: loaded.model })
      } catch (error) {
        send({ kind: 'refused', reason: loadFailureInWords(words(error)) })
      }
      return
    }
    try {
      if (!loaded) throw new Error('no model is loaded')
      send({ kind: 'answer', id: message.id, answer: await infer(loaded, message.request) })
    } catch (error) {
      send({ kind: 'failed', id: message.id, reason: runFailureInWords(words(error)) })
    }
  }

  process.on('message', (message: ToLane) => {
    turn = turn.then(() => handle(message))
  })
  process.on('disconnect', () => process.exit(0))
}

hideFloat16()
serve()
