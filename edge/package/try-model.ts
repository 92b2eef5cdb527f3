import { EdgewrightError } from '#core/contracts/errors.ts'
import { wholeRange } from '#core/contracts/input-tensor.ts'
import type { Manifest } from '#core/contracts/manifest.ts'
import { scoreNames } from '#core/contracts/output-tensor.ts'
import type { Golden } from '#core/contracts/package.ts'
import { chooseGoldenRows, goldenCount } from '#core/package/golden-rows.ts'
import { columnNames, toScores } from '../decide/scores.ts'
import type { InferenceLane } from '../inference/lane.ts'
import { type Fed, type RowSource, toTensors } from '../inference/to-tensors.ts'
import { listed } from './contents.ts'
import type { Examples } from './examples.ts'
import { goldenInputs, goldenRows, makeGolden, rowsOf } from './golden.ts'
import { type Ran, runOptions, runRows } from './run-rows.ts'
import { tensorProblems, widthProblem } from './tensors.ts'

/** Packing is patient: only a model that hangs is given up. */
const patienceMs = 120_000
/** A model that takes this long for a row gets fewer golden vectors, or packing it would take minutes. */
const slowMs = 1000
const goldenCountSlow = 4
/** golden.json may not grow beyond its limit: characters, at most, of all golden inputs. */
const maxGoldenChars = 8 * 2 ** 20

export interface Trial {
  golden: Golden
  /** Rows of the examples on which no alert rule would be raised: places in `Examples.at`. */
  usual: number[]
  loadMs: number
  /** One row, inside the session. */
  rowMs: number
}

/**
 * Runs a model on its examples: does it load, do its tensors fit the manifest, does it run with one row, several and a
 * row of nulls, and what does it answer.
 * @throws EdgewrightError model-refused, reference-refused or manifest-refused, in words
 */
export async function tryModel(lane: InferenceLane, manifest: Manifest, examples: Examples): Promise<Trial> {
  const session = await lane.ready
  const wrong = tensorProblems(manifest, session)
  if (wrong.length > 0) throw new EdgewrightError('manifest-refused', listed('model.json', wrong))
  const former = examples.from.kind === 'former' ? examples.from.golden : undefined
  const source = examples.rows > 0 || !former ? examples : undefined
  const fed = (rows: readonly number[]) =>
    source ? toTensors(manifest, source.source, rows) : goldenInputs(former!, manifest)
  const all = [...Array(source ? source.rows : goldenRows(former!)).keys()]
  const { rowMs, nullRow } = await smokeRun(lane, manifest, fed, all)
  const options = runOptions(manifest, patienceMs)
  const ran = await runRows(lane, fed(all), all.length, options)
  refuseBadImages(ran, examples)
  const problems = manifest.outputs.flatMap(
    (output) => widthProblem(output, ran.outputs[output.name]!.width) ?? [],
  )
  if (problems.length > 0) throw new EdgewrightError('manifest-refused', listed('model.json', problems))

  const scores = toScores(manifest.outputs, ran.outputs, Int32Array.from(all))
  refuseUnknownLabels(manifest, scores)
  refuseNoAnswer(manifest, scores)
  const rows = former
    ? { fed: goldenInputs(former, manifest), count: goldenRows(former) }
    : chooseGolden(manifest, examples, scores, rowMs > slowMs ? goldenCountSlow : goldenCount)
  const golden = await makeGolden(lane, rows.fed, rows.count, nullRow, manifest)
  return { golden, usual: withoutAlert(manifest, scores, all), loadMs: session.loadMs, rowMs }
}

function refuseBadImages({ badImages: [bad] }: Ran, { at }: Examples): void {
  if (bad)
    throw new EdgewrightError(
      'reference-refused',
      `row ${(at[bad.row] ?? bad.row) + 1} of the reference: ${bad.reason}`,
      {
        hint: 'Remove the row, or mend its image.',
      },
    )
}

function refuseUnknownLabels({ outputs }: Manifest, scores: readonly Float32Array[]): void {
  let from = 0
  for (const output of outputs) {
    const { name, classes, activation } = output
    if (activation === 'label' && scores[from]!.some(Number.isNaN))
      throw new EdgewrightError(
        'manifest-refused',
        `"model.json" is refused: outputs: "${name}" names a class on the reference that "classes" does not list (${classes.join(', ')})`,
      )
    from += scoreNames(output).length
  }
}

