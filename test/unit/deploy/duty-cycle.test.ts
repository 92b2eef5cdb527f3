import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DutyCycle } from '#edge/deploy/shadow/duty-cycle.ts'

describe('the duty cycle', () => {
  it('rests three times as long as it ran, for a quarter', () => {
    let now = 100
    const duty = new DutyCycle(0.25, () => now)
    expect(duty.restMs).toBe(0)
    now += 8
    duty.ran(8)
    expect(duty.restMs).toBe(24)
    now += 20
    expect(duty.restMs).toBe(4)
    now += 100
    expect(duty.restMs).toBe(0)
  })

  it('owes what ran before the rest was over', () => {
    const now = 0
    const duty = new DutyCycle(0.5, () => now)
    duty.ran(3)
    duty.ran(4)
    expect(duty.restMs).toBe(7)
  })

  it('keeps its share over every stretch that ends with a rest, however long what ran took', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.05, max: 1, noNaN: true }),
        fc.array(fc.tuple(fc.double({ min: 0, max: 500, noNaN: true }), fc.nat(100)), { minLength: 1 }),
        (share, runs) => {
          let now = 0
          let busy = 0
          const duty = new DutyCycle(share, () => now)
          for (const [runMs, idleMs] of runs) {
            now += runMs
            busy += runMs
            duty.ran(runMs)
            now += duty.restMs + idleMs
            expect(busy).toBeLessThanOrEqual(share * now * (1 + 1e-9))
          }
        },
      ),
    )
  })

  it.each([0, -1, 1.1, Number.NaN])('takes no share of %d', (share) => {
    expect(() => new DutyCycle(share, () => 0)).toThrow(RangeError)
  })
})
