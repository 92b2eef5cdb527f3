import { EdgewrightError } from '#core/contracts/errors.ts'
import { type InputTensor, wholeRange } from '#core/contracts/input-tensor.ts'
import type { Feature, Manifest } from '#core/contracts/manifest.ts'
import type { OutputTensor } from '#core/contracts/output-tensor.ts'
import type { GoldenCell } from '#core/contracts/package.ts'
import type { Reference } from '#core/package/baseline.ts'
import { compareGolden } from '#core/package/compare-golden.ts'
import { median } from '#core/package/draft-manifest.ts'
import { chooseOutputs, guessOutput } from '#core/package/guess-output.ts'
import type { InferenceLane, Tensor, TensorInfo } from '../inference/lane.ts'
import { LaneDeadlineError } from '../inference/open-lane.ts'
import { type Fed, toTensors } from '../inference/to-tensors.ts'
import { evenly } from './examples.ts'
import { type RunOptions, runRows } from './run-rows.ts'
import { columnsOf, previousRows, type Surroundings, sourceOf, usableRows } from './source-of.ts'
import { maxColumns } from './tensors.ts'

const patienceMs = 120_000
const lookedAt = 500
const imagesLookedAt = 24
/** A draft's deadline is this many times what so many rows took here, and at least a second. */
const deadlineFactor = 20
const leastDeadlineMs = 1000

export interface Look {
  outputs: OutputTensor[]
  /** What each output was guessed by. */
  seen: string[]
  leftOut: { name: string; why: string }[]
  /** The features with `fill` where they may be null and it can be known. */
  features: Feature[]
  /** Which of them got 'nan', since the model answers a number to NaN. */
  nanFilled: string[]
  /** Word columns whose codes nobody knows yet: tried with 0, 1, 2, … in the order of their first row. */
  codesUnknown: string[]
  /** Why it is asked row by row, where it is. */
  alone?: string
  deadlineMs: number
}

export interface LookedAt {
  features: Feature[]
  tensors: InputTensor[]
  fixedBatch?: number | undefined
  noBatchAxis?: true | undefined
}