function refuseNoAnswer({ outputs }: Manifest, scores: readonly Float32Array[]): void {
  if (scores[0]!.some(Number.isFinite)) return
  throw new EdgewrightError(
    'model-refused',
    `output "${outputs[0]!.name}" gives no finite number on any row of the reference`,
    {
      hint: 'Check that the columns feed the inputs that they belong to, and that training did not diverge.',
    },
  )
}

function chooseGolden(
  manifest: Manifest,
  { source, rows }: Examples,
  scores: readonly Float32Array[],
  count: number,
): { fed: Fed; count: number } {
  const numeric = source.values.filter((column) => column instanceof Float64Array)
  const chosen = chooseGoldenRows(numeric, scores, [...Array(rows).keys()], count)
  const fits = withinSize(manifest, source, chosen)
  return { fed: toTensors(manifest, source, fits), count: fits.length }
}

/** As many of the rows, from the first, as golden.json can hold. */
function withinSize(manifest: Manifest, source: RowSource, rows: number[]): number[] {
  let chars = 0
  const fits: number[] = []
  for (const row of rows) {
    const fed = Object.values(toTensors(manifest, source, [row]))
    chars += fed.reduce((sum, each) => sum + JSON.stringify(rowsOf(each)).length, 0)
    if (chars > maxGoldenChars && fits.length > 0) break
    fits.push(row)
  }
  if (fits.length === 1 && chars > 2 * maxGoldenChars)
    throw new EdgewrightError(
      'reference-refused',
      `one example is ${Math.round(chars / 2 ** 20)} MB, too large for a golden vector (at most ${(2 * maxGoldenChars) / 2 ** 20} MB)`,
      { hint: 'Put smaller images into the reference: golden vectors travel in every package.' },
    )
  return fits
}

async function smokeRun(
  lane: InferenceLane,
  manifest: Manifest,
  fed: (rows: readonly number[]) => Fed,
  all: readonly number[],
): Promise<{ rowMs: number; nullRow: Golden['nullRow'] }> {
  const options = runOptions(manifest, patienceMs)
  const run = async (what: string, inputs: Fed, rows: number) => {
    try {
      return await runRows(lane, inputs, rows, options)
    } catch (error) {
      if (!(error instanceof EdgewrightError)) throw error
      throw new EdgewrightError(
        'model-refused',
        `the model loads and cannot run with ${what}: ${error.message}`,
        { cause: error },
      )
    }
  }
  const first = await run('one row', fed(all.slice(0, 1)), 1)
  if (manifest.operation.fixedBatch === undefined && all.length > 1) {
    const several = all.slice(0, Math.min(7, manifest.operation.maxBatch))
    await run(`${several.length} rows at once`, fed(several), several.length)
  }
  const nulls = nullRowOf(manifest, fed(all.slice(0, 1)))
  if (!nulls) return { rowMs: first.runMs, nullRow: 'not-tried' }
  try {
    const { outputs } = await runRows(lane, nulls, 1, options)
    const finite = Object.values(outputs).every(({ data }) =>
      data.every((x: number | string) => typeof x === 'string' || Number.isFinite(x)),
    )
    return { rowMs: first.runMs, nullRow: finite ? 'finite' : 'not-finite' }
  } catch (error) {
    // What a model does with nothing is its own affair: the runtime never asks it.
    if (error instanceof EdgewrightError && error.code === 'inference-failed')
      return { rowMs: first.runMs, nullRow: 'refused' }
    throw error
  }
}

/** One row in which every float is NaN; undefined where a model takes anything that knows no NaN. */
function nullRowOf({ inputs }: Manifest, fed: Fed): Fed | undefined {
  const nulls: Fed = {}
  for (const [name, each] of Object.entries(fed)) {
    const dtype = inputs.tensors.find((tensor) => tensor.name === name)?.dtype ?? 'string'
    if (!('data' in each) || Array.isArray(each.data) || wholeRange(dtype)) return undefined
    nulls[name] = { ...each, data: each.data.map(() => Number.NaN) }
  }
  return nulls
}

function withoutAlert(
  { outputs, decision }: Manifest,
  scores: readonly Float32Array[],
  sample: readonly number[],
): number[] {
  const names = columnNames(outputs)
  const columnOf = ({ output, class: name = 'value' }: Manifest['decision']['alerts'][number]) =>
    names.indexOf(output === undefined || output === outputs[0]!.name ? name : `${output}/${name}`)
  const raised = (at: number) =>
    decision.alerts.some((rule) => {
      const score = scores[columnOf(rule)]?.[at] ?? Number.NaN
      return rule.direction === 'above' ? score >= rule.raise : score <= rule.raise
    })
  return sample.filter((at) => !raised(at))
}
