import type { Manifest } from '#core/contracts/manifest.ts'
import type { FloatTensor, InferenceLane } from '../inference/lane.ts'

/** The most rows put to a lane at once while packing. */
const maxRowsAtOnce = 1024

export interface RunOptions {
  output: string
  /** A fixed batch axis: rows are filled up to it. */
  fixedBatch?: number | undefined
  /** Fewer rows at once than the lane could take; for comparing. */
  atOnce?: number
  deadlineMs: number
}

export const runOptions = ({ outputs, operation }: Manifest, deadlineMs: number): RunOptions => ({
  output: outputs[0]!.name,
  fixedBatch: operation.fixedBatch,
  deadlineMs,
})

/** Puts any number of rows to a lane, in pieces that it can take. Answers rows × width. */
export async function runRows(
  lane: InferenceLane,
  inputs: Record<string, FloatTensor>,
  rows: number,
  { output, fixedBatch, atOnce, deadlineMs }: RunOptions,
): Promise<FloatTensor> {
  const step = Math.min(atOnce ?? maxRowsAtOnce, fixedBatch ?? maxRowsAtOnce)
  const parts: FloatTensor[] = []
  for (let from = 0; from < rows; from += step) {
    const count = Math.min(step, rows - from)
    const part = Object.fromEntries(
      Object.entries(inputs).map(([name, tensor]) => [name, slice(tensor, from, count, fixedBatch ?? count)]),
    )
    const answer = await lane.infer(
      { rows: fixedBatch ?? count, inputs: part, outputs: [output] },
      deadlineMs,
    )
    const { data, width } = answer.outputs[output]!
    parts.push({ data: data.subarray(0, count * width), width })
  }
  const width = parts[0]?.width ?? 0
  const data = new Float32Array(rows * width)
  let at = 0
  for (const part of parts) {
    data.set(part.data, at)
    at += part.data.length
  }
  return { data, width }
}

/** `count` rows from `from` on, filled up to `filled` rows with the last of them. */
function slice({ data, width }: FloatTensor, from: number, count: number, filled: number): FloatTensor {
  const part = new Float32Array(filled * width)
  part.set(data.subarray(from * width, (from + count) * width))
  const last = part.subarray((count - 1) * width, count * width)
  for (let row = count; row < filled; row++) part.set(last, row * width)
  return { data: part, width }
}
