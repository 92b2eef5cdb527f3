import { EdgewrightError } from '#core/contracts/errors.ts'
import type { Manifest } from '#core/contracts/manifest.ts'
import type { Golden } from '#core/contracts/package.ts'
import { chooseGoldenRows, goldenCount } from '#core/package/golden-rows.ts'
import { scoreNames, toScores } from '../decide/scores.ts'
import { toTensors } from '../inference/ask.ts'
import type { FloatTensor, InferenceLane } from '../inference/lane.ts'
import { listed } from './contents.ts'
import type { Examples } from './examples.ts'
import { goldenInputs, makeGolden } from './golden.ts'
import { runOptions, runRows } from './run-rows.ts'
import { tensorProblems, widthProblem } from './tensors.ts'

/** Packing is patient: only a model that hangs is given up. */
const patienceMs = 120_000
/** A model that takes this long for a row gets fewer golden vectors, or packing it would take minutes. */
const slowMs = 1000
const goldenCountSlow = 4

export interface Trial {
  golden: Golden
  /** Rows of the examples on which no alert rule would be raised. */
  usual: number[]
  loadMs: number
  /** One row, inside the session. */
  rowMs: number
}

/**
 * Runs a model on its examples: does it load, do its tensors fit the manifest, does it run with one row, several and a
 * row of nulls, and what does it answer.
 * @throws EdgewrightError model-refused or manifest-refused, in words
 */
export async function tryModel(lane: InferenceLane, manifest: Manifest, examples: Examples): Promise<Trial> {
  const { values, sample } = examples
  const session = await lane.ready
  const wrong = tensorProblems(manifest, session)
  if (wrong.length > 0) throw new EdgewrightError('manifest-refused', listed('model.json', wrong))
  const { rowMs, nullRow } = await smokeRun(lane, manifest, values, sample)
  const options = runOptions(manifest, patienceMs)
  const raw = await runRows(lane, toTensors(manifest, { values }, sample), sample.length, options)
  const problem = widthProblem(manifest, raw.width)
  if (problem) throw new EdgewrightError('manifest-refused', listed('model.json', [problem]))

  const scores = toScores(manifest.outputs[0]!, raw, Int32Array.from(sample.keys()))
  const { inputs, rows } = goldenRows(
    manifest,
    examples,
    scores,
    rowMs > slowMs ? goldenCountSlow : goldenCount,
  )
  const golden = await makeGolden(lane, inputs, rows, nullRow, manifest)
  return { golden, usual: withoutAlert(manifest, scores, sample), loadMs: session.loadMs, rowMs }
}

function goldenRows(
  manifest: Manifest,
  { values, sample, from }: Examples,
  scores: readonly Float32Array[],
  count: number,
): { inputs: Record<string, FloatTensor>; rows: number } {
  if (from.kind === 'baseline' && from.golden)
    return { inputs: goldenInputs(from.golden), rows: Object.values(from.golden.inputs)[0]!.length }
  const sampled = values.map((column) => Float64Array.from(sample, (row) => column[row]!))
  const chosen = chooseGoldenRows(sampled, scores, [...sample.keys()], count)
  return {
    inputs: toTensors(
      manifest,
      { values },
      chosen.map((at) => sample[at]!),
    ),
    rows: chosen.length,
  }
}

async function smokeRun(
  lane: InferenceLane,
  manifest: Manifest,
  values: Float64Array[],
  sample: number[],
): Promise<{ rowMs: number; nullRow: Golden['nullRow'] }> {
  const { output, fixedBatch = 1 } = runOptions(manifest, patienceMs)
  const one = new Array<number>(fixedBatch).fill(sample[0]!)
  const nulls = Object.fromEntries(
    manifest.inputs.tensors.map(({ name, features }) => [
      name,
      { data: new Float32Array(fixedBatch * features.length).fill(Number.NaN), width: features.length },
    ]),
  )
  const run = async (what: string, inputs: Record<string, FloatTensor>, rows: number) => {
    try {
      return await lane.infer({ rows, inputs, outputs: [output] }, patienceMs)
    } catch (error) {
      if (!(error instanceof EdgewrightError)) throw error
      throw new EdgewrightError(
        'model-refused',
        `the model loads and cannot run with ${what}: ${error.message}`,
        { cause: error },
      )
    }
  }
  const first = await run('one row', toTensors(manifest, { values }, one), fixedBatch)
  if (manifest.operation.fixedBatch === undefined) {
    const several = sample.slice(0, Math.min(7, manifest.operation.maxBatch))
    await run(`${several.length} rows at once`, toTensors(manifest, { values }, several), several.length)
  }
  const empty = await run('a row of nulls (NaN)', nulls, fixedBatch)
  return {
    rowMs: first.runMs,
    nullRow: empty.outputs[output]!.data.every(Number.isFinite) ? 'finite' : 'not-finite',
  }
}

function withoutAlert(
  { outputs, decision }: Manifest,
  scores: readonly Float32Array[],
  sample: readonly number[],
): number[] {
  const names = scoreNames(outputs[0]!)
  const raised = (at: number) =>
    decision.alerts.some((rule) => {
      const score = scores[names.indexOf(rule.class ?? 'value')]?.[at] ?? Number.NaN
      return rule.direction === 'above' ? score >= rule.raise : score <= rule.raise
    })
  return sample.filter((_, at) => !raised(at))
}
