import { EdgewrightError } from '#core/contracts/errors.ts'
import type { InferenceLane, ModelFile } from '../inference/lane.ts'
import type { LaneOptions } from '../inference/open-lane.ts'

export type OpenLane = (file: ModelFile, options?: LaneOptions) => InferenceLane

/** Works with a model in a lane of its own, which is gone at the end, and at once where the work is cancelled. */
export async function withLane<T>(
  openLane: OpenLane,
  file: ModelFile,
  options: LaneOptions,
  signal: AbortSignal | undefined,
  work: (lane: InferenceLane) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted()
  const lane = openLane(file, options)
  const cancel = () => void lane.close()
  signal?.addEventListener('abort', cancel, { once: true })
  try {
    const done = await work(lane)
    // What was answered or broke because the lane was taken away says nothing; the reason for that does.
    signal?.throwIfAborted()
    return done
  } catch (error) {
    signal?.throwIfAborted()
    throw error
  } finally {
    signal?.removeEventListener('abort', cancel)
    await lane.close()
  }
}

/** The reason of a signal that a person gave. */
export const cancelled = () => new EdgewrightError('cancelled', 'it was cancelled')
