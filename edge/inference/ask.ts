import type { QualityMark } from '#core/contracts/decision.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { Manifest } from '#core/contracts/manifest.ts'
import type { ModelAnswer } from '../decide/decide.ts'
import { type Checked, fitness } from '../ingest/validate.ts'
import type { FloatTensor, InferenceLane } from './lane.ts'
import { LaneDeadlineError } from './open-lane.ts'

/** Hears how long the model took for how many rows. */
export type RanListener = (rows: number, runMs: number) => void

/** After this many readings in a row that the model would not answer alone, the rest are not tried. */
const maxFailuresInARow = 3

/** Puts the fit rows of a batch to the model. What it refuses is answered with a mark, never with a rejection. */
export async function ask(
  lane: InferenceLane,
  manifest: Manifest,
  checked: Checked,
  ran: RanListener,
): Promise<ModelAnswer> {
  const at = new Int32Array(checked.rows).fill(-1)
  const fit: number[] = []
  for (let row = 0; row < checked.rows; row++)
    if (checked.fit[row] === fitness.fit) at[row] = fit.push(row) - 1
  const failures = new Map<number, QualityMark>()
  if (fit.length === 0) return { raw: undefined, at, failures }
  try {
    return { raw: await infer(lane, manifest, checked, fit, ran), at, failures }
  } catch (error) {
    if (fit.length === 1 || !isAboutThisInput(error)) {
      for (const row of fit) fail(at, failures, row, error)
      return { raw: undefined, at, failures }
    }
  }
  return { raw: await oneByOne(lane, manifest, checked, fit, at, failures, ran), at, failures }
}

/** One reading that the model cannot bear must not take its neighbours with it. */
async function oneByOne(
  lane: InferenceLane,
  manifest: Manifest,
  checked: Checked,
  fit: number[],
  at: Int32Array,
  failures: Map<number, QualityMark>,
  ran: RanListener,
): Promise<FloatTensor | undefined> {
  let raw: FloatTensor | undefined
  let inARow = 0
  let last: unknown
  for (const row of fit) {
    const place = at[row]!
    try {
      if (inARow >= maxFailuresInARow) throw last
      const one = await infer(lane, manifest, checked, [row], ran)
      raw ??= { data: new Float32Array(fit.length * one.width), width: one.width }
      raw.data.set(one.data, place * one.width)
      inARow = 0
    } catch (error) {
      inARow += 1
      last = error
      fail(at, failures, row, error)
    }
  }
  return raw
}

function isAboutThisInput(error: unknown): boolean {
  return error instanceof EdgewrightError && error.code === 'inference-failed'
}

function fail(at: Int32Array, failures: Map<number, QualityMark>, row: number, error: unknown): void {
  at[row] = -1
  const message = error instanceof Error ? error.message : String(error)
  const code =
    error instanceof LaneDeadlineError
      ? 'deadline-exceeded'
      : isAboutThisInput(error)
        ? 'inference-failed'
        : 'no-model'
  failures.set(row, { code, message })
}

async function infer(
  lane: InferenceLane,
  manifest: Manifest,
  checked: Checked,
  rows: number[],
  ran: RanListener,
): Promise<FloatTensor> {
  const output = manifest.outputs[0]!.name
  const batch = manifest.operation.fixedBatch
  const answers: FloatTensor[] = []
  for (let from = 0; from < rows.length; from += batch ?? rows.length) {
    const part = rows.slice(from, from + (batch ?? rows.length))
    // A graph with a fixed batch is filled up with the last row; what it answers to the filling is cut off below.
    const padded = batch ? part.concat(new Array<number>(batch - part.length).fill(part.at(-1)!)) : part
    const inputs = toTensors(manifest, checked, padded)
    const request = { rows: padded.length, inputs, outputs: [output] }
    const { outputs, runMs } = await lane.infer(request, manifest.operation.deadlineMs)
    ran(padded.length, runMs)
    answers.push(outputs[output]!)
  }
  const width = answers[0]!.width
  if (answers.length === 1) return { data: answers[0]!.data.subarray(0, rows.length * width), width }
  const data = new Float32Array(answers.length * (batch ?? 0) * width)
  answers.forEach((tensor, i) => {
    data.set(tensor.data, i * (batch ?? 0) * width)
  })
  return { data: data.subarray(0, rows.length * width), width }
}

/** Feature columns → row-major float32 tensors, as the manifest binds them; a null becomes what the manifest says. */
export function toTensors(
  manifest: Pick<Manifest, 'inputs'>,
  { values }: Pick<Checked, 'values'>,
  rows: number[],
): Record<string, FloatTensor> {
  const { features, tensors } = manifest.inputs
  const result: Record<string, FloatTensor> = {}
  for (const tensor of tensors) {
    const width = tensor.features.length
    const data = new Float32Array(rows.length * width)
    tensor.features.forEach((name, column) => {
      const index = features.findIndex((f) => f.name === name)
      const source = values[index]!
      const fill = features[index]!.fill
      const missing = typeof fill === 'number' ? fill : Number.NaN
      for (let i = 0; i < rows.length; i++) {
        const value = source[rows[i]!]!
        data[i * width + column] = Number.isNaN(value) ? missing : value
      }
    })
    result[tensor.name] = { data, width }
  }
  return result
}
