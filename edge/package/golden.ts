import { availableParallelism, type } from 'node:os'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { ImageTensor } from '#core/contracts/input-tensor.ts'
import { rowShapeOf } from '#core/contracts/input-tensor.ts'
import type { Manifest } from '#core/contracts/manifest.ts'
import type { Golden, GoldenCell } from '#core/contracts/package.ts'
import { compareGolden, type Difference } from '#core/package/compare-golden.ts'
import type { InferenceLane, Tensor } from '../inference/lane.ts'
import type { Fed } from '../inference/to-tensors.ts'
import { runOptions, runRows } from './run-rows.ts'

/** Answering golden vectors is no service: only a model that hangs is given up. */
const goldenDeadlineMs = 120_000

/** How many rows agree within the tolerance, and the largest difference of all. */
export interface Agreement {
  passed: number
  of: number
  largestDifference: number
}

export type GoldenVerdict =
  | ({ ok: true } & Agreement)
  /** In words: which row and column, what was expected, what came. Without figures: it did not answer. */
  | ({ ok: false; reason: string } & Partial<Agreement>)

type Rows = GoldenCell[][]

export interface GoldenOptions {
  /** Instead of what the package expects; that, too, must agree. For comparing two providers: what the other answered. */
  expected?: Golden['outputs']
  /** The longest that so many rows may take, milliseconds. */
  deadlineMs?: (rows: number) => number
  /** Hears what was answered to all rows at once. */
  answered?: (outputs: Golden['outputs']) => void
}

/**
 * Puts the golden vectors to a lane, the first alone and all at once, and compares the answers with those in the
 * package. Answers with a refusal in words where they differ by more than the manifest allows, or where the lane fails.
 */
export async function verifyGolden(
  lane: InferenceLane,
  golden: Golden,
  manifest: Manifest,
  { expected = golden.outputs, deadlineMs = () => goldenDeadlineMs, answered }: GoldenOptions = {},
): Promise<GoldenVerdict> {
  const fed = goldenInputs(golden, manifest)
  const count = goldenRows(golden)
  let found: Compared = { largest: 0, passed: 0 }
  let largestDifference = 0
  try {
    await lane.ready
    for (const rows of count > 1 ? [1, count] : [1]) {
      const { outputs, badImages } = await runRows(lane, fed, rows, runOptions(manifest, deadlineMs(rows)))
      const bad = badImages[0]
      if (bad) return { ok: false, reason: `golden row ${bad.row + 1}: ${bad.reason}` }
      if (rows === count) answered?.(rowsByOutput(outputs))
      const first = found.beyond && found
      found = compareAll(manifest, expected, rows, outputs)
      if (!found.beyond && expected !== golden.outputs) {
        const packed = compareAll(manifest, golden.outputs, rows, outputs)
        if (packed.beyond) found = packed
      }
      largestDifference = Math.max(largestDifference, found.largest)
      if (first && !found.beyond) found = { ...first, passed: count - 1 }
    }
  } catch (error) {
    if (error instanceof EdgewrightError) return { ok: false, reason: error.message }
    throw error
  }
  const agreement = { passed: found.passed, of: count, largestDifference }
  return found.beyond ? { ok: false, reason: inWords(found), ...agreement } : { ok: true, ...agreement }
}

/**
 * Makes golden vectors: each row alone, then all at once in the same lane; both must agree within the tolerance.
 * @throws EdgewrightError model-refused where the answers depend on the batch, or are infinite
 */
export async function makeGolden(
  lane: InferenceLane,
  fed: Fed,
  rows: number,
  nullRow: Golden['nullRow'],
  manifest: Manifest,
): Promise<Golden> {
  const { onnxruntimeVersion, provider } = await lane.ready
  const options = runOptions(manifest, goldenDeadlineMs)
  const single = await runRows(lane, fed, rows, { ...options, atOnce: 1 })
  for (const [name, { data }] of Object.entries(single.outputs))
    if (data.some((x: number | string) => x === Infinity || x === -Infinity))
      throw new EdgewrightError('model-refused', `output "${name}" is infinite on rows of the reference`)
  const outputs = rowsByOutput(single.outputs)
  const together = await runRows(lane, fed, rows, options)
  const difference = compareAll(manifest, outputs, rows, together.outputs)
  if (difference.beyond)
    throw new EdgewrightError(
      'model-refused',
      `the model's answers depend on the other rows of the batch: ${inWords(difference)}`,
      {
        hint: 'Where that is how it is meant (dynamic quantisation), ask it row by row: "operation.fixedBatch": 1.',
      },
    )
  return {
    madeWith: {
      onnxruntime: onnxruntimeVersion,
      provider,
      platform: `${type()} ${process.arch}, ${availableParallelism()} cores`,
    },
    inputs: Object.fromEntries(Object.entries(fed).map(([name, each]) => [name, rowsOf(each)])),
    outputs,
    nullRow,
  }
}

