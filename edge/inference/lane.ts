import type { LaneStatus } from '#core/contracts/deployment.ts'

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
}

/** Row-major float32 columns: `data.length === rows * width`. */
export interface FloatTensor {
  data: Float32Array
  width: number
}

export interface InferRequest {
  rows: number
  inputs: Record<string, FloatTensor>
  /** Only these outputs are computed and returned. */
  outputs: string[]
}

export interface InferAnswer {
  outputs: Record<string, FloatTensor>
  /** Inside `session.run`, milliseconds. */
  runMs: number
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
   * Resolves when the model is loaded; rejects with `model-refused` (in words) as soon as the lane has failed once. A
   * failed lane is tried again from time to time, and its status is `ready` when it has loaded after all.
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