/** Runs a model on some rows of the reference, to see what its outputs mean and how it takes missing values. */
export async function lookAtModel(
  lane: InferenceLane,
  inputs: LookedAt,
  reference: Reference,
  candidates: readonly CandidateOutput[],
  classNames: readonly string[] | undefined,
  around: Surroundings,
): Promise<Look> {
  const session = await lane.ready
  const { tensors } = inputs
  const columnFor = (name: string) => reference.columns.find((column) => column.name === name)!
  const tried = inputs.features.map((feature): Feature => {
    const stand = standIn(feature, columnFor(feature.name).words)
    return feature.nullable ? { ...stand, fill: middle(feature, reference, inputs) } : stand
  })
  const { values } = columnsOf({ features: tried }, reference)
  const windows = tensors.some(({ kind }) => kind === 'window')
  const before = windows ? previousRows(reference, around.group) : undefined
  const usable = usableRows({ features: tried, tensors }, values, reference.rows, before)
  const at = evenly(usable, tensors.some(({ kind }) => kind === 'image') ? imagesLookedAt : lookedAt)
  const source = await sourceOf({ features: tried, tensors }, values, at, before, around)
  const rows = [...at.keys()]
  const fed = (features: Feature[], of: number[]) => toTensors(boundTo(features, inputs), source, of)

  const probed = await probe(lane, fed(tried, rows.slice(0, probedRows)), candidates, {
    ...inputs,
    outputs: [],
    deadlineMs: patienceMs,
  })
  const chosen = chooseOutputs(probed.usable)
  const options: RunOptions = {
    ...inputs,
    outputs: chosen.used,
    deadlineMs: patienceMs,
    ...(probed.alone !== undefined && { fixedBatch: 1 }),
  }
  const ran = await runRows(lane, fed(tried, rows), rows.length, options)
  const started = performance.now()
  await runRows(lane, fed(tried, rows), rows.length, options)
  const tookMs = performance.now() - started

  const depends = await dependsOnBatch(lane, (of) => fed(tried, of), rows.slice(0, comparedAlone), options)
  const alone =
    probed.alone ??
    (depends ? 'its answers depend on the other rows of a batch (dynamic quantisation does that)' : undefined)

  const nanFilled: string[] = []
  for (const [f, feature] of tried.entries()) {
    if (!mayBeNan(feature, tensors)) continue
    const column = source.values[f] as Float64Array
    const row = Math.max(0, column.findIndex(Number.isNaN))
    const withNan = tried.map((other, k): Feature => (k === f ? { ...other, fill: 'nan' } : other))
    const answer = await runRows(lane, fed(withNan, [row]), 1, options)
    const [first] = Object.values(answer.outputs)
    if (first && !Array.isArray(first.data) && first.data.every(Number.isFinite)) nanFilled.push(feature.name)
  }

  const inputWidth = tensors.reduce((sum, t) => sum + (t.kind === 'columns' ? t.features.length : 0), 0)
  const guesses: { output: OutputTensor; seen: string }[] = []
  const leftOut: Look['leftOut'] = [...probed.leftOut, ...chosen.leftOut]
  for (const name of chosen.used) {
    const { data, width } = ran.outputs[name]!
    const dtype = dtypeOf(session.outputs, name)
    const guess =
      width > maxColumns
        ? undefined
        : guessOutput({ name, dtype, data, width, inputWidth, ...(classNames && { classNames }) })
    if (guess) guesses.push(guess)
    else
      leftOut.push({ name, why: width > maxColumns ? `${width} values per row` : 'texts that name no class' })
  }
  return {
    outputs: guesses.map(({ output }) => output),
    seen: guesses.map(({ seen }) => seen),
    leftOut,
    features: inputs.features.map((feature, f) => withFill(feature, nanFilled, tried[f]!.fill)),
    nanFilled,
    codesUnknown: inputs.features
      .filter(({ kind, codes, words }) => kind === 'category' && !codes && !words)
      .map(({ name }) => name),
    ...(alone !== undefined && { alone }),
    deadlineMs: Math.max(leastDeadlineMs, Math.ceil((deadlineFactor * tookMs) / 1000) * 1000),
  }
}

/** Few, and seldom the number of anything in a model. */
const probedRows = 7

/** An output as the model declares it. */
export interface CandidateOutput {
  name: string
  dtype?: string
  width?: number
}

/**
 * Which outputs answer with a row per row; `alone`: why only one row at a time, where that is so.
 * @throws EdgewrightError inference-failed where none does
 */
async function probe(
  lane: InferenceLane,
  fed: Fed,
  candidates: readonly CandidateOutput[],
  options: RunOptions,
): Promise<{ usable: CandidateOutput[]; leftOut: Look['leftOut']; alone?: string }> {
  const usable: CandidateOutput[] = []
  const leftOut: Look['leftOut'] = []
  let alone: string | undefined
  let first: unknown
  const count = rowsIn(fed)
  const runs = async (name: string, atOnce: number) => {
    try {
      await runRows(lane, fed, count, { ...options, outputs: [name], atOnce })
      return undefined
    } catch (error) {
      // One that ran out of time would again.
      const refusal = error instanceof EdgewrightError && error.code === 'inference-failed'
      if (!refusal || error instanceof LaneDeadlineError) throw error
      first ??= error
      return error.message
    }
  }
  for (const candidate of candidates) {
    const together = await runs(candidate.name, count)
    const why = together === undefined || count === 1 ? together : await runs(candidate.name, 1)
    if (why !== undefined) leftOut.push({ name: candidate.name, why })
    else {
      usable.push(candidate)
      if (together !== undefined) alone ??= `it cannot take several rows at once (${together})`
    }
  }
  if (usable.length === 0) throw first
  return { usable, leftOut, ...(alone !== undefined && { alone }) }
}

