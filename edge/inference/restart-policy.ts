/** Why a lane's process went: it crashed (or could not start or load in time), overran a deadline, or refused the model. */
export type Ending = 'crash' | 'overrun' | 'refused'

/** Endings in a row, since the lane last answered or last was calm. */
export interface Tally {
  crashes: number
  overruns: number
}

export interface RestartLimits {
  /** Crashes in a row after which the lane counts as failed. */
  crashLimit: number
  /** Waiting time before the n-th restart in a row, milliseconds. */
  backoffMs: (restarts: number) => number
  /** Waiting time before a failed lane is tried again, milliseconds. */
  retryMs: number
}

export interface Verdict {
  tally: Tally
  failed: boolean
  /** Until the next start, milliseconds. */
  delayMs: number
}

export const nothingInARow: Tally = { crashes: 0, overruns: 0 }

/**
 * What follows when a lane's process has gone. Overruns alone never fail a lane, since each request behind them is
 * answered at its deadline; a failed lane stays failed until it has loaded again.
 */
export function afterEnding(
  tally: Tally,
  ending: Ending,
  wasFailed: boolean,
  limits: RestartLimits,
): Verdict {
  const next = {
    crashes: tally.crashes + (ending === 'crash' ? 1 : 0),
    overruns: tally.overruns + (ending === 'overrun' ? 1 : 0),
  }
  const tooMany = ending === 'crash' && next.crashes >= limits.crashLimit
  const failed = wasFailed || ending === 'refused' || tooMany
  const delayMs = failed ? limits.retryMs : limits.backoffMs(next.crashes + next.overruns)
  return { tally: next, failed, delayMs }
}
