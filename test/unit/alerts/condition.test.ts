import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { quiet, step } from '#edge/alerts/condition.ts'
import { ruleOf } from '#support/manifest.ts'

/** Active or not after each score, one a second. */
function run(rule: ReturnType<typeof ruleOf>, scores: number[]): boolean[] {
  let condition = quiet
  return scores.map((score, i) => {
    condition = step(rule, condition, score, i * 1000)
    return condition.active
  })
}

describe('the condition of an alarm', () => {
  it('has hysteresis: raised at the level, cleared only below the other', () => {
    expect(run(ruleOf(), [0.49, 0.5, 0.45, 0.4, 0.39, 0.45])).toEqual([false, true, true, true, false, false])
  })
  it('watches downward too', () => {
    expect(run(ruleOf({ direction: 'below', raise: 10, clear: 12 }), [11, 10, 11, 12, 13])).toEqual([
      false,
      true,
      true,
      true,
      false,
    ])
  })
  it('waits for the on delay, and starts anew when the run breaks', () => {
    expect(run(ruleOf({ onDelayS: 2 }), [0.9, 0.9, 0.1, 0.9, 0.9, 0.9])).toEqual([
      false,
      false,
      false,
      false,
      false,
      true,
    ])
  })
  it('waits for the off delay', () => {
    expect(run(ruleOf({ offDelayS: 2 }), [0.9, 0.1, 0.1, 0.6, 0.1, 0.1, 0.1])).toEqual([
      true,
      true,
      true,
      true,
      true,
      true,
      false,
    ])
  })
  it('does not chatter: between the levels nothing ever changes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.4, max: 0.4999, noNaN: true })),
        fc.boolean(),
        (scores, active) => {
          let condition = { active, turningSinceMs: null as number | null }
          scores.forEach((score, i) => {
            condition = step(ruleOf(), condition, score, i)
          })
          expect(condition.active).toBe(active)
        },
      ),
    )
  })
})
