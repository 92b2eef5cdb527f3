import {
  type AttributeMessage,
  decodeModel,
  type Entry,
  external,
  type GraphMessage,
  type ModelMessage,
  type NodeMessage,
  type TensorMessage,
  toNumber,
  type ValueMessage,
} from './onnx-proto.ts'
import { skim } from './skim.ts'
import { type Source, sourceOf } from './wire.ts'

/** An input or output as the graph declares it. */
export interface DeclaredTensor {
  name: string
  /** 'float32', …; 'sequence', 'map', … for what is no tensor; undefined where the graph does not say. */
  dtype?: string
  /** A symbolic dimension is a text, an undeclared one ''; undefined where no shape is declared. */
  shape?: (number | string)[]
}

/** A place outside the graph's file from which a tensor takes its data. */
export interface ExternalPart {
  tensor: string
  /** As the model writes it: not yet checked. */
  location: string
  offset: number
  /** Undefined: up to the end of the file. */
  length?: number
}

export interface OnnxModel {
  irVersion: number
  producer: string
  opsets: { domain: string; version: number }[]
  metadata: Record<string, string>
  inputs: DeclaredTensor[]
  outputs: DeclaredTensor[]
  external: ExternalPart[]
}

/** TensorProto.DataType, named as onnxruntime names them. */
const dtypes = [
  undefined,
  'float32',
  'uint8',
  'int8',
  'uint16',
  'int16',
  'int32',
  'int64',
  'string',
  'bool',
  'float16',
  'float64',
  'uint32',
  'uint64',
  'complex64',
  'complex128',
  'bfloat16',
]

/** What the graph says of itself. Throws a plain sentence where the bytes are no ONNX model. */
export const parseOnnx = (bytes: Uint8Array): OnnxModel => readOnnx(sourceOf(bytes)).onnx

/** Reads a model without its weights. Throws a plain sentence where it is no ONNX model. */
export function readOnnx(source: Source): { onnx: OnnxModel; graph: GraphMessage } {
  let model: ModelMessage
  try {
    model = decodeModel(skim(source))
  } catch (cause) {
    throw new Error(
      `reading its ${source.size} bytes as ONNX fails (${cause instanceof Error ? cause.message : String(cause)}): it is cut short or damaged, or it is another kind of file`,
      { cause },
    )
  }
  const { graph } = model
  if (!graph || !model.opsetImport?.length || toNumber(model.irVersion) < 1)
    throw new Error('it is no ONNX model: it has no graph, or no operator set')
  if (!graph.node?.length) throw new Error('its graph is empty')
  // Before IR version 4 every weight was listed as an input, too.
  const weights = new Set(graph.initializer?.map((tensor) => tensor.name))
  const onnx: OnnxModel = {
    irVersion: toNumber(model.irVersion),
    producer: [model.producerName, model.producerVersion].filter(Boolean).join(' '),
    opsets: model.opsetImport.map(({ domain, version }) => ({
      domain: domain ?? '',
      version: toNumber(version),
    })),
    metadata: entries(model.metadataProps),
    inputs: (graph.input ?? []).filter(({ name }) => !weights.has(name)).map(declared),
    outputs: (graph.output ?? []).map(declared),
    external: [...tensorsOf(model)].flatMap(externalPart),
  }
  return { onnx, graph }
}

function declared({ name, type }: ValueMessage): DeclaredTensor {
  const tensor = type?.tensorType
  if (tensor) {
    // Some exporters write −1 for an open axis; onnxruntime takes it so.
    const shape = tensor.shape?.dim?.map(({ dimValue, dimParam }) => {
      const size = toNumber(dimValue)
      return size > 0 ? size : (dimParam ?? '')
    })
    const dtype =
      dtypes[tensor.elemType ?? 0] ?? (tensor.elemType ? `element type ${tensor.elemType}` : undefined)
    return {
      name: name ?? '',
      ...(dtype !== undefined && { dtype }),
      ...(tensor.shape && { shape: shape ?? [] }),
    }
  }
  const other = type?.sequenceType
    ? 'sequence'
    : type?.mapType
      ? 'map'
      : type?.sparseTensorType
        ? 'sparse tensor'
        : type?.optionalType
          ? 'optional'
          : undefined
  return { name: name ?? '', ...(other !== undefined && { dtype: other }) }
}

const entries = (list: Entry[] | undefined) =>
  Object.fromEntries((list ?? []).map(({ key, value }) => [key ?? '', value ?? '']))

/** Every tensor of the file: initializers, and constants in attributes, however deep the graph or the function. */
function* tensorsOf(model: ModelMessage): Generator<TensorMessage> {
  const graphs: GraphMessage[] = []
  const add = (graph: GraphMessage | undefined) => graph && graphs.push(graph)
  add(model.graph)
  for (const { initialization, algorithm } of model.trainingInfo ?? []) {
    add(initialization)
    add(algorithm)
  }
  for (const { node, attributeProto } of model.functions ?? []) {
    yield* inNodes(node, add)
    yield* inAttributes(attributeProto, add)
  }
  for (let graph = graphs.pop(); graph; graph = graphs.pop()) {
    yield* graph.initializer ?? []
    for (const sparse of graph.sparseInitializer ?? []) yield* ofSparse(sparse)
    yield* inNodes(graph.node, add)
  }
}

function* inNodes(
  nodes: NodeMessage[] | undefined,
  add: (graph: GraphMessage) => void,
): Generator<TensorMessage> {
  for (const node of nodes ?? []) yield* inAttributes(node.attribute, add)
}

function* inAttributes(
  attributes: AttributeMessage[] | undefined,
  add: (graph: GraphMessage) => void,
): Generator<TensorMessage> {
  for (const attribute of attributes ?? []) {
    if (attribute.t) yield attribute.t
    yield* attribute.tensors ?? []
    for (const sparse of [attribute.sparseTensor, ...(attribute.sparseTensors ?? [])])
      if (sparse) yield* ofSparse(sparse)
    for (const graph of [attribute.g, ...(attribute.graphs ?? [])]) if (graph) add(graph)
  }
}

const ofSparse = ({ values, indices }: { values?: TensorMessage; indices?: TensorMessage }) =>
  [values, indices].filter((tensor) => tensor !== undefined && tensor !== null)

function externalPart(tensor: TensorMessage): ExternalPart[] {
  const where = entries(tensor.externalData)
  if (tensor.dataLocation !== external && Object.keys(where).length === 0) return []
  return [
    {
      tensor: tensor.name || 'a constant',
      location: where['location'] ?? '',
      offset: Number(where['offset'] ?? 0),
      ...(where['length'] !== undefined && { length: Number(where['length']) }),
    },
  ]
}
