import type { OutputTensor } from '#core/contracts/manifest.ts'
import type { FloatTensor } from '../inference/lane.ts'

/** What the scores of an output are called, column by column. */
export function scoreNames(output: OutputTensor): string[] {
  return output.kind === 'regression' ? ['value'] : output.classes
}

/**
 * Raw output rows → one Float32 column per class (or one 'value' column), `rows` long; NaN where `at[row]` is -1.
 * `at[row]` is the row of `raw` that answers reading `row`. A binary output of one column is the positive class.
 */
export function toScores(output: OutputTensor, raw: FloatTensor | undefined, at: Int32Array): Float32Array[] {
  const names = scoreNames(output)
  const columns = names.map(() => new Float32Array(at.length).fill(Number.NaN))
  if (!raw) return columns
  const { data, width } = raw
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

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x))

/** Shifted by the largest logit, so that no exponential overflows. */
function softmaxInto(columns: Float32Array[], row: number, data: Float32Array, base: number): void {
  let top = Number.NEGATIVE_INFINITY
  for (let k = 0; k < columns.length; k++) top = Math.max(top, data[base + k]!)
  let sum = 0
  for (let k = 0; k < columns.length; k++) sum += Math.exp(data[base + k]! - top)
  for (let k = 0; k < columns.length; k++) columns[k]![row] = Math.exp(data[base + k]! - top) / sum
}
