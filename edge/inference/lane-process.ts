import { createHash } from 'node:crypto'
import { readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
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
import { nodesByProvider } from './profile.ts'
import type { FromLane, LoadOptions, ToLane } from './protocol.ts'
import { profilePrefix, sessionOptions } from './session-options.ts'

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

const onnxruntimeVersion = ort.env.versions.node ?? 'unknown'
const listed = () => ort.listSupportedBackends().map(({ name, bundled }) => ({ name, bundled }))

interface Loaded {
  session: ort.InferenceSession
  model: LaneModel
  /** Where the profile goes that the first run ends. */
  proofDir: string | undefined
}

async function load(file: ModelFile, options: LoadOptions): Promise<Loaded> {
  const { provider, threads, proofDir } = options
  const started = performance.now()
  const bytes = await readHashed(file)
  const externalData = await Promise.all(
    (file.external ?? []).map(async (part) => ({ path: part.location, data: await readHashed(part) })),
  )
  const session = await ort.InferenceSession.create(bytes, {
    ...sessionOptions(provider, threads, proofDir && join(proofDir, profilePrefix)),
    ...(externalData.length > 0 && { externalData }),
  })
  const model = {
    inputs: describe(session.inputMetadata),
    outputs: describe(session.outputMetadata),
    provider,
    onnxruntimeVersion,
    loadMs: performance.now() - started,
    listed: listed(),
  }
  return { session, model, proofDir }
}

async function infer(loaded: Loaded, request: InferRequest): Promise<InferAnswer> {
  const { session, model } = loaded
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
  const nodes = await proof(loaded)
  return {
    outputs,
    runMs,
    provider: model.provider,
    ...(badImages.length > 0 && { badImages }),
    ...(nodes && { nodes }),
  }
}

/** A profile of more than this is not read: a graph with loops writes a line for every turn. */
const maxProfileBytes = 64 * 2 ** 20

/** Ends the profile: what runs later is not slowed by it. */
async function proof(loaded: Loaded): Promise<Record<string, number> | undefined> {
  const { proofDir, session } = loaded
  if (proofDir === undefined) return undefined
  loaded.proofDir = undefined
  session.endProfiling()
  const name = (await readdir(proofDir)).find((file) => file.startsWith(profilePrefix))
  if (name === undefined) return undefined
  const path = join(proofDir, name)
  const { size } = await stat(path)
  const nodes = size <= maxProfileBytes ? nodesByProvider(await readFile(path, 'utf8')) : undefined
  await rm(path)
  return nodes
}

/** Takes one message at a time, in the order of arrival. */
function serve(): void {
  let loaded: Loaded | undefined
  let turn: Promise<void> = Promise.resolve()

  async function handle(message: ToLane): Promise<void> {
    if (message.kind === 'list')
      return send({ kind: 'listed', onnxruntime: onnxruntimeVersion, providers: listed() })
    if (message.kind === 'load') {
      try {
        loaded = await load(message.file, message.options)
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
