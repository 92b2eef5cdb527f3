import { createHash } from 'node:crypto'
import { lstat, open, readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { ModelFile } from '../inference/lane.ts'
import { checkExternalData } from './external-data.ts'
import { hashFile } from './hash.ts'
import { type OnnxModel, parseOnnx } from './onnx-model.ts'
import { sniff } from './sniff.ts'

/** Protobuf's own limit, and the most that Node reads at once. */
const maxModelBytes = 2 ** 31 - 1

export interface CheckedModel {
  onnx: OnnxModel
  file: ModelFile
  /** Relative to the model's folder. */
  external: string[]
  bytes: number
}

/**
 * Looks at a model file before any session sees it: what it is, whether it is whole, and where its weights lie.
 * Reads it once; weights inside it are hashed and passed over.
 * @throws EdgewrightError model-refused (or file-unreadable), naming the file and the reason
 */
export async function checkModelFile(
  path: string,
  options: { refuseLink?: boolean } = {},
): Promise<CheckedModel> {
  const name = basename(path)
  const refuse = (why: string, cause?: unknown) =>
    new EdgewrightError('model-refused', `"${name}" is refused: ${why}`, { cause })
  const bytes = await readModel(path, refuse, options.refuseLink ?? false)
  const what = sniff(bytes.subarray(0, 1024))
  if (what) throw refuse(what)
  let onnx: OnnxModel
  try {
    onnx = parseOnnx(bytes)
  } catch (error) {
    throw refuse(error instanceof Error ? error.message : String(error), error)
  }
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const external = await checkExternalData(onnx.external, dirname(path))
  const parts = []
  for (const location of external) {
    const part = join(dirname(path), location)
    parts.push({ location, path: part, sha256: (await hashFile(part)).sha256 })
  }
  return {
    onnx,
    file: { path, sha256, ...(parts.length > 0 && { external: parts }) },
    external,
    bytes: bytes.length,
  }
}

async function readModel(
  path: string,
  refuse: (why: string) => EdgewrightError,
  refuseLink: boolean,
): Promise<Buffer> {
  try {
    if (refuseLink && (await lstat(path)).isSymbolicLink()) throw refuse('it is a link; copy the file itself')
    await using file = await open(path, 'r')
    const stat = await file.stat()
    if (!stat.isFile()) throw refuse('it is no regular file')
    if (stat.size > maxModelBytes)
      throw refuse('it is larger than 2 GB, the most an ONNX file can be: save its weights as external data')
    return await readFile(file)
  } catch (error) {
    if (error instanceof EdgewrightError) throw error
    throw new EdgewrightError('file-unreadable', `"${path}" cannot be read: ${(error as Error).message}`, {
      cause: error,
    })
  }
}
