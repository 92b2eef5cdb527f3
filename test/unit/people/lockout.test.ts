import { describe, expect, it } from 'vitest'
import { afterWrong, lockedUntil, lockMs, noTries, type Tries } from '#edge/people/lockout.ts'

const minute = 60_000

describe('wrong PINs in a row', () => {
  it('lock for a minute after the fifth, then twice as long each time, up to an hour', () => {
    const locks = Array.from({ length: 13 }, (_, failures) => lockMs(failures) / minute)
    expect(locks).toEqual([0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60])
    expect(lockMs(10_000)).toBe(60 * minute)
  })

  it('are counted on after a lock has ended', () => {
    let tries: Tries = noTries
    let now = 0
    for (let k = 0; k < 5; k++) tries = afterWrong(tries, now)
    expect(tries).toEqual({ failures: 5, lockedUntilMs: minute })
    expect(lockedUntil(tries, now)).toBe(minute)
    now = minute
    expect(lockedUntil(tries, now)).toBeNull()
    tries = afterWrong(tries, now)
    expect(tries).toEqual({ failures: 6, lockedUntilMs: 3 * minute })
  })

  it('lock no longer than they were meant to where the clock was set back', () => {
    const tries = { failures: 6, lockedUntilMs: 1_000 * minute }
    expect(lockedUntil(tries, 0)).toBe(2 * minute)
  })
})