/** Every tensor that is fed has the same rows; a model of constants alone has one. */
function rowsIn(fed: Fed): number {
  const [tensor] = Object.values(fed)
  if (!tensor) return 1
  return 'images' in tensor ? tensor.images.length : tensor.data.length / tensor.width
}

/** Rows that are asked alone as well. */
const comparedAlone = 12
/** As a draft's golden tolerance. */
const tolerance = { absolute: 1e-5, relative: 1e-3 }

/** @throws EdgewrightError model-refused where even the same row alone is answered differently the second time */
async function dependsOnBatch(
  lane: InferenceLane,
  fed: (rows: number[]) => Fed,
  rows: number[],
  options: RunOptions,
): Promise<boolean> {
  if (options.fixedBatch === 1 || rows.length < 2) return false
  const ask = (atOnce: number) => runRows(lane, fed(rows), rows.length, { ...options, atOnce })
  const [together, single] = [await ask(rows.length), await ask(1)]
  if (sameAnswers(together.outputs, single.outputs)) return false
  if (sameAnswers((await ask(1)).outputs, single.outputs)) return true
  throw new EdgewrightError(
    'model-refused',
    'the model answers the same row differently from one time to the next, so nothing that it says can be checked',
    { hint: 'Export it without random sampling or dropout (evaluation mode).' },
  )
}

function sameAnswers(a: Record<string, Tensor>, b: Record<string, Tensor>): boolean {
  return Object.entries(a).every(([name, { data, width }]) => {
    const expected = [Array.from<number | string, GoldenCell>(data, (x) => (Number.isNaN(x) ? null : x))]
    return (
      !compareGolden(expected, b[name]?.data ?? [], data.length, tolerance).beyond && b[name]?.width === width
    )
  })
}

const dtypeOf = (infos: readonly TensorInfo[], name: string) =>
  infos.find((info) => info.name === name)?.dtype ?? 'float32'

/** Only a number with fractions can be missing in a tensor. */
function mayBeNan({ name, nullable, kind, words }: Feature, tensors: readonly InputTensor[]): boolean {
  if (!nullable || (kind !== 'number' && kind !== 'category') || words) return false
  return tensors.every(
    (t) =>
      t.kind !== 'columns' || !t.features.includes(name) || (t.dtype !== 'string' && !wholeRange(t.dtype)),
  )
}

/** What stands for a missing word is not known before the words' codes are: it is left to a person. */
function withFill(feature: Feature, nanFilled: readonly string[], middle: Feature['fill']): Feature {
  if (!feature.nullable) return feature
  if (nanFilled.includes(feature.name)) return { ...feature, fill: 'nan' }
  const unknown = feature.kind === 'category' && !feature.words
  return unknown || middle === undefined ? feature : { ...feature, fill: middle }
}

/** Numbers for words whose codes nobody has written yet, so that the model can be looked at. */
function standIn(feature: Feature, words: readonly string[]): Feature {
  if (feature.kind !== 'category' || feature.codes || feature.words) return feature
  return { ...feature, codes: Object.fromEntries(words.map((word, k) => [word, k])) }
}

function middle(feature: Feature, reference: Reference, { tensors }: LookedAt): number | string {
  if (feature.kind === 'text') return ''
  if (feature.words) return feature.words[0]!
  const column = reference.columns.find(({ name }) => name === feature.name)!
  if (column.words.length > 0) return 0
  const whole = tensors.some(
    (t) => t.kind === 'columns' && t.features.includes(feature.name) && wholeRange(t.dtype),
  )
  return whole ? Math.round(median(column)) : median(column)
}

const boundTo = (
  features: Feature[],
  { tensors, noBatchAxis }: LookedAt,
): Pick<Manifest, 'inputs'> & { operation?: { noBatchAxis?: true } } => ({
  inputs: { features, tensors },
  ...(noBatchAxis && { operation: { noBatchAxis } }),
})
