import { delimited, fieldsOf, sourceOf } from '#edge/package/wire.ts'
import { buildModel, type GraphSpec } from './onnx-builder.ts'

/** Field numbers of onnx/onnx `onnx/onnx.proto3`. */
const field = { graph: 7, node: 1, nodeInput: 1, nodeOutput: 2 }

/** What an output of the model is called within it, once `spliced` has put nodes behind it. */
export const before = (output: string) => `${output}, as it was`

/**
 * A model with more nodes at its end: what was its output "y" is `before('y')`, and one of the new nodes must give "y".
 * Names within it are its own: new ones should begin with "new". Everything else stays as it is, byte for byte.
 */
export function spliced(model: Buffer, output: string, more: Pick<GraphSpec, 'nodes' | 'weights'>): Buffer {
  const added = graphIn(buildModel({ inputs: [], outputs: [], ...more }))
  return mapped(model, field.graph, (graph) =>
    Buffer.concat([mapped(graph, field.node, (node) => renamed(node, output)), added]),
  )
}

function renamed(node: Buffer, output: string): Buffer {
  const rename = (name: Buffer) => (name.toString('utf8') === output ? Buffer.from(before(output)) : name)
  return mapped(mapped(node, field.nodeInput, rename), field.nodeOutput, rename)
}

/** A message with each field of this number as `change` has it. */
function mapped(message: Buffer, id: number, change: (contents: Buffer) => Buffer): Buffer {
  const parts = [...fieldsOf(sourceOf(message))].map((each) =>
    each.id === id
      ? delimited(id, change(message.subarray(each.from, each.end)))
      : message.subarray(each.start, each.end),
  )
  return Buffer.concat(parts)
}

function graphIn(model: Buffer): Buffer {
  const graph = [...fieldsOf(sourceOf(model))].find(({ id }) => id === field.graph)
  if (!graph) throw new Error('the model has no graph')
  // Its name would take the other's place.
  const parts = [...fieldsOf(sourceOf(model), graph.from, graph.end)].filter(({ id }) => id !== 2)
  return Buffer.concat(parts.map(({ start, end }) => model.subarray(start, end)))
}
