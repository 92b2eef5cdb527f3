import type { LaneStatus } from '#core/contracts/deployment.ts'
import type { ImageTensor } from '#core/contracts/input-tensor.ts'
import type { ListedProvider } from './providers.ts'

/** A tensor's declaration, as the session reports it. A symbolic or undeclared dimension is a string. */
export interface TensorInfo {
  name: string
  /** 'float32', 'int64', … as onnxruntime names element types; 'non-tensor' for sequences and maps. */
  dtype: string
  shape: (number | string)[]
}

/** What a loaded model looks like from outside. */
export interface LaneModel {
  inputs: TensorInfo[]
  outputs: TensorInfo[]
  /** The execution provider the session was made with. */
  provider: string
  onnxruntimeVersion: string
  loadMs: number
  /** What onnxruntime was built for, of which nothing is proved by being listed. */
  listed?: ListedProvider[]
}

export type TensorData = Float32Array | Float64Array | string[]

/** Row-major: `data.length === rows * width`. */
export interface Tensor {
  data: TensorData
  /** Values of one row. */
  width: number
  /** Of an output: the graph's own element type. */
  dtype?: string
}

/** The lane turns the numbers into the element type that the graph declares. Float32Array is quickest where that is float32. */
export interface FedTensor extends Tensor {
  /** All axes; absent: [rows, width]. */
  dims?: number[]
}

/** Encoded images, one per row: the lane decodes, resizes and normalises them. */
export interface FedImages {
  images: Uint8Array[]
  spec: ImageTensor
}

export interface InferRequest {
  rows: number
  inputs: Record<string, FedTensor | FedImages>
  /** Only these outputs are computed and returned. */
  outputs: string[]
  /** The graph has no batch axis: `rows` is 1. */
  noBatchAxis?: boolean
}

/** An image that cannot be used; its row went into the model as black. */
export interface BadImage {
  row: number
  code: 'image-unreadable' | 'image-blank'
  reason: string
}

export interface InferAnswer {
  /** float32 as Float32Array, other numbers and booleans as Float64Array, texts as they are. */
  outputs: Record<string, Tensor>
  badImages?: BadImage[]
  /** Inside `session.run`, milliseconds. */
  runMs: number
  /** The execution provider of the session that answered. */
  provider: string
  /** Of the first answer of a lane with `proofDir`: nodes of the graph by the provider that executed them. */
  nodes?: Record<string, number>
}

/** Where the model's bytes lie, and what they must hash to. The lane loads the bytes that it has hashed. */
export interface ModelFile {
  path: string
  /** hex */
  sha256: string
  /** Weights kept outside the graph's file, by the name that the graph gives them. */
  external?: { location: string; path: string; sha256: string }[]
}

/**
 * One loaded model version in a process of its own. `session.run` blocks the thread that calls it, so no session
 * ever lives in the runtime's process.
 */
export interface InferenceLane {
  readonly status: LaneStatus
  /**
   * Resolves when the model is loaded; rejects with `model-refused` (in words) as soon as the lane has failed once, and
   * with `lane-failed` where it is closed before. A failed lane is tried again from time to time, and its status is `ready` when it has loaded after all.
   */
  readonly ready: Promise<LaneModel>
  /**
   * Answers are given in the order of the calls. A crash of the lane's process is invisible here: the request goes to
   * its successor. Rejects with `inference-failed` (the model refused this input, or it crashed the lane twice),
   * `deadline-exceeded` as a LaneDeadlineError, or `lane-failed` (the lane has failed or is closed).
   */
  infer(request: InferRequest, deadlineMs: number): Promise<InferAnswer>
  onStatus(listener: (status: LaneStatus) => void): void
  close(): Promise<void>
}
