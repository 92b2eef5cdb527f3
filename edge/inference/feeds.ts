import * as ort from 'onnxruntime-node'
import type { FedTensor, Tensor, TensorInfo } from './lane.ts'

/** Between plain numbers or texts and the element types of a graph (onnx.TensorProto.DataType, as onnxruntime names them). */

type Numbers = Float32Array | Float64Array

/**
 * onnxruntime-common wraps float16 in a Float16Array where there is one, and onnxruntime-node 1.30 reads that as empty.
 * Without one it keeps to the bits, which both understand.
 */
const Halves = Float16Array
export const hideFloat16 = (): boolean => Reflect.deleteProperty(globalThis, 'Float16Array')

const big = (data: Numbers, Of: typeof BigInt64Array | typeof BigUint64Array) => {
  const out = new Of(data.length)
  for (let i = 0; i < data.length; i++) out[i] = BigInt(Math.trunc(data[i]!))
  return out
}

/** How the numbers of a fed tensor become those of the graph. Whether they fit was checked before they came here. */
const from: Record<string, (data: Numbers) => ort.Tensor['data']> = {
  float32: (data) => (data instanceof Float32Array ? data : Float32Array.from(data)),
  float64: (data) => (data instanceof Float64Array ? data : Float64Array.from(data)),
  float16: (data) => new Uint16Array(Halves.from(data).buffer) as unknown as ort.Tensor['data'],
  int64: (data) => big(data, BigInt64Array),
  uint64: (data) => big(data, BigUint64Array),
  int32: (data) => Int32Array.from(data),
  uint32: (data) => Uint32Array.from(data),
  int16: (data) => Int16Array.from(data),
  uint16: (data) => Uint16Array.from(data),
  int8: (data) => Int8Array.from(data),
  uint8: (data) => Uint8Array.from(data),
  bool: (data) => Uint8Array.from(data, (x) => (x === 0 ? 0 : 1)),
}

/** @throws Error in words where the graph takes what cannot be made of this */
export function toOrt({ data, width, dims }: FedTensor, rows: number, info: TensorInfo): ort.Tensor {
  const shape = dims ?? [rows, width]
  const type = info.dtype as ort.Tensor.Type
  if (Array.isArray(data)) {
    if (type !== 'string') throw new Error(`input "${info.name}" takes ${type}, not texts`)
    return new ort.Tensor('string', data, shape)
  }
  const convert = from[type]
  if (!convert) throw new Error(`input "${info.name}" takes ${type}, which cannot be fed with numbers`)
  return new ort.Tensor(type, convert(data) as never, shape)
}

/** Of one output and one call; more than any decision needs, and less than what two processes choke on. */
const maxOutputValues = 2 ** 24

/**
 * An output as plain rows. A tensor without a batch axis is one row.
 * @throws Error in words where it has not `rows` rows, or is no tensor of numbers, booleans or texts
 */
export function fromOrt(
  name: string,
  tensor: ort.Tensor | undefined,
  rows: number,
  noBatchAxis: boolean,
): Tensor {
  if (!tensor) throw new Error(`output "${name}" is absent`)
  const { dims, type } = tensor
  if (!noBatchAxis && dims[0] !== rows && !(rows === 1 && dims.length === 0))
    throw new Error(`output "${name}" has shape [${dims.join(', ')}] for ${rows} rows`)
  const size = dims.reduce((a, b) => a * b, 1)
  if (size > maxOutputValues)
    throw new Error(
      `output "${name}" has ${size} values for ${rows} rows, more than the ${maxOutputValues} that are read at once`,
    )
  const data = plain(name, tensor.data, type)
  return { data, width: data.length / rows, dtype: type }
}

function plain(name: string, data: ort.Tensor['data'], type: string): Tensor['data'] {
  if (data instanceof Float32Array) return data
  if (type === 'string') return data as string[]
  if (type === 'float16') {
    const bits = data as unknown as Uint16Array
    return Float64Array.from(new Halves(bits.buffer, bits.byteOffset, bits.length))
  }
  if (type === 'complex64' || type === 'complex128' || type === 'bfloat16')
    throw new Error(`output "${name}" is ${type}, which is not read here`)
  return Float64Array.from(data as ArrayLike<number | bigint>, Number)
}
