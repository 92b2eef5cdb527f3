import { availableParallelism, type } from 'node:os'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { Manifest } from '#core/contracts/manifest.ts'
import type { Golden } from '#core/contracts/package.ts'
import { compareGolden, type Difference } from '#core/package/compare-golden.ts'
import type { FloatTensor, InferenceLane } from '../inference/lane.ts'
import { runOptions, runRows } from './run-rows.ts'

/** Answering golden vectors is no service: only a model that hangs is given up. */
const goldenDeadlineMs = 120_000

export type GoldenVerdict =
  | { ok: true; largestDifference: number }
  /** In words: which row and column, what was expected, what came. */
  | { ok: false; reason: string; largestDifference?: number }

type Rows = (number | null)[][]

/**
 * Puts the golden vectors to a lane, all at once and the first alone, and compares the answers with those in the
 * package. Answers with a refusal in words where they differ by more than the manifest allows, or where the lane fails.
 */
export async function verifyGolden(
  lane: InferenceLane,
  golden: Golden,
  manifest: Manifest,
): Promise<GoldenVerdict> {
  const output = manifest.outputs[0]!.name
  const expected = golden.outputs[output] ?? []
  const inputs = Object.fromEntries(
    Object.entries(golden.inputs).map(([name, rows]) => [name, toTensor(rows)]),
  )
  const options = runOptions(manifest, goldenDeadlineMs)
  let largestDifference = 0
  try {
    await lane.ready
    for (const rows of [expected.length, 1]) {
      const found = await runRows(lane, inputs, rows, options)
      const difference = compareGolden(
        expected.slice(0, rows),
        found.data,
        found.width,
        manifest.operation.goldenTolerance,
      )
      largestDifference = Math.max(largestDifference, difference.largest)
      if (difference.beyond) return { ok: false, reason: inWords(manifest, difference), largestDifference }
    }
  } catch (error) {
    if (error instanceof EdgewrightError) return { ok: false, reason: error.message }
    throw error
  }
  return { ok: true, largestDifference }
}

/**
 * Makes golden vectors: each row alone, then all at once in the same lane; both must agree within the tolerance.
 * `inputs`: rows × width per tensor.
 * @throws EdgewrightError model-refused where the answers depend on the batch, or are infinite
 */
export async function makeGolden(
  lane: InferenceLane,
  inputs: Record<string, FloatTensor>,
  rows: number,
  nullRow: Golden['nullRow'],
  manifest: Manifest,
): Promise<Golden> {
  const { onnxruntimeVersion, provider } = await lane.ready
  const output = manifest.outputs[0]!.name
  const options = runOptions(manifest, goldenDeadlineMs)
  const single = await runRows(lane, inputs, rows, { ...options, atOnce: 1 })
  const outputs = toRows(single)
  const infinite = single.data.find((x) => x === Number.POSITIVE_INFINITY || x === Number.NEGATIVE_INFINITY)
  if (infinite !== undefined)
    throw new EdgewrightError('model-refused', `output "${output}" is infinite on rows of the reference`)
  const together = await runRows(lane, inputs, rows, options)
  const difference = compareGolden(outputs, together.data, together.width, manifest.operation.goldenTolerance)
  if (difference.beyond)
    throw new EdgewrightError(
      'model-refused',
      `the model's answers depend on the other rows of the batch: ${inWords(manifest, difference)}`,
    )
  return {
    madeWith: {
      onnxruntime: onnxruntimeVersion,
      provider,
      platform: `${type()} ${process.arch}, ${availableParallelism()} cores`,
    },
    inputs: Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [name, toRows(tensor)])),
    outputs: { [output]: outputs },
    nullRow,
  }
}

function inWords({ outputs }: Manifest, { beyond, largest }: Difference): string {
  const { row, column, expected, found } = beyond!
  return `golden row ${row + 1}, column ${column + 1} of "${outputs[0]!.name}" should be ${expected ?? 'no number'} and is ${found} (largest difference ${largest})`
}

export function goldenInputs({ inputs }: Golden): Record<string, FloatTensor> {
  return Object.fromEntries(Object.entries(inputs).map(([name, rows]) => [name, toTensor(rows)]))
}

function toTensor(rows: Rows): FloatTensor {
  return { data: Float32Array.from(rows.flat(), (x) => x ?? Number.NaN), width: rows[0]?.length ?? 0 }
}

function toRows({ data, width }: FloatTensor): Rows {
  return Array.from({ length: data.length / width }, (_, row) =>
    Array.from(data.subarray(row * width, (row + 1) * width), (x) => (Number.isNaN(x) ? null : x)),
  )
}
