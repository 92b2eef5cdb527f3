import type { Manifest } from '#core/contracts/manifest.ts'
import type { BadImage, InferenceLane, Tensor } from '../inference/lane.ts'
import { joinRows, sliceRows } from '../inference/rows.ts'
import { constantsOf, type Fed } from '../inference/to-tensors.ts'

/** The most rows put to a lane at once while packing. */
const maxRowsAtOnce = 1024
/** And the most values, since a row may be a large image: 64 million, 256 MB of float32. */
const maxValuesAtOnce = 64 * 2 ** 20

export interface RunOptions {
  outputs: readonly string[]
  tensors: Manifest['inputs']['tensors']
  /** A fixed batch axis: rows are filled up to it. */
  fixedBatch?: number | undefined
  noBatchAxis?: boolean | undefined
  /** Fewer rows at once than the lane could take; for comparing. */
  atOnce?: number
  deadlineMs: number
}

export interface Ran {
  outputs: Record<string, Tensor>
  /** Rows count from the first of all. */
  badImages: BadImage[]
  /** Inside `session.run`, milliseconds, summed. */
  runMs: number
}

export const runOptions = ({ inputs, outputs, operation }: Manifest, deadlineMs: number): RunOptions => ({
  outputs: outputs.map(({ name }) => name),
  tensors: inputs.tensors,
  fixedBatch: operation.fixedBatch,
  noBatchAxis: operation.noBatchAxis,
  deadlineMs,
})

/** Puts any number of rows to a lane, in pieces that it can take. */
export async function runRows(
  lane: InferenceLane,
  fed: Fed,
  rows: number,
  { outputs, tensors, fixedBatch, noBatchAxis, atOnce, deadlineMs }: RunOptions,
): Promise<Ran> {
  const widest = Math.max(1, ...Object.values(fed).map(valuesPerRow))
  const most = Math.max(1, Math.min(maxRowsAtOnce, Math.floor(maxValuesAtOnce / widest)))
  const step = Math.min(atOnce ?? most, fixedBatch ?? most)
  const pieces: { at: number; rows: number; outputs: Record<string, Tensor> }[] = []
  const badImages: BadImage[] = []
  let runMs = 0
  for (let from = 0; from < rows; from += step) {
    const count = Math.min(step, rows - from)
    const filled = fixedBatch ?? count
    const part = Object.fromEntries(
      Object.entries(fed).map(([name, each]) => [
        name,
        noBatchAxis && 'data' in each
          ? {
              ...sliceRows({ data: each.data, width: each.width }, from, 1),
              ...(each.dims && { dims: each.dims }),
            }
          : sliceRows(each, from, count, filled),
      ]),
    )
    const answer = await lane.infer(
      {
        rows: filled,
        inputs: { ...part, ...constantsOf(tensors, filled) },
        outputs: [...outputs],
        ...(noBatchAxis && { noBatchAxis }),
      },
      deadlineMs,
    )
    runMs += answer.runMs
    pieces.push({ at: from, rows: count, outputs: answer.outputs })
    for (const bad of answer.badImages ?? [])
      if (bad.row < count) badImages.push({ ...bad, row: from + bad.row })
  }
  return { outputs: joinRows(pieces, rows) ?? {}, badImages, runMs }
}

const valuesPerRow = (fed: Fed[string]) =>
  'images' in fed ? 4 * fed.spec.width * fed.spec.height : fed.width
