import type { QualityMark } from '#core/contracts/decision.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { Manifest } from '#core/contracts/manifest.ts'
import type { ModelAnswer } from '../decide/decide.ts'
import { type Checked, fitness } from '../ingest/checked.ts'
import type { InferenceLane, Tensor } from './lane.ts'
import { LaneDeadlineError } from './open-lane.ts'
import { joinRows } from './rows.ts'
import { constantsOf, toTensors } from './to-tensors.ts'

/** Hears how long the model took for how many rows. */
export type RanListener = (rows: number, runMs: number) => void

/** After this many readings in a row that the model would not answer alone, the rest are not tried. */
const maxFailuresInARow = 3

interface Asked {
  lane: InferenceLane
  manifest: Manifest
  checked: Checked
  ran: RanListener
  /** As in ModelAnswer. */
  at: Int32Array
  failures: Map<number, QualityMark>
  /** That answered last; where a lane fails over in the middle of a batch, the record names the one it goes on with. */
  provider: string
}

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
  const asked: Asked = { lane, manifest, checked, ran, at, failures: new Map(), provider: 'none' }
  const answer = (raw: ModelAnswer['raw']): ModelAnswer => ({
    raw,
    at,
    failures: asked.failures,
    provider: raw ? asked.provider : 'none',
  })
  if (fit.length === 0) return answer(undefined)
  try {
    return answer(await infer(asked, fit))
  } catch (error) {
    if (fit.length === 1 || !isAboutThisInput(error)) {
      for (const row of fit) fail(asked, row, error)
      return answer(undefined)
    }
  }
  try {
    return answer(await oneByOne(asked, fit))
  } catch (error) {
    // Answers that do not fit together are none; but no reading is lost for that.
    for (const row of fit) if (!asked.failures.has(row)) fail(asked, row, error)
    return answer(undefined)
  }
}

/** One reading that the model cannot bear must not take its neighbours with it. */
async function oneByOne(asked: Asked, fit: number[]): Promise<Record<string, Tensor> | undefined> {
  const pieces: { at: number; rows: number; outputs: Record<string, Tensor> }[] = []
  let inARow = 0
  let last: unknown
  for (const [place, row] of fit.entries()) {
    try {
      if (inARow >= maxFailuresInARow) throw last
      const one = await infer(asked, [row])
      if (one) pieces.push({ at: place, rows: 1, outputs: one })
      inARow = 0
    } catch (error) {
      inARow += 1
      last = error
      fail(asked, row, error)
    }
  }
  return joinRows(pieces, fit.length)
}

function isAboutThisInput(error: unknown): boolean {
  return error instanceof EdgewrightError && error.code === 'inference-failed'
}

function fail({ at, failures }: Asked, row: number, error: unknown): void {
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

async function infer(asked: Asked, rows: number[]): Promise<Record<string, Tensor> | undefined> {
  const { lane, manifest, checked, ran } = asked
  const { fixedBatch, noBatchAxis, deadlineMs } = manifest.operation
  const step = fixedBatch ?? rows.length
  const pieces: { at: number; rows: number; outputs: Record<string, Tensor> }[] = []
  for (let from = 0; from < rows.length; from += step) {
    const part = rows.slice(from, from + step)
    // A graph with a fixed batch is filled up with the last row; what it answers to the filling is cut off.
    const padded = fixedBatch ? part.concat(new Array<number>(step - part.length).fill(part.at(-1)!)) : part
    const inputs = {
      ...toTensors(manifest, checked, padded),
      ...constantsOf(manifest.inputs.tensors, padded.length),
    }
    const outputs = manifest.outputs.map(({ name }) => name)
    const request = { rows: padded.length, inputs, outputs, ...(noBatchAxis && { noBatchAxis }) }
    const answer = await lane.infer(request, deadlineMs)
    ran(padded.length, answer.runMs)
    asked.provider = answer.provider
    for (const { row, code, reason } of answer.badImages ?? []) {
      const at = padded[row]!
      asked.at[at] = -1
      asked.failures.set(at, { code, message: reason })
    }
    pieces.push({ at: from, rows: part.length, outputs: answer.outputs })
  }
  return joinRows(pieces, rows.length)
}
