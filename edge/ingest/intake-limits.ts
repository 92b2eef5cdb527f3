import type { Manifest } from '#core/contracts/manifest.ts'
import type { IntakeLimits } from './intake.ts'
import { bytesOfReading } from './media.ts'

/** Batches of one model on their way at once. */
export const maxInFlight = 4
const maxWaiting = 20_000
/** Of images and series: one commit holds the event loop for about 8 ms per megabyte. */
const maxBatchBytes = 8 * 2 ** 20
const maxWaitingBytes = 256 * 2 ** 20

/** How much of a model's readings may wait and travel together. `maxBatch`: rows, as the model's pace is now. */
export function intakeLimits({ inputs }: Manifest, maxBatch: () => number): IntakeLimits {
  const bringsMedia = inputs.features.some(
    ({ kind }) => kind === 'image' || kind === 'series' || kind === 'text',
  )
  return {
    maxBatch,
    maxWaiting,
    maxInFlight,
    maxBatchBytes,
    maxWaitingBytes,
    ...(bringsMedia && { bytesOf: bytesOfReading }),
  }
}
