interface BackoffOptions {
  /** What the server asked for; the wait is never shorter. */
  retryAfterMs?: number | undefined
  baseMs?: number
  capMs?: number
}

/**
 * ms to wait after the failed attempt number `attempt` (0, 1, …): anything up to a bound that doubles each time ("full
 * jitter", M. Brooker, Exponential Backoff And Jitter, AWS Architecture Blog 2015), so that many machines that lost one
 * server do not come back all at once. `random` answers [0, 1).
 */
export function backoff(
  attempt: number,
  random: () => number,
  { retryAfterMs = 0, baseMs = 1000, capMs = 60_000 }: BackoffOptions = {},
): number {
  return retryAfterMs + Math.floor(random() * Math.min(capMs, baseMs * 2 ** attempt))
}
