/**
 * How long to wait after `failures` in a row, ms: anything from 0 to a bound that doubles ("full jitter": Brooker, Exponential
 * Backoff And Jitter, AWS Architecture Blog, 2015), so that a fleet that lost central together does not come back together. `random` in [0, 1).
 */
export function backoffMs(
  failures: number,
  random: () => number,
  { firstMs, mostMs }: { firstMs: number; mostMs: number },
): number {
  const bound = Math.min(mostMs, firstMs * 2 ** Math.min(30, Math.max(0, failures - 1)))
  return Math.round(bound * random())
}
