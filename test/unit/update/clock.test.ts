import { describe, expect, it } from 'vitest'
import { isDue, nextCheckInMs } from '#edge/update/cadence.ts'
import { clockOf, raised, trustedNow, writtenMs } from '#edge/update/clock.ts'

const at = (text: string) => Date.parse(text)

describe('the clock by which expiry is judged (row 52)', () => {
  it('is never before what was signed, nor before this program was written', () => {
    const floor = at('2027-05-01T00:00:00Z')
    expect(trustedNow(0, floor)).toBe(floor)
    expect(trustedNow(0, 0)).toBe(writtenMs)
    expect(trustedNow(at('2027-06-01T00:00:00Z'), floor)).toBe(at('2027-06-01T00:00:00Z'))
  })

  it('a clock set ahead raises no floor; a signed time does, an older or unreadable one does not', () => {
    const floor = at('2027-05-01T00:00:00Z')
    expect(raised(floor, '2027-05-02T00:00:00Z')).toBe(at('2027-05-02T00:00:00Z'))
    expect(raised(floor, '2027-04-02T00:00:00Z')).toBe(floor)
    expect(raised(floor, 'garbage')).toBe(floor)
    expect(raised(floor, undefined)).toBe(floor)
  })

  it('says that it is behind, not for a few minutes', () => {
    const floor = at('2027-05-01T00:00:00Z')
    expect(clockOf(floor - 60_000, floor).behind).toBe(false)
    expect(clockOf(floor - 3600_000, floor).behind).toBe(true)
    expect(clockOf(at('2036-05-01T00:00:00Z'), floor).behind).toBe(false)
  })
})

describe('how often a machine asks', () => {
  it('every quarter of an hour, sooner after a failure, never all at the same moment', () => {
    const minute = 60_000
    expect(nextCheckInMs(0, () => 0.5)).toBe(15 * minute)
    expect([1, 2, 3, 50].map((failures) => nextCheckInMs(failures, () => 0.5))).toEqual([
      minute / 2,
      minute,
      2 * minute,
      15 * minute,
    ])
    expect(nextCheckInMs(0, () => 0)).toBe(12 * minute)
    expect(nextCheckInMs(0, () => 0.999)).toBeGreaterThan(17 * minute)
  })
  it('soon, where the clock was set back years behind the next time', () => {
    const [now, wait] = [at('2026-11-21T10:00:00Z'), 60_000]
    expect(isDue(now, now)).toBe(true)
    expect(isDue(now, now + wait)).toBe(false)
    expect(isDue(now, at('2036-11-21T10:00:00Z'))).toBe(true)
  })
})
