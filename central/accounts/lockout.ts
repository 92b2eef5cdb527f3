import { EdgewrightError } from '#core/contracts/errors.ts'

/** Wrong passwords in a row, and until when none is looked at; epoch ms. */
export interface Tries {
  failures: number
  lockedUntilMs: number | null
}

export const noTries: Tries = { failures: 0, lockedUntilMs: null }

const freeTries = 10
const firstMs = 60_000
const longestMs = 60 * 60_000

/** After the tenth wrong password a minute, and with each further one twice as long, up to an hour. 0: not yet. */
const lockMs = (failures: number) =>
  failures < freeTries ? 0 : Math.min(firstMs * 2 ** Math.min(failures - freeTries, 20), longestMs)

export function afterWrong({ failures }: Tries, nowMs: number): Tries {
  const ms = lockMs(failures + 1)
  return { failures: failures + 1, lockedUntilMs: ms > 0 ? nowMs + ms : null }
}

/** Until when no password is looked at, epoch ms; null: one is. A clock that was set back makes no lock longer than it was. */
export function lockedUntil({ failures, lockedUntilMs }: Tries, nowMs: number): number | null {
  if (lockedUntilMs === null || lockedUntilMs <= nowMs) return null
  return Math.min(lockedUntilMs, nowMs + lockMs(failures))
}

/** Too many wrong passwords: none is looked at for a while. */
export class AccountLocked extends EdgewrightError {
  readonly afterS: number

  constructor(untilMs: number, nowMs: number) {
    const s = Math.ceil((untilMs - nowMs) / 1000)
    super(
      'locked-out',
      `after too many wrong passwords none is looked at for another ${s <= 90 ? `${s} s` : `${Math.ceil(s / 60)} min`}`,
      {
        hint: 'Wait, or let an admin set a new one: edgewright central account password NAME --data DIR.',
      },
    )
    this.afterS = s
  }
}
