const firstMs = 5_000
const leastMs = 1_000
const mostMs = 6 * 60 * 60_000
/** A delivery that never went through is given up after this long; an admin can send it again. */
export const deadAfterMs = 3 * 24 * 60 * 60_000

/**
 * When to try again, ms from now, after so many attempts: full jitter over a doubling stretch
 * (M. Brooker, "Exponential Backoff And Jitter", 2015), so that receivers that come back are not all asked at once.
 * `random` in [0, 1).
 */
export function retryInMs(attempts: number, random: number): number {
  const stretch = Math.min(mostMs, firstMs * 2 ** Math.min(attempts - 1, 30))
  return Math.max(leastMs, Math.round(random * stretch))
}
