import type { Feature, Manifest } from '#core/contracts/manifest.ts'
import { featureValues, type Reference } from '#core/package/baseline.ts'
import type { Column } from '#core/package/columns.ts'
import { median } from '#core/package/draft-manifest.ts'
import { guessOutput, type OutputGuess } from '#core/package/guess-output.ts'
import { toTensors } from '../inference/ask.ts'
import type { InferenceLane } from '../inference/lane.ts'
import { evenly } from './examples.ts'
import { runRows } from './run-rows.ts'

const patienceMs = 120_000
const lookedAt = 500
/** A draft's deadline is this many times what so many rows took here, and at least a second. */
const deadlineFactor = 20
const leastDeadlineMs = 1000

export interface Look {
  guess: OutputGuess
  /** The features with `fill` where they may be null and it can be known. */
  features: Feature[]
  /** Which of them got 'nan', since the model answers a number to NaN. */
  nanFilled: string[]
  /** Word columns whose codes nobody knows yet: tried with 0, 1, 2, … in the order of their first row. */
  codesUnknown: string[]
  deadlineMs: number
}

/** Runs a model on some rows of the reference, to see what its output means and how it takes missing values. */
export async function lookAtModel(
  lane: InferenceLane,
  inputs: {
    features: Feature[]
    bound: { tensor: string; features: string[] }[]
    fixedBatch?: number | undefined
  },
  reference: Reference,
  output: string,
  classNames: readonly string[] | undefined,
): Promise<Look> {
  await lane.ready
  const columns = inputs.features.map(({ name }) => reference.columns.find((column) => column.name === name)!)
  const tried = inputs.features.map((feature, f) => ({
    ...standIn(feature, columns[f]!),
    ...(feature.nullable && { fill: middle(columns[f]!) }),
  }))
  const values = tried.map((feature, f) => featureValues(feature, columns[f]!))
  const options = { output, fixedBatch: inputs.fixedBatch, deadlineMs: patienceMs }
  const tensors = (of: Feature[], at: number[]) => toTensors(boundTo(of, inputs.bound), { values }, at)

  const rows = evenly([...Array(reference.rows).keys()], lookedAt)
  const raw = await runRows(lane, tensors(tried, rows), rows.length, options)
  const started = performance.now()
  await runRows(lane, tensors(tried, rows), rows.length, options)
  const tookMs = performance.now() - started

  const nanFilled: string[] = []
  for (const [f, feature] of tried.entries()) {
    if (!feature.nullable) continue
    const row =
      rows.find((at) => Number.isNaN(values[f]![at])) ?? Array.from(values[f]!).findIndex(Number.isNaN)
    const withNan = tried.map((other, k): Feature => (k === f ? { ...other, fill: 'nan' } : other))
    const answer = await runRows(lane, tensors(withNan, [row]), 1, options)
    if (answer.data.every(Number.isFinite)) nanFilled.push(feature.name)
  }
  return {
    guess: guessOutput({ name: output, data: raw.data, width: raw.width, ...(classNames && { classNames }) }),
    features: inputs.features.map((feature, f) => withFill(feature, nanFilled, tried[f]!.fill)),
    nanFilled,
    codesUnknown: inputs.features
      .filter(({ kind, codes }) => kind === 'category' && !codes)
      .map(({ name }) => name),
    deadlineMs: Math.max(leastDeadlineMs, Math.ceil((deadlineFactor * tookMs) / 1000) * 1000),
  }
}

/** What stands for a missing word is not known before the words' codes are: it is left to a person. */
function withFill(feature: Feature, nanFilled: readonly string[], middle: Feature['fill']): Feature {
  if (!feature.nullable) return feature
  if (nanFilled.includes(feature.name)) return { ...feature, fill: 'nan' }
  return feature.kind === 'category' || middle === undefined ? feature : { ...feature, fill: middle }
}

/** Numbers for words whose codes nobody has written yet, so that the model can be looked at. */
function standIn(feature: Feature, column: Column): Feature {
  if (feature.kind === 'number' || feature.codes) return feature
  return { ...feature, codes: Object.fromEntries(column.words.map((word, k) => [word, k])) }
}

const middle = (column: Column): number => (column.words.length > 0 ? 0 : median(column))

const boundTo = (
  features: Feature[],
  bound: { tensor: string; features: string[] }[],
): Pick<Manifest, 'inputs'> => ({
  inputs: {
    features,
    tensors: bound.map(({ tensor, features: names }) => ({
      name: tensor,
      dtype: 'float32',
      features: names,
    })),
  },
})
