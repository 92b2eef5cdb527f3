const everyMs = 15 * 60_000
const firstAgainMs = 30_000
/** Of the wait, at random: a fleet that was switched on together must not ask together. */
const jitter = 0.2

/** How long until the next check, after `failures` that came in a row: 0 is a success. `random` in [0, 1). */
export function nextCheckInMs(failures: number, random: () => number): number {
  const wait = failures === 0 ? everyMs : Math.min(everyMs, firstAgainMs * 2 ** (failures - 1))
  return Math.round(wait * (1 - jitter + 2 * jitter * random()))
}

/** Whether it is time. A clock that was set back since the next check was set leaves no machine unchecked for years. */
export const isDue = (nowMs: number, nextCheckMs: number): boolean =>
  nowMs >= nextCheckMs || nextCheckMs - nowMs > everyMs * (1 + jitter)
