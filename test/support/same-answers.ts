import type { Decision, Said } from '#core/contracts/decision.ts'
import { featuresOf, rowShapeOf } from '#core/contracts/input-tensor.ts'
import type { Manifest } from '#core/contracts/manifest.ts'
import type { OutputTensor } from '#core/contracts/output-tensor.ts'
import type { Reading, Value } from '#core/contracts/reading.ts'
import type { TestEdge } from './edge.ts'

type Cell = number | string | boolean
/** Per output: rows × width, as onnxruntime answers when it is asked directly. */
export type Expected = Record<string, unknown[]>

/** Two numbers apart, relative to the second where that is above 1. NaN where one of them is missing. */
const apart = (found: number | undefined, wanted: number) =>
  Math.abs((found ?? Number.NaN) - wanted) / Math.max(1, Math.abs(wanted))
const cells = (row: unknown) => [row].flat(8) as Cell[]

/** The largest difference between decisions and what the raw outputs mean. @throws where a label differs */
export function differences(manifest: Manifest, decisions: readonly Decision[], expected: Expected): number {
  let largest = 0
  manifest.outputs.forEach((output, k) => {
    decisions.forEach((decision, row) => {
      const said: Said | undefined = k === 0 ? decision : decision.outputs?.[output.name]
      if (!said) throw new Error(`output "${output.name}" is not in the decision`)
      const found = distance(output, said, cells(expected[output.name]![row]))
      if (!(found <= largest)) largest = found
    })
  })
  return largest
}

/** Written anew and not taken from what is tested: what a row of an output means. */
function distance(output: OutputTensor, said: Said, raw: readonly Cell[]): number {
  const { activation, kind, classes, positive, targets } = output
  if (activation === 'label') {
    if (said.label !== String(raw[0])) throw new Error(`label ${said.label}, not ${raw[0]}`)
    return 0
  }
  const numbers = raw.map(Number)
  const powers = numbers.map((x) => Math.exp(x - Math.max(...numbers)))
  const sum = powers.reduce((a, b) => a + b, 0)
  const wanted =
    activation === 'sigmoid'
      ? numbers.map((x) => 1 / (1 + Math.exp(-x)))
      : activation === 'softmax'
        ? powers.map((x) => x / sum)
        : numbers
  const worst = (found: Record<string, number> | undefined, names: readonly string[]) =>
    Math.max(...names.map((name, k) => apart(found?.[name], wanted[k]!)))
  if (kind === 'regression') return targets ? worst(said.targets, targets) : apart(said.value, wanted[0]!)
  if (kind !== 'binary') return worst(said.classes, classes)
  return apart(said.probability, wanted.length === 1 ? wanted[0]! : wanted[classes.indexOf(positive!)]!)
}

const datatypes: Record<string, string> = {
  float32: 'FP32',
  float64: 'FP64',
  float16: 'FP16',
  int64: 'INT64',
  int32: 'INT32',
  int16: 'INT16',
  int8: 'INT8',
  uint64: 'UINT64',
  uint32: 'UINT32',
  uint16: 'UINT16',
  uint8: 'UINT8',
  bool: 'BOOL',
  string: 'BYTES',
}

/**
 * A request of the Open Inference Protocol for readings; undefined for windows, which it does not take. `sent` can
 * put something else into its place.
 */
export function inferRequest(
  { inputs: { tensors, features } }: Manifest,
  readings: readonly Reading[],
  sent: (value: Value) => Value = (value) => value,
): object | undefined {
  if (tensors.some(({ kind }) => kind === 'window')) return undefined
  return {
    inputs: tensors.flatMap((tensor) => {
      if (tensor.kind === 'constant') return []
      const names = featuresOf(tensor)
      const length = features.find(({ name }) => name === names[0])?.length ?? 0
      const row = tensor.kind === 'image' ? [] : rowShapeOf(tensor, length)
      return {
        name: tensor.name,
        shape: [readings.length, ...row],
        datatype: tensor.kind === 'image' ? 'BYTES' : datatypes[tensor.dtype],
        data: readings.flatMap(({ values }) => names.flatMap((name) => [values[name]!].flat().map(sent))),
      }
    }),
  }
}

/** The largest difference between the model's own outputs over the Open Inference Protocol and onnxruntime's. */
export async function rawDifference(
  edge: TestEdge,
  manifest: Manifest,
  readings: readonly Reading[],
  expected: Expected,
): Promise<number | null> {
  const request = inferRequest(manifest, readings)
  if (!request) return null
  const { outputs } = await edge.client.json<{ outputs: { name: string; data: Cell[] }[] }>(
    'POST',
    `/v2/models/${manifest.id}/infer`,
    request,
  )
  const worst = outputs.flatMap(({ name, data }) => {
    const wanted = expected[name]!.slice(0, readings.length).flatMap(cells)
    if (wanted.length !== data.length) return [Number.NaN]
    return wanted.map((x, k) =>
      typeof x === 'string' ? Number(data[k] !== x) : apart(Number(data[k]), Number(x)),
    )
  })
  return worst.some(Number.isNaN) ? Number.NaN : worst.reduce((a, b) => Math.max(a, b), 0)
}
