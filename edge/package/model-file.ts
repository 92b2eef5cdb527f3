import { type FileHandle, lstat, open, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { ModelFile } from '../inference/lane.ts'
import { checkExternalData } from './external-data.ts'
import { graphProblem, isTensor } from './graph-problems.ts'
import { hashFile, hashOpen } from './hash.ts'
import { type OnnxModel, readOnnx } from './onnx-model.ts'
import { rewriteZipMaps, writePieces } from './rewrite.ts'
import { isOrt, ortProblem, sniff } from './sniff.ts'
import { fileSource, type Source } from './wire.ts'
import { classLabelsOf, planZipMaps, type ZipMapOutput, type ZipMapPlan } from './zip-map.ts'

/** Protobuf's own limit, and the most that Node reads at once. */
const maxModelBytes = 2 ** 31 - 1

interface Found {
  /** The rewritten file where there is one. */
  file: ModelFile
  /** Weights beside the model, relative to its folder. */
  external: string[]
  /** Of the model's own file. */
  bytes: number
}

/** A model as its file says of itself. */
export interface CheckedOnnx extends Found {
  format: 'onnx'
  /** Of the rewritten model where there is one. */
  onnx: OnnxModel
  /** Outputs that were rewritten to tables, and what their columns are. */
  rewritten: ZipMapOutput[]
  /** Outputs that could be: there was no place given to write to. */
  rewritable: ZipMapOutput[]
  /** The classes' names, where the graph holds one list of them. */
  classLabels?: string[]
}

/** A model in onnxruntime's own format: what it takes and gives is known when a lane has loaded it (`LaneModel`). */
export interface CheckedOrt extends Found {
  format: 'ort'
  onnx?: undefined
}

export type CheckedModel = CheckedOnnx | CheckedOrt

export interface CheckOptions {
  /** Whether the model may not be reached by a link. */
  refuseLink?: boolean
  /** Where a model whose outputs have to be rewritten is written; nothing is written where nothing has to be. */
  rewriteTo?: string
}

type Refuse = (why: string, cause?: unknown) => EdgewrightError

/**
 * Looks at a model file before any session sees it: what it is, whether it is whole, where its weights lie, and which
 * of its outputs have to be rewritten. Called in a process of its own: `inspectModel`.
 * `reading` hears how many bytes are about to be read.
 * @throws EdgewrightError model-refused (or file-unreadable), naming the file and the reason
 */
export async function checkModelFile(
  path: string,
  options: CheckOptions = {},
  reading: (bytes: number) => void = () => undefined,
): Promise<CheckedModel> {
  const name = basename(path)
  const refuse: Refuse = (why, cause) =>
    new EdgewrightError('model-refused', `"${name}" is refused: ${why}`, { cause })
  try {
    if (options.refuseLink && (await lstat(path)).isSymbolicLink())
      throw refuse('it is a link; copy the file itself')
    await using file = await open(path, 'r')
    const before = await file.stat()
    if (!before.isFile()) throw refuse('it is no regular file')
    const checked = await checkOpen(path, file, before.size, refuse, options, reading)
    const after = await file.stat()
    if (after.size !== before.size || after.mtimeMs !== before.mtimeMs)
      throw refuse('it changed while it was looked at; try again')
    return checked
  } catch (error) {
    if (error instanceof EdgewrightError) throw error
    throw new EdgewrightError('file-unreadable', `"${path}" cannot be read: ${(error as Error).message}`, {
      cause: error,
    })
  }
}

async function checkOpen(
  path: string,
  file: FileHandle,
  bytes: number,
  refuse: Refuse,
  options: CheckOptions,
  reading: (bytes: number) => void,
): Promise<CheckedModel> {
  const source = fileSource(file.fd, bytes)
  const start = source.slice(0, Math.min(bytes, 1024))
  const ort = isOrt(start)
  const what = ort ? ortProblem(start, bytes) : sniff(start)
  if (what) throw refuse(what)
  if (bytes > maxModelBytes)
    throw refuse(
      `it is larger than 2 GB, the most a model's file can be${ort ? '' : ': save its weights as external data'}`,
    )
  if (ort) {
    reading(bytes)
    const { sha256 } = await hashOpen(file)
    return { format: 'ort', file: { path, sha256 }, external: [], bytes }
  }
  const { onnx, graph } = sentence(refuse, () => readOnnx(source))
  const external = await checkExternalData(onnx.external, dirname(path))
  const problem = graphProblem(graph, onnx)
  if (problem) throw refuse(problem)
  const plan = planZipMaps(graph)
  if (plan.outputs.length === 0 && !onnx.outputs.some(({ dtype }) => isTensor(dtype)))
    throw refuse(
      `none of its outputs is a tensor: ${onnx.outputs.map((output) => `"${output.name}" is a ${output.dtype}`).join(', ')}; export it with tensors as outputs`,
    )

  const parts = external.map((location) => ({ location, path: join(dirname(path), location) }))
  let toRead = bytes
  for (const part of parts) toRead += (await stat(part.path)).size
  reading(toRead)
  const found = plan.outputs.map(({ output, classes }) => ({ output, classes }))
  const rewrites = options.rewriteTo !== undefined && found.length > 0
  const own = rewrites
    ? await rewrite(source, plan, options.rewriteTo!, refuse)
    : { file: { path, sha256: (await hashOpen(file)).sha256 }, bytes, onnx }
  const hashed = []
  for (const part of parts) hashed.push({ ...part, sha256: (await hashFile(part.path)).sha256 })
  const classLabels = classLabelsOf(graph)
  return {
    format: 'onnx',
    onnx: own.onnx,
    file: { ...own.file, ...(hashed.length > 0 && { external: hashed }) },
    external,
    bytes: own.bytes,
    rewritten: rewrites ? found : [],
    rewritable: rewrites ? [] : found,
    ...(classLabels && { classLabels }),
  }
}

async function rewrite(
  source: Source,
  plan: ZipMapPlan,
  path: string,
  refuse: Refuse,
): Promise<{ file: ModelFile; bytes: number; onnx: OnnxModel }> {
  const pieces = sentence(refuse, () => rewriteZipMaps(source, plan))
  await using made = await open(path, 'wx+')
  const { sha256, size } = writePieces(source, pieces, made.fd)
  const { onnx } = sentence(refuse, () => readOnnx(fileSource(made.fd, size)))
  return { file: { path, sha256 }, bytes: size, onnx }
}

function sentence<T>(refuse: Refuse, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw refuse(error instanceof Error ? error.message : String(error), error)
  }
}
