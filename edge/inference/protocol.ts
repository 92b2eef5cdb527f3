import type { InferAnswer, InferRequest, LaneModel, ModelFile } from './lane.ts'

/** What the runtime and a lane's process say to one another (structured clone over the IPC channel). */
export type ToLane =
  | { kind: 'load'; file: ModelFile; threads: number }
  | { kind: 'infer'; id: number; request: InferRequest }

export type FromLane =
  | { kind: 'loaded'; model: LaneModel }
  | { kind: 'refused'; reason: string }
  | { kind: 'answer'; id: number; answer: InferAnswer }
  | { kind: 'failed'; id: number; reason: string }
