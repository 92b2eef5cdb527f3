import protobuf from 'protobufjs/light.js'
import { onnxMessages } from '#edge/package/onnx-proto.ts'

/**
 * Writes small ONNX models, so that tests make their models themselves. The schema is the reader's, plus the fields
 * that only a writer needs (public field numbers, onnx/onnx `onnx/onnx.proto3`).
 */
const field = (id: number, type: string) => ({ id, type })
const list = (id: number, type: string) => ({ id, type, rule: 'repeated' })
/** Number by number, as ONNX's own schema (proto2) has its writers do. */
const unpacked = (id: number, type: string) => ({ ...list(id, type), options: { packed: false } })

const writerFields: Record<string, Record<string, protobuf.IField>> = {
  NodeProto: { input: list(1, 'string'), output: list(2, 'string') },
  AttributeProto: {
    f: field(2, 'float'),
    i: field(3, 'int64'),
    s: field(4, 'bytes'),
    floats: unpacked(7, 'float'),
    ints: unpacked(8, 'int64'),
    strings: list(9, 'bytes'),
    type: field(20, 'int32'),
  },
  TensorProto: { dims: list(1, 'int64'), dataType: field(2, 'int32'), rawData: field(9, 'bytes') },
  OtherTypeProto: { elemType: field(1, 'TypeProto') },
  MapTypeProto: { keyType: field(1, 'int32'), valueType: field(2, 'TypeProto') },
  TypeProto: { mapType: field(5, 'MapTypeProto') },
}

const messages: Record<string, { fields: Record<string, protobuf.IField> }> = {
  ...onnxMessages,
  MapTypeProto: { fields: {} },
}
const nested = Object.fromEntries(
  Object.entries(messages).map(([name, { fields }]) => [
    name,
    { fields: { ...fields, ...writerFields[name] } },
  ]),
)

export const elementTypes = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
  complex64: 14,
  bfloat16: 16,
} as const
export type ElementType = keyof typeof elementTypes
/** A sequence of tensors, ZipMap's sequences of maps, and what else is no tensor. */
export type OtherType = 'sequence' | 'optional' | 'sparse' | 'sequence(map(int64))' | 'sequence(map(string))'
/** AttributeProto.AttributeType. */
const attributeTypes = { f: 1, i: 2, s: 3, t: 4, g: 5, floats: 6, ints: 7, strings: 8 } as const

export interface TensorDeclaration {
  name: string
  type: ElementType | OtherType
  /** A text is a symbolic dimension; undefined: no shape is declared. */
  shape?: (number | string)[]
}

export interface Weights {
  name: string
  type?: 'float32' | 'int64' | 'bool'
  dims: number[]
  data: readonly number[] | Float32Array
  /** Kept outside the model's file, under this location as the model writes it. */
  external?: { location: string; offset?: number; length?: number }
}

export type AttributeValue =
  | { f: number }
  | { i: number }
  | { s: string }
  | { ints: number[] }
  | { floats: number[] }
  | { strings: string[] }
  | { t: Weights }
  | { g: GraphSpec }

export interface NodeSpec {
  op: string
  inputs: string[]
  outputs: string[]
  domain?: string
  attributes?: Record<string, AttributeValue>
}

export interface GraphSpec {
  inputs: TensorDeclaration[]
  outputs: TensorDeclaration[]
  nodes: NodeSpec[]
  weights?: Weights[]
}

export interface ModelSpec extends GraphSpec {
  opset?: number
  irVersion?: number
  /** Further operator sets, such as `ai.onnx.ml`. */
  domains?: Record<string, number>
  metadata?: Record<string, string>
}

export const node = (
  op: string,
  inputs: string[],
  outputs: string[],
  attributes: NodeSpec['attributes'] = {},
): NodeSpec => ({ op, inputs, outputs, attributes })

/** float32 weights. */
export const weights = (name: string, dims: number[], data: readonly number[]): Weights => ({
  name,
  dims,
  data,
})

/** The bytes of weights, little-endian, as they stand in the file or outside it. */
export function weightBytes({ type = 'float32', data }: Weights): Buffer {
  if (type === 'int64') return Buffer.from(BigInt64Array.from([...data], BigInt).buffer)
  return Buffer.from(type === 'bool' ? new Uint8Array(data).buffer : new Float32Array(data).buffer)
}

/** Serialises a model. */
export function buildModel(spec: ModelSpec): Buffer {
  const model = {
    irVersion: spec.irVersion ?? 8,
    producerName: 'edgewright tests',
    opsetImport: [
      { domain: '', version: spec.opset ?? 13 },
      ...Object.entries(spec.domains ?? {}).map(([domain, version]) => ({ domain, version })),
    ],
    metadataProps: Object.entries(spec.metadata ?? {}).map(([key, value]) => ({ key, value })),
    graph: graph(spec),
  }
  const type = protobuf.Root.fromJSON({ nested }).lookupType('ModelProto')
  return Buffer.from(type.encode(type.fromObject(model)).finish())
}

function graph({ inputs, outputs, nodes, weights: tensors = [] }: GraphSpec): object {
  return {
    name: 'g',
    input: inputs.map(declaration),
    output: outputs.map(declaration),
    initializer: tensors.map(tensor),
    node: nodes.map(({ op, inputs: input, outputs: output, domain, attributes = {} }) => ({
      opType: op,
      input,
      output,
      ...(domain !== undefined && { domain }),
      attribute: Object.entries(attributes).map(([name, value]) => attribute(name, value)),
    })),
  }
}

function declaration({ name, type, shape }: TensorDeclaration): object {
  const dim = shape?.map((size) =>
    typeof size === 'number' ? { dimValue: size } : size === '' ? {} : { dimParam: size },
  )
  const tensorType = {
    elemType: type in elementTypes ? elementTypes[type as ElementType] : elementTypes.float32,
    ...(dim && { shape: { dim } }),
  }
  return { name, type: declaredType(type, tensorType) }
}

function declaredType(type: TensorDeclaration['type'], tensorType: object): object {
  const mapOf = (keyType: number) => ({ mapType: { keyType, valueType: { tensorType } } })
  switch (type) {
    case 'sequence':
      return { sequenceType: { elemType: { tensorType } } }
    case 'optional':
      return { optionalType: { elemType: { tensorType } } }
    case 'sparse':
      return { sparseTensorType: {} }
    case 'sequence(map(int64))':
      return { sequenceType: { elemType: mapOf(elementTypes.int64) } }
    case 'sequence(map(string))':
      return { sequenceType: { elemType: mapOf(elementTypes.string) } }
    default:
      return { tensorType }
  }
}

function tensor(spec: Weights): object {
  const { name, dims, type = 'float32', external } = spec
  const base = { name, dims, dataType: elementTypes[type] }
  if (!external) return { ...base, rawData: weightBytes(spec) }
  const { location, offset = 0, length = weightBytes(spec).length } = external
  const entries = { location, offset: String(offset), length: String(length) }
  return {
    ...base,
    dataLocation: 1,
    externalData: Object.entries(entries).map(([key, value]) => ({ key, value })),
  }
}

function attribute(name: string, value: AttributeValue): object {
  const [kind, content] = Object.entries(value)[0]! as [keyof typeof attributeTypes, unknown]
  const written =
    kind === 't'
      ? tensor(content as Weights)
      : kind === 'g'
        ? graph(content as GraphSpec)
        : kind === 's'
          ? Buffer.from(content as string)
          : kind === 'strings'
            ? (content as string[]).map((text) => Buffer.from(text))
            : content
  return { name, type: attributeTypes[kind], [kind]: written }
}
