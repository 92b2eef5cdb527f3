import protobuf from 'protobufjs/light.js'

/**
 * The part of ONNX's protobuf schema that is looked at here, by its public field numbers (onnx/onnx, `onnx/onnx.proto3`).
 * A field that is not listed is passed over without being read: weights (`raw_data`, `float_data`, …) stay where they
 * are. Of `ints` and `strings` only class labels are kept (skim.ts).
 */
const field = (id: number, type: string) => ({ id, type })
const list = (id: number, type: string) => ({ id, type, rule: 'repeated' })

export const onnxMessages = {
  ModelProto: {
    fields: {
      irVersion: field(1, 'int64'),
      producerName: field(2, 'string'),
      producerVersion: field(3, 'string'),
      graph: field(7, 'GraphProto'),
      opsetImport: list(8, 'OperatorSetIdProto'),
      metadataProps: list(14, 'StringStringEntryProto'),
      trainingInfo: list(20, 'TrainingInfoProto'),
      functions: list(25, 'FunctionProto'),
    },
  },
  OperatorSetIdProto: { fields: { domain: field(1, 'string'), version: field(2, 'int64') } },
  StringStringEntryProto: { fields: { key: field(1, 'string'), value: field(2, 'string') } },
  TrainingInfoProto: {
    fields: { initialization: field(1, 'GraphProto'), algorithm: field(2, 'GraphProto') },
  },
  FunctionProto: {
    fields: {
      name: field(1, 'string'),
      node: list(7, 'NodeProto'),
      attributeProto: list(11, 'AttributeProto'),
    },
  },
  GraphProto: {
    fields: {
      node: list(1, 'NodeProto'),
      name: field(2, 'string'),
      initializer: list(5, 'TensorProto'),
      input: list(11, 'ValueInfoProto'),
      output: list(12, 'ValueInfoProto'),
      sparseInitializer: list(15, 'SparseTensorProto'),
    },
  },
  NodeProto: {
    fields: {
      input: list(1, 'string'),
      output: list(2, 'string'),
      name: field(3, 'string'),
      opType: field(4, 'string'),
      attribute: list(5, 'AttributeProto'),
      domain: field(7, 'string'),
    },
  },
  AttributeProto: {
    fields: {
      name: field(1, 'string'),
      t: field(5, 'TensorProto'),
      g: field(6, 'GraphProto'),
      ints: list(8, 'int64'),
      strings: list(9, 'bytes'),
      tensors: list(10, 'TensorProto'),
      graphs: list(11, 'GraphProto'),
      sparseTensor: field(22, 'SparseTensorProto'),
      sparseTensors: list(23, 'SparseTensorProto'),
    },
  },
  TensorProto: {
    fields: {
      name: field(8, 'string'),
      externalData: list(13, 'StringStringEntryProto'),
      dataLocation: field(14, 'int32'),
    },
  },
  SparseTensorProto: { fields: { values: field(1, 'TensorProto'), indices: field(2, 'TensorProto') } },
  ValueInfoProto: { fields: { name: field(1, 'string'), type: field(2, 'TypeProto') } },
  TypeProto: {
    fields: {
      tensorType: field(1, 'TensorTypeProto'),
      sequenceType: field(4, 'OtherTypeProto'),
      mapType: field(5, 'OtherTypeProto'),
      sparseTensorType: field(8, 'OtherTypeProto'),
      optionalType: field(9, 'OtherTypeProto'),
    },
  },
  OtherTypeProto: { fields: {} },
  TensorTypeProto: { fields: { elemType: field(1, 'int32'), shape: field(2, 'TensorShapeProto') } },
  TensorShapeProto: { fields: { dim: list(1, 'DimensionProto') } },
  DimensionProto: { fields: { dimValue: field(1, 'int64'), dimParam: field(2, 'string') } },
}

/** `TensorProto.DataLocation.EXTERNAL`. */
export const external = 1

type Integer = number | { toNumber(): number }

export interface Entry {
  key?: string
  value?: string
}
export interface TensorMessage {
  name?: string
  externalData?: Entry[]
  dataLocation?: number
}
interface SparseMessage {
  values?: TensorMessage
  indices?: TensorMessage
}
export interface AttributeMessage {
  name?: string
  ints?: Integer[]
  strings?: Uint8Array[]
  t?: TensorMessage
  g?: GraphMessage
  tensors?: TensorMessage[]
  graphs?: GraphMessage[]
  sparseTensor?: SparseMessage
  sparseTensors?: SparseMessage[]
}
export interface NodeMessage {
  input?: string[]
  output?: string[]
  name?: string
  opType?: string
  domain?: string
  attribute?: AttributeMessage[]
}
export interface TypeMessage {
  tensorType?: { elemType?: number; shape?: { dim?: { dimValue?: Integer; dimParam?: string }[] } }
  sequenceType?: object
  mapType?: object
  sparseTensorType?: object
  optionalType?: object
}
export interface ValueMessage {
  name?: string
  type?: TypeMessage
}
export interface GraphMessage {
  node?: NodeMessage[]
  name?: string
  initializer?: TensorMessage[]
  input?: ValueMessage[]
  output?: ValueMessage[]
  sparseInitializer?: SparseMessage[]
}
export interface ModelMessage {
  irVersion?: Integer
  producerName?: string
  producerVersion?: string
  graph?: GraphMessage
  opsetImport?: { domain?: string; version?: Integer }[]
  metadataProps?: Entry[]
  trainingInfo?: { initialization?: GraphMessage; algorithm?: GraphMessage }[]
  functions?: { name?: string; node?: NodeMessage[]; attributeProto?: AttributeMessage[] }[]
}

export const toNumber = (value: Integer | undefined): number =>
  typeof value === 'object' ? value.toNumber() : (value ?? 0)

/** Decodes a model that was skimmed. Throws where the bytes are no such message; the error says nothing that a person could use. */
export function decodeModel(bytes: Uint8Array): ModelMessage {
  const root = protobuf.Root.fromJSON({ nested: onnxMessages })
  const reader = protobuf.Reader.create(bytes)
  reader.discardUnknown = true
  return root.lookupType('ModelProto').decode(reader) as unknown as ModelMessage
}
