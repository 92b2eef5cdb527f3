import type { OnnxModel } from './onnx-model.ts'
import type { GraphMessage, NodeMessage } from './onnx-proto.ts'
import { makersOf } from './zip-map.ts'

/** What can be put to a model through onnxruntime-node's tensors. */
const fed = new Set([
  'float32',
  'float64',
  'float16',
  'int8',
  'int16',
  'int32',
  'int64',
  'uint8',
  'uint16',
  'uint32',
  'uint64',
  'bool',
  'string',
])
const notTensors: Record<string, string> = {
  sequence: 'a sequence',
  map: 'a map',
  'sparse tensor': 'a sparse tensor',
  optional: 'an optional value',
}

export const isTensor = (dtype: string | undefined) => dtype === undefined || !(dtype in notTensors)

/**
 * Why a graph can never run, in one sentence; undefined where nothing is seen. What only onnxruntime knows (operators,
 * types, shapes) is left to it.
 */
export function graphProblem(
  graph: GraphMessage,
  { inputs, outputs }: Pick<OnnxModel, 'inputs' | 'outputs'>,
): string | undefined {
  if (outputs.length === 0) return 'its graph has no output: name what it answers when it is exported'
  for (const { name, dtype } of inputs) {
    if (name === '') return 'one of its inputs has no name'
    if (dtype === undefined || fed.has(dtype)) continue
    return `input "${name}" takes ${notTensors[dtype] ?? dtype}, which cannot be given to it: export the model with tensors of numbers or texts`
  }
  return namedTwice(graph) ?? notMade(graph) ?? circle(graph.node ?? [])
}

function namedTwice({ input = [], output = [], node = [] }: GraphMessage): string | undefined {
  const twice = (names: Iterable<string>) => {
    const seen = new Set<string>()
    for (const name of names) if (name !== '' && seen.size === seen.add(name).size) return name
    return undefined
  }
  const names = (values: { name?: string }[]) => values.map(({ name = '' }) => name)
  const out = twice(names(output))
  if (out !== undefined) return `it names two outputs "${out}"`
  const made = twice([...names(input), ...node.flatMap((one) => one.output ?? [])])
  return made === undefined ? undefined : `two values of its graph have the name "${made}"`
}

function notMade({
  input = [],
  output = [],
  node = [],
  initializer = [],
  sparseInitializer = [],
}: GraphMessage): string | undefined {
  const there = new Set<string | undefined>([''])
  for (const { name } of [...input, ...initializer, ...sparseInitializer.map(({ values }) => values ?? {})])
    there.add(name)
  for (const { output: values = [] } of node) for (const value of values) there.add(value)
  for (const one of node) {
    const lacking = one.input?.find((value) => !there.has(value))
    if (lacking !== undefined)
      return `its node ${spoken(one)} takes "${lacking}", which nothing in the graph makes`
  }
  const unmade = output.find(({ name }) => !there.has(name))
  return unmade && `nothing in its graph makes the output "${unmade.name}"`
}

/** A node that waits for itself, found by taking away what waits for nothing (Kahn 1962). */
function circle(nodes: readonly NodeMessage[]): string | undefined {
  const makers = makersOf(nodes)
  const before = nodes.map(
    ({ input = [] }) => new Set(input.map((value) => makers.get(value)).filter((at) => at !== undefined)),
  )
  const after: number[][] = nodes.map(() => [])
  for (const [at, froms] of before.entries()) for (const from of froms) after[from]!.push(at)
  const waitsFor = before.map(({ size }) => size)
  const ready = waitsFor.flatMap((count, at) => (count === 0 ? [at] : []))
  for (let at = ready.pop(); at !== undefined; at = ready.pop())
    for (const next of after[at]!) if (--waitsFor[next]! === 0) ready.push(next)
  let at = waitsFor.findIndex((count) => count > 0)
  if (at < 0) return undefined
  // Backwards from any that still waits, one comes again.
  const way: number[] = []
  for (; !way.includes(at); at = [...before[at]!].find((from) => waitsFor[from]! > 0)!) way.push(at)
  const names = way
    .slice(way.indexOf(at))
    .reverse()
    .slice(0, 4)
    .map((place) => spoken(nodes[place]!))
  return `its graph goes in a circle: ${[...names, names[0]].join(' → ')}`
}

const spoken = ({ name, opType }: NodeMessage) => (name ? `"${name}" (${opType})` : `${opType}`)
