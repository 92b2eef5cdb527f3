import { EdgewrightError } from '#core/contracts/errors.ts'
import { dtypeSchema, rowShapeOf } from '#core/contracts/input-tensor.ts'
import type { Manifest } from '#core/contracts/manifest.ts'
import { type OutputTensor, scoreNames } from '#core/contracts/output-tensor.ts'
import type { LaneModel } from '../inference/lane.ts'
import type { DeclaredTensor } from './onnx-model.ts'

const shapeOf = ({ shape }: DeclaredTensor) =>
  shape ? ` [${shape.map((dim) => dim || '?').join(', ')}]` : ''
const refuse = (why: string, hint?: string) =>
  new EdgewrightError('model-refused', why, hint === undefined ? {} : { hint })

const isDtype = (dtype: string | undefined) => dtype === undefined || dtypeSchema.safeParse(dtype).success
/** More columns than these are no answer that a decision could be made of: a mask, an embedding. */
export const maxColumns = 1000

/**
 * Whether a graph is one that can be served: inputs of numbers, booleans or texts, and at least one output that is a
 * number, a text or a short row of numbers per row.
 * @throws EdgewrightError model-refused, naming the tensor, its type and its shape
 */
export function checkScope(model: {
  inputs: readonly DeclaredTensor[]
  outputs: readonly DeclaredTensor[]
}): {
  usable: DeclaredTensor[]
  leftOut: { name: string; why: string }[]
} {
  if (model.inputs.length === 0) throw refuse('the model has no input')
  for (const input of model.inputs)
    if (!isDtype(input.dtype))
      throw refuse(
        `input "${input.name}"${shapeOf(input)} takes ${input.dtype}, which no reading can be made into`,
        'Export the model with inputs of numbers, booleans or texts.',
      )
  const leftOut: { name: string; why: string }[] = []
  const usable: DeclaredTensor[] = []
  for (const output of model.outputs) {
    const why = whyNoOutput(output)
    if (why) leftOut.push({ name: output.name, why })
    else usable.push(output)
  }
  if (usable.length > 0) return { usable, leftOut }
  throw refuse(
    `the model gives nothing that a decision can be made of: ${leftOut.map(({ name, why }) => `"${name}" is ${why}`).join(', ') || 'it has no output'}`,
    'Export the model with an output [rows, columns] of probabilities, values or labels.',
  )
}

function whyNoOutput({ dtype, shape }: DeclaredTensor): string | undefined {
  if (!isDtype(dtype)) return dtype
  const width =
    shape?.slice(1).reduce<number>((size, dim) => size * (typeof dim === 'number' ? dim : 1), 1) ?? 1
  if (width > maxColumns)
    return `${width} values per row (${dtype ?? 'tensor'}${shapeOf({ name: '', shape: shape ?? [] })})`
  return undefined
}

/** Where a manifest and the loaded session contradict each other: a sentence each. */
export function tensorProblems(
  { inputs, outputs, operation }: Manifest,
  session: Pick<LaneModel, 'inputs' | 'outputs'>,
): string[] {
  const wrong: string[] = []
  const series = new Map(inputs.features.map(({ name, length }) => [name, length]))
  for (const tensor of inputs.tensors) {
    const { name } = tensor
    const found = session.inputs.find((input) => input.name === name)
    if (!found) {
      wrong.push(`inputs.tensors: the model has no input "${name}"; it has ${names(session.inputs)}`)
      continue
    }
    if (found.dtype !== tensor.dtype)
      wrong.push(`inputs.tensors: the model's input "${name}" takes ${found.dtype}, not ${tensor.dtype}`)
    if (tensor.kind === 'constant' || found.shape.length === 0) continue
    const row = rowShapeOf(tensor, tensor.kind === 'series' ? series.get(tensor.features[0]!) : 0)
    const [rows, ...declared] = operation.noBatchAxis ? [1, ...found.shape] : found.shape
    if (
      declared.length !== row.length ||
      declared.some((dim, k) => typeof dim === 'number' && dim !== row[k])
    )
      wrong.push(
        tensor.kind === 'columns' && tensor.shape === undefined && declared.length === 1
          ? `inputs.tensors: the model's input "${name}" takes ${declared[0]} columns, and ${tensor.features.length} features are bound to it`
          : `inputs.tensors: the model's input "${name}" takes rows of [${declared.join(', ')}], and [${row.join(', ')}] is bound to it`,
      )
    if (typeof rows === 'number' && rows !== operation.fixedBatch && rows > 0)
      wrong.push(
        `operation.fixedBatch: the model takes exactly ${rows} rows at a time, so this must be ${rows}`,
      )
  }
  for (const { name } of session.inputs)
    if (!inputs.tensors.some((tensor) => tensor.name === name))
      wrong.push(`inputs.tensors: nothing is bound to the model's input "${name}"`)
  for (const output of outputs) {
    const found = session.outputs.find(({ name }) => name === output.name)
    if (!found)
      wrong.push(`outputs: the model has no output "${output.name}"; it has ${names(session.outputs)}`)
    else if (!isDtype(found.dtype))
      wrong.push(`outputs: the model's output "${output.name}" is ${found.dtype}, which cannot be read`)
    else if (found.dtype === 'string' && output.activation !== 'label')
      wrong.push(`outputs: the model's output "${output.name}" is a text: its "activation" must be "label"`)
  }
  return wrong
}

/** Whether an output's columns are as many as its meaning needs; undefined where they are. */
export function widthProblem(output: OutputTensor, width: number): string | undefined {
  const { name, kind, classes, activation } = output
  if (activation === 'label')
    return width === 1 ? undefined : `outputs: "${name}" has ${width} columns, and a label has one`
  const wanted = scoreNames(output).length
  const fits = kind === 'binary' ? width === 1 || width === 2 : width === wanted
  if (!fits) {
    const needed =
      kind === 'regression'
        ? wanted === 1
          ? '1 column (name several in "targets")'
          : `${wanted} columns, one for each target`
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
