import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { z } from 'zod'
import { contradictions } from '#core/contracts/contradictions.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { rowShapeOf } from '#core/contracts/input-tensor.ts'
import { type Manifest, manifestSchema } from '#core/contracts/manifest.ts'
import { type Baseline, baselineSchema, type Golden, goldenSchema } from '#core/contracts/package.ts'
import { measured } from '#core/package/baseline.ts'
import { inWords } from '#core/package/schema-words.ts'
import type { ModelFile } from '../inference/lane.ts'

/** Files of every package, in the order of the archive. `digests.json` lists the others and comes first. */
export const digestsName = 'digests.json'
export const knownNames = [
  'model.json',
  'model.onnx',
  'model.ort',
  'baseline.json',
  'baseline.bin',
  'golden.json',
  'card.md',
] as const
export type KnownName = (typeof knownNames)[number]
/** One of these is in a package: ONNX, or onnxruntime's own format. */
export const modelNames = ['model.onnx', 'model.ort'] as const

/** Which of a package's files is its model. */
export const modelNameIn = (files: Readonly<Record<string, unknown>>): (typeof modelNames)[number] =>
  Object.hasOwn(files, 'model.ort') ? 'model.ort' : 'model.onnx'

/** Where a package's model lies, and what its bytes hash to. */
export interface ModelParts {
  modelFile: ModelFile
  /** Weights beside model.onnx, by their paths in the package. */
  external: string[]
}

/** What a package holds, read and found to fit together. */
export interface Contents extends ModelParts {
  manifest: Manifest
  baseline: Baseline
  /** [count][feature] in manifest order, row-major; NaN is a null. */
  prototypes: Float64Array
  golden: Golden
  card: string
}

/**
 * Reads the files of a package's folder but its model, and checks what they mean together. Digests and the model are
 * the caller's business.
 * @throws EdgewrightError package-refused, naming the file and the reason
 */
export async function readContents(dir: string): Promise<Omit<Contents, keyof ModelParts>> {
  const manifest = await readManifest(dir, 'package-refused')
  const { baseline, prototypes } = await readBaseline(dir, manifest)
  const golden = await readGolden(dir, manifest)
  const card = await readFile(join(dir, 'card.md'), 'utf8')
  return { manifest, baseline, prototypes, golden, card }
}

/** @throws EdgewrightError package-refused */
export async function readBaseline(
  dir: string,
  manifest: Manifest,
): Promise<{ baseline: Baseline; prototypes: Float64Array }> {
  const baseline = await readJson(dir, 'baseline.json', baselineSchema, 'package-refused')
  const prototypes = readPrototypes(await readFile(join(dir, 'baseline.bin')), baseline, manifest)
  if (typeof prototypes === 'string') throw refused('baseline.bin', prototypes)
  const wrong = baselineProblem(baseline, manifest)
  if (wrong) throw refused(...wrong)
  return { baseline, prototypes }
}

/** @throws EdgewrightError package-refused */
export async function readGolden(dir: string, manifest: Manifest): Promise<Golden> {
  const golden = await readJson(dir, 'golden.json', goldenSchema, 'package-refused')
  const wrong = goldenProblem(golden, manifest)
  if (wrong) throw refused(...wrong)
  return golden
}

const refused = (file: string, why: string) =>
  new EdgewrightError('package-refused', `"${file}" is refused: ${why}`)

type Refusal = 'package-refused' | 'manifest-refused'

/** @throws EdgewrightError with one sentence per problem */
export async function readManifest(dir: string, code: Refusal): Promise<Manifest> {
  const manifest = await readJson(dir, 'model.json', manifestSchema, code)
  const wrong = contradictions(manifest)
  if (wrong.length > 0) throw new EdgewrightError(code, listed('model.json', wrong))
  return manifest
}

export async function readJson<S extends z.ZodType>(
  dir: string,
  file: string,
  schema: S,
  code: Refusal,
): Promise<z.output<S>> {
  let text: string
  try {
    text = await readFile(join(dir, file), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw new EdgewrightError(code, `"${file}" is missing in ${dir}`, {
        ...(code === 'manifest-refused' && {
          hint: 'A draft folder is made by edgewright new MODEL.onnx --reference DATA.csv.',
        }),
        cause: error,
      })
    throw error
  }
  let value: unknown
  try {
    value = JSON.parse(text.replace(/^\ufeff/, ''))
  } catch (error) {
    throw new EdgewrightError(code, `"${file}" is no JSON: ${(error as Error).message}`, { cause: error })
  }
  const parsed = schema.safeParse(value)
  if (!parsed.success)
    throw new EdgewrightError(code, listed(file, inWords(parsed.error)), { cause: parsed.error })
  return parsed.data
}

/** All problems in one line: a person mends them in one go. */
export function listed(file: string, problems: readonly string[]): string {
  if (problems.length === 1) return `"${file}" is refused: ${problems[0]}`
  return `"${file}" is refused for ${problems.length} reasons: ${problems.map((problem, k) => `(${k + 1}) ${problem}`).join('; ')}`
}

/** baseline.bin is little-endian float64, wherever it is read. */
function readPrototypes(
  bytes: Buffer,
  { prototypes }: Baseline,
  { inputs }: Manifest,
): Float64Array | string {
  const cells = (prototypes?.count ?? 0) * measured(inputs.features).length
  const offset = prototypes?.offset ?? 0
  if (offset < 0 || cells < 0 || bytes.length < offset + 8 * cells)
    return `it has ${bytes.length} bytes, and baseline.json names ${cells} numbers from byte ${offset} on`
  return Float64Array.from({ length: cells }, (_, k) => bytes.readDoubleLE(offset + 8 * k))
}

type Problem = [file: string, why: string]

function baselineProblem(baseline: Baseline, { inputs }: Manifest): Problem | undefined {
  const file = 'baseline.json'
  for (const { name } of measured(inputs.features)) {
    const known = Object.hasOwn(baseline.features, name) ? baseline.features[name] : undefined
    if (!known) return [file, `it says nothing of "${name}"`]
    const { edges, counts } = known.histogram
    if (counts.length !== edges.length - 1 || edges.some((edge, k) => k > 0 && edge < edges[k - 1]!))
      return [file, `the histogram of "${name}" is no histogram`]
  }
  const extra = Object.keys(baseline.features).find(
    (name) => !measured(inputs.features).some((f) => f.name === name),
  )
  return extra === undefined
    ? undefined
    : [file, `it speaks of "${extra}", which is no feature of this model`]
}

function goldenProblem(golden: Golden, { inputs, outputs }: Manifest): Problem | undefined {
  const file = 'golden.json'
  const count = golden.outputs[outputs[0]!.name]?.length ?? 0
  for (const { name } of outputs)
    if (count === 0 || golden.outputs[name]?.length !== count)
      return [file, `it holds no answers of output "${name}"`]
  for (const tensor of inputs.tensors) {
    if (tensor.kind === 'constant') continue
    const rows = golden.inputs[tensor.name]
    const series = inputs.features.find(({ name }) => tensor.kind === 'series' && name === tensor.features[0])
    const width = tensor.kind === 'image' ? 1 : rowShapeOf(tensor, series?.length).reduce((a, b) => a * b, 1)
    if (!rows || rows.length !== count || rows.some((row) => row.length !== width))
      return [file, `it does not hold ${count} rows of ${width} columns for input "${tensor.name}"`]
  }
  return undefined
}
