import type { Provider } from '#core/contracts/hardware.ts'
import type { InferAnswer, InferRequest, LaneModel, ModelFile } from './lane.ts'
import type { ListedProvider } from './providers.ts'

/** How a lane's process runs its model. */
export interface LoadOptions {
  threads: number
  provider: Provider
  /** A folder for the session's profile: the first answer then says which provider ran how many nodes. */
  proofDir?: string
}

/** What the runtime and a lane's process say to one another (structured clone over the IPC channel). */
export type ToLane =
  | { kind: 'load'; file: ModelFile; options: LoadOptions }
  | { kind: 'infer'; id: number; request: InferRequest }
  /** Instead of a load: which providers onnxruntime was built for. */
  | { kind: 'list' }

export type FromLane =
  | { kind: 'loaded'; model: LaneModel }
  | { kind: 'refused'; reason: string }
  | { kind: 'answer'; id: number; answer: InferAnswer }
  | { kind: 'failed'; id: number; reason: string }
  | { kind: 'listed'; onnxruntime: string; providers: ListedProvider[] }
