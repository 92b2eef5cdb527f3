import type { TrackRecord } from '#core/contracts/alert.ts'

/** Fewer answers say nothing yet. */
export const answersNeeded = 10

/** How many of ten were real, or null where it has not been measured here. */
export function ofTen({ real, answered }: TrackRecord): number | null {
  return answered < answersNeeded ? null : Math.round((10 * real) / answered)
}
