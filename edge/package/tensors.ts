import { EdgewrightError } from '#core/contracts/errors.ts'
import type { Manifest } from '#core/contracts/manifest.ts'
import type { InputWidth } from '#core/package/select-columns.ts'
import type { LaneModel } from '../inference/lane.ts'
import type { DeclaredTensor, OnnxModel } from './onnx-model.ts'

const shapeOf = ({ shape }: DeclaredTensor) =>
  shape ? ` [${shape.map((dim) => dim || '?').join(', ')}]` : ''
const refuse = (why: string, hint?: string) =>
  new EdgewrightError('model-refused', why, hint === undefined ? {} : { hint })

const castHint =
  'Only tables of float32 are built yet. Export the model with float32 inputs of the shape [rows, columns].'

/**
 * Whether a graph is one that can be served yet: float32 inputs [rows, columns], and at least one float32 output.
 * @throws EdgewrightError model-refused, naming the tensor, its type and its shape
 */
export function checkScope(model: OnnxModel): {
  usable: DeclaredTensor[]
  leftOut: { name: string; why: string }[]
} {
  if (model.inputs.length === 0) throw refuse('the model has no input')
  for (const input of model.inputs) {
    if (input.dtype !== undefined && input.dtype !== 'float32')
      throw refuse(`input "${input.name}"${shapeOf(input)} takes ${input.dtype}, not float32`, castHint)
    if (input.shape && input.shape.length !== 2)
      throw refuse(
        `input "${input.name}" has the shape${shapeOf(input)}, which is no table [rows, columns]`,
        castHint,
      )
  }
  const leftOut: { name: string; why: string }[] = []
  const usable: DeclaredTensor[] = []
  for (const output of model.outputs) {
    const why = whyNoOutput(output)
    if (why) leftOut.push({ name: output.name, why })
    else usable.push(output)
  }
  if (usable.length > 0) return { usable, leftOut }
  const zipMap = model.outputs.some(({ dtype }) => dtype === 'sequence' || dtype === 'map')
  throw refuse(
    `the model gives no float32 table: ${leftOut.map(({ name, why }) => `"${name}" is ${why}`).join(', ') || 'it has no output'}`,
    zipMap
      ? "Export the model again without scikit-learn's ZipMap: skl2onnx's options={'zipmap': False}."
      : castHint,
  )
}

function whyNoOutput({ dtype, shape }: DeclaredTensor): string | undefined {
  if (dtype !== undefined && dtype !== 'float32') return dtype
  if (shape && (shape.length === 0 || shape.length > 2)) return `float32 of the shape [${shape.join(', ')}]`
  return undefined
}

/** What the last axes of the inputs take. */
export const inputWidths = (model: OnnxModel): InputWidth[] =>
  model.inputs.map(({ name, shape }) =>
    typeof shape?.[1] === 'number' ? { name, width: shape[1] } : { name },
  )

/** The number of rows that the graph takes at a time; undefined where any. */
export function fixedBatchOf(model: OnnxModel): number | undefined {
  const fixed = model.inputs.map(({ shape }) => shape?.[0]).find((dim) => typeof dim === 'number')
  return fixed as number | undefined
}

/** Where a manifest and the loaded session contradict each other: a sentence each. */
export function tensorProblems(
  { inputs, outputs, operation }: Manifest,
  session: Pick<LaneModel, 'inputs' | 'outputs'>,
): string[] {
  const wrong: string[] = []
  for (const { name, features } of inputs.tensors) {
    const found = session.inputs.find((input) => input.name === name)
    if (!found) {
      wrong.push(`inputs.tensors: the model has no input "${name}"; it has ${names(session.inputs)}`)
      continue
    }
    const [rows, width] = found.shape
    if (found.dtype !== 'float32')
      wrong.push(`inputs.tensors: the model's input "${name}" takes ${found.dtype}, not float32`)
    if (typeof width === 'number' && width !== features.length)
      wrong.push(
        `inputs.tensors: the model's input "${name}" takes ${width} columns, and ${features.length} features are bound to it`,
      )
    if (typeof rows === 'number' && rows !== operation.fixedBatch)
      wrong.push(
        `operation.fixedBatch: the model takes exactly ${rows} rows at a time, so this must be ${rows}`,
      )
  }
  for (const { name } of session.inputs)
    if (!inputs.tensors.some((tensor) => tensor.name === name))
      wrong.push(`inputs.tensors: nothing is bound to the model's input "${name}"`)
  const output = outputs[0]!
  const found = session.outputs.find(({ name }) => name === output.name)
  if (!found)
    wrong.push(`outputs: the model has no output "${output.name}"; it has ${names(session.outputs)}`)
  else if (found.dtype !== 'float32')
    wrong.push(`outputs: the model's output "${output.name}" is ${found.dtype}, not float32`)
  return wrong
}

/** Whether an output's columns are as many as its meaning needs; undefined where they are. */
export function widthProblem({ outputs }: Manifest, width: number): string | undefined {
  const { name, kind, classes, activation } = outputs[0]!
  const fits =
    kind === 'regression'
      ? width === 1
      : kind === 'binary'
        ? width === 1 || width === 2
        : width === classes.length
  if (!fits) {
    const needed =
      kind === 'regression'
        ? '1 column'
        : kind === 'binary'
          ? '1 or 2 columns'
          : `${classes.length} columns, one for each class`
    return `outputs: "${name}" has ${width} columns, and ${kind} needs ${needed}`
  }
  if (activation === 'softmax' && width === 1)
    return `outputs: "${name}" has one column, and a softmax of one column is always 1`
  return undefined
}

const names = (tensors: readonly { name: string }[]) => tensors.map(({ name }) => `"${name}"`).join(', ')
