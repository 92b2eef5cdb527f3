import { type OutputTensor, scoreNames } from '#core/contracts/output-tensor.ts'
import type { Tensor, TensorData } from '../inference/lane.ts'

export type RawOutputs = Record<string, Tensor>

/** What the columns of all outputs are called: the first output's plainly, the others' with their output before them. */
export function columnNames(outputs: readonly OutputTensor[]): string[] {
  return outputs.flatMap((output, k) =>
    scoreNames(output).map((name) => (k === 0 ? name : `${output.name}/${name}`)),
  )
}

/**
 * Raw output rows → one Float32 column per class or value, output after output, `at.length` long; NaN where `at[row]` is
 * -1. `at[row]` is the row of the raw tensors that answers reading `row`. A binary output of one column is the positive
 * class. A label becomes 1 for its class and 0 for the others; one that the manifest does not list, NaN.
 */
export function toScores(
  outputs: readonly OutputTensor[],
  raw: RawOutputs | undefined,
  at: Int32Array,
): Float32Array[] {
  return outputs.flatMap((output) => scoresOf(output, raw?.[output.name], at))
}

function scoresOf(output: OutputTensor, raw: Tensor | undefined, at: Int32Array): Float32Array[] {
  const names = scoreNames(output)
  const columns = names.map(() => new Float32Array(at.length).fill(Number.NaN))
  if (!raw) return columns
  const { data, width } = raw
  if (output.activation === 'label') return labelInto(columns, names, data, width, at)
  if (Array.isArray(data)) return columns
  const single = output.kind === 'binary' && width === 1
  const positive = single ? names.indexOf(output.positive ?? '') : -1
  for (let row = 0; row < at.length; row++) {
    const source = at[row]!
    if (source < 0) continue
    const base = source * width
    if (single) {
      const p = output.activation === 'sigmoid' ? sigmoid(data[base]!) : data[base]!
      columns[positive]![row] = p
      columns[1 - positive]![row] = 1 - p
    } else if (output.activation === 'softmax') softmaxInto(columns, row, data, base)
    else
      for (let k = 0; k < columns.length; k++) {
        const x = data[base + k]!
        columns[k]![row] = output.activation === 'sigmoid' ? sigmoid(x) : x
      }
  }
  return columns
}

function labelInto(
  columns: Float32Array[],
  names: readonly string[],
  data: TensorData,
  width: number,
  at: Int32Array,
): Float32Array[] {
  for (let row = 0; row < at.length; row++) {
    if (at[row]! < 0) continue
    const known = names.indexOf(String(data[at[row]! * width]))
    if (known >= 0)
      columns.forEach((column, k) => {
        column[row] = k === known ? 1 : 0
      })
  }
  return columns
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x))

/** Shifted by the largest logit, so that no exponential overflows. */
function softmaxInto(
  columns: Float32Array[],
  row: number,
  data: Float32Array | Float64Array,
  base: number,
): void {
  let top = Number.NEGATIVE_INFINITY
  for (let k = 0; k < columns.length; k++) top = Math.max(top, data[base + k]!)
  let sum = 0
  for (let k = 0; k < columns.length; k++) sum += Math.exp(data[base + k]! - top)
  for (let k = 0; k < columns.length; k++) columns[k]![row] = Math.exp(data[base + k]! - top) / sum
}
