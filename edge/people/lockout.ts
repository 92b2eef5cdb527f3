/** How often a PIN was wrong in a row, and until when none is looked at; epoch ms. */
export interface Tries {
  failures: number
  lockedUntilMs: number | null
}

export const noTries: Tries = { failures: 0, lockedUntilMs: null }

const freeTries = 5
const minuteMs = 60_000
const longestMs = 60 * minuteMs

/** After the fifth wrong PIN a minute, and with each further one twice as long, up to an hour. 0: not yet. */
export function lockMs(failures: number): number {
  return failures < freeTries ? 0 : Math.min(minuteMs * 2 ** (failures - freeTries), longestMs)
}

export function afterWrong({ failures }: Tries, nowMs: number): Tries {
  const ms = lockMs(failures + 1)
  return { failures: failures + 1, lockedUntilMs: ms > 0 ? nowMs + ms : null }
}

/** Until when no PIN is looked at, epoch ms; null: one is. A clock that was set back makes no lock longer than it was. */
export function lockedUntil({ failures, lockedUntilMs }: Tries, nowMs: number): number | null {
  if (lockedUntilMs === null || lockedUntilMs <= nowMs) return null
  return Math.min(lockedUntilMs, nowMs + lockMs(failures))
}
