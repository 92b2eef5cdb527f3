import { z } from 'zod'

/** How features become the model's input tensors. Preprocessing is part of the package: training and serving share it. */

/** Element types, as onnxruntime names them. */
export const dtypeSchema = z.enum([
  'float32',
  'float64',
  'float16',
  'int64',
  'int32',
  'int16',
  'int8',
  'uint64',
  'uint32',
  'uint16',
  'uint8',
  'bool',
  'string',
])
export type Dtype = z.infer<typeof dtypeSchema>

const shared = {
  /** The graph's input. */
  name: z.string().min(1),
  dtype: dtypeSchema,
}
const features = z.array(z.string().min(1)).min(1)
/** Of one row, without the batch axis; its product is what the row holds. [] is a number without an axis of its own. */
const rowShape = z.array(z.int().min(1)).max(7).optional()

const columnsSchema = z.strictObject({
  ...shared,
  kind: z.literal('columns').default('columns'),
  /** Numbers, categories or texts, in the order of the row. Without `shape`: [rows, features.length]. */
  features,
  shape: rowShape,
})

const windowSchema = z.strictObject({
  ...shared,
  kind: z.literal('window'),
  /** Numbers. The runtime keeps the last `steps` readings of each asset; the newest stands last. */
  features,
  steps: z.int().min(2).max(10_000),
  /** time-feature: [rows, steps, features.length]; feature-time: [rows, features.length, steps]. */
  layout: z.enum(['time-feature', 'feature-time']),
  shape: rowShape,
  /** A longer pause between two readings of an asset starts its window anew, seconds. Absent: none does. */
  maxGapS: z.number().positive().optional(),
})

const seriesSchema = z.strictObject({
  ...shared,
  kind: z.literal('series'),
  /** Features of kind series, all of one length. */
  features,
  /** time-feature: [rows, length, features.length]; feature-time: [rows, features.length, length]. */
  layout: z.enum(['time-feature', 'feature-time']),
  shape: rowShape,
})

const channel = z.array(z.number().finite()).min(1).max(4)

const imageSchema = z.strictObject({
  ...shared,
  kind: z.literal('image'),
  /** One feature of kind image. */
  feature: z.string().min(1),
  /** Pixels of the tensor. */
  width: z.int().min(1).max(16_384),
  height: z.int().min(1).max(16_384),
  /** grey is Rec. 709 luma, as sharp (libvips) makes it. */
  colour: z.enum(['grey', 'rgb', 'bgr']),
  /** channels-first: [rows, C, height, width]; channels-last: [rows, height, width, C]. */
  layout: z.enum(['channels-first', 'channels-last']),
  /** How another size becomes this one: stretched, with black bars, or cut at the edges. */
  fit: z.enum(['fill', 'contain', 'cover']),
  kernel: z.enum(['nearest', 'linear', 'cubic', 'lanczos3']),
  /** A pixel x (0..255) enters as (x · scale − mean) / std, per channel; absent: 1, 0, 1. */
  scale: z.number().finite().optional(),
  mean: channel.optional(),
  std: channel.optional(),
  /** Where the graph has other axes for the same values: [height, width] without channels, or one for all pixels. */
  shape: rowShape,
})
export type ImageTensor = z.infer<typeof imageSchema>

const constantSchema = z.strictObject({
  ...shared,
  kind: z.literal('constant'),
  /** Enters with every batch: a sampling rate, "is_training". */
  value: z.union([z.number().finite(), z.string(), z.boolean()]),
  /** The whole shape; 'rows' stands for the batch. */
  shape: z.array(z.union([z.int().min(1), z.literal('rows')])).max(8),
})

export const inputTensorSchema = z.discriminatedUnion('kind', [
  columnsSchema,
  windowSchema,
  seriesSchema,
  imageSchema,
  constantSchema,
])
export type InputTensor = z.infer<typeof inputTensorSchema>

/** The features that enter a tensor. */
export function featuresOf(tensor: InputTensor): string[] {
  if (tensor.kind === 'constant') return []
  return tensor.kind === 'image' ? [tensor.feature] : tensor.features
}

export const channelsOf = ({ colour }: Pick<ImageTensor, 'colour'>): number => (colour === 'grey' ? 1 : 3)

/**
 * Shape of one row, without the batch axis. `seriesLength`: values of each series feature of a series tensor.
 * A constant has no rows: its shape is given as for one row.
 */
export function rowShapeOf(tensor: InputTensor, seriesLength = 0): number[] {
  switch (tensor.kind) {
    case 'constant':
      return tensor.shape.map((dim) => (dim === 'rows' ? 1 : dim))
    case 'image': {
      const c = channelsOf(tensor)
      const { width, height } = tensor
      if (tensor.shape) return tensor.shape
      return tensor.layout === 'channels-first' ? [c, height, width] : [height, width, c]
    }
    case 'columns':
      return tensor.shape ?? [tensor.features.length]
    case 'window':
    case 'series': {
      const steps = tensor.kind === 'window' ? tensor.steps : seriesLength
      const width = tensor.features.length
      return tensor.shape ?? (tensor.layout === 'time-feature' ? [steps, width] : [width, steps])
    }
  }
}

/** Values of one row over all tensors. */
export const valuesPerRow = ({
  features,
  tensors,
}: {
  features: readonly { name: string; length?: number | undefined }[]
  tensors: readonly InputTensor[]
}): number =>
  tensors.reduce((sum, tensor) => {
    const length = features.find(({ name }) => name === featuresOf(tensor)[0])?.length
    return sum + rowShapeOf(tensor, length).reduce((a, b) => a * b, 1)
  }, 0)

/** Whole numbers a type can hold; undefined for types with fractions, and for text. */
export function wholeRange(dtype: Dtype): { min: number; max: number } | undefined {
  const bits = /^(u?)int(\d+)$/.exec(dtype)
  if (dtype === 'bool') return { min: 0, max: 1 }
  if (!bits) return undefined
  const size = Number(bits[2])
  // What JSON and a double carry exactly ends at 2^53 − 1.
  const top = (power: number) => Math.min(2 ** power - 1, Number.MAX_SAFE_INTEGER)
  return bits[1]
    ? { min: 0, max: top(size) }
    : { min: -top(size - 1) - (size < 64 ? 1 : 0), max: top(size - 1) }
}

/** Largest finite magnitude (IEEE 754). */
export function largestOf(dtype: Dtype): number {
  return dtype === 'float16' ? 65_504 : dtype === 'float32' ? 3.4028234663852886e38 : Number.MAX_VALUE
}