type Compared = Difference & { output?: string; passed: number }

/** All outputs, row by row; the first place that differs beyond the tolerance is named. */
function compareAll(
  { outputs, operation }: Manifest,
  expected: Golden['outputs'],
  rows: number,
  found: Record<string, Tensor>,
): Compared {
  const all: Compared = { largest: 0, passed: 0 }
  for (let row = 0; row < rows; row++) {
    let agrees = true
    for (const { name } of outputs) {
      const { data, width } = found[name] ?? { data: [], width: 0 }
      const wanted = expected[name]?.[row] ?? []
      const got = data.slice(row * width, (row + 1) * width)
      const one = compareGolden([wanted], got, width, operation.goldenTolerance)
      all.largest = Math.max(all.largest, one.largest)
      if (!one.beyond) continue
      agrees = false
      if (!all.beyond) Object.assign(all, { beyond: { ...one.beyond, row }, output: name })
    }
    if (agrees) all.passed += 1
  }
  return all
}

function inWords({ beyond, largest, output }: Compared): string {
  const { row, column, expected, found } = beyond!
  return `golden row ${row + 1}, column ${column + 1} of "${output}" should be ${expected ?? 'no number'} and is ${found} (largest difference ${largest})`
}

export const goldenRows = ({ outputs }: Golden): number => Object.values(outputs)[0]?.length ?? 0

/** Golden rows as what the graph is fed with. */
export function goldenInputs({ inputs }: Golden, manifest: Pick<Manifest, 'inputs' | 'operation'>): Fed {
  const fed: Fed = {}
  for (const tensor of manifest.inputs.tensors) {
    if (tensor.kind === 'constant') continue
    const rows = inputs[tensor.name] ?? []
    fed[tensor.name] = tensor.kind === 'image' ? toImages(rows, tensor) : toTensor(rows, tensor, manifest)
  }
  return fed
}

const toImages = (rows: Rows, spec: ImageTensor) => ({
  images: rows.map((row) => Buffer.from(String(row[0] ?? ''), 'base64')),
  spec,
})

function toTensor(
  rows: Rows,
  tensor: Exclude<Manifest['inputs']['tensors'][number], { kind: 'constant' | 'image' }>,
  { operation }: Pick<Manifest, 'operation'>,
): Fed[string] {
  const width = rows[0]?.length ?? 0
  const cells = rows.flat()
  const data =
    tensor.dtype === 'string'
      ? cells.map((cell) => String(cell ?? ''))
      : tensor.dtype === 'float32' || tensor.dtype === 'float16'
        ? Float32Array.from(cells, (cell) => (cell === null ? Number.NaN : Number(cell)))
        : Float64Array.from(cells, (cell) => (cell === null ? Number.NaN : Number(cell)))
  const length = tensor.kind === 'series' ? width / tensor.features.length : 0
  const shape = rowShapeOf(tensor, length)
  return { data, width, dims: operation.noBatchAxis ? shape : [rows.length, ...shape] }
}

/** The values of each row, as a package keeps them. */
export function rowsOf(fed: Fed[string]): Rows {
  if ('images' in fed) return fed.images.map((bytes) => [Buffer.from(bytes).toString('base64')])
  return toRows(fed)
}

const rowsByOutput = (outputs: Record<string, Tensor>): Golden['outputs'] =>
  Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, toRows(tensor)]))

function toRows({ data, width }: Tensor): Rows {
  return Array.from({ length: data.length / width }, (_, row) =>
    Array.from({ length: width }, (_, k) => {
      const x = data[row * width + k]!
      return typeof x === 'number' && Number.isNaN(x) ? null : x
    }),
  )
}
