/** Once a minute, and a tenth around it at random: a fleet that was switched on together must not speak together. */
const everyMs = 60_000
const jitter = 0.1
/** News wait for one another this long. */
export const newsEveryMs = 5_000
/** Somebody at central is about to compare a fingerprint, and looks at both screens. */
const waitingMs = 10_000
/** Only a person at central can change that. */
const refusedMs = 5 * 60_000
const firstAgainMs = 2_000

export type Outcome = 'answered' | 'waiting' | 'refused' | 'unreachable'

/**
 * How long until the next heartbeat. Where central is not reached: full jitter (Brooker, Exponential Backoff And Jitter, 2015),
 * so that it is not trampled when it comes back. `failures`: in a row, this one among them; `random` in [0, 1).
 */
export function nextBeatInMs(outcome: Outcome, failures: number, random: () => number): number {
  if (outcome === 'unreachable')
    return Math.max(1_000, random() * Math.min(everyMs, firstAgainMs * 2 ** Math.min(failures, 10)))
  const wait = outcome === 'waiting' ? waitingMs : outcome === 'refused' ? refusedMs : everyMs
  return wait * (1 - jitter + 2 * jitter * random())
}
