import type { AlertRule } from '#core/contracts/manifest.ts'

/** Whether one rule's condition holds for one asset, and since when the opposite has been seen. */
export interface Condition {
  active: boolean
  /** Time of the first reading in an unbroken run of readings that speak for the other state; null: none. */
  turningSinceMs: number | null
}

export const quiet: Condition = { active: false, turningSinceMs: null }

/** Nothing is to be remembered of it. */
export const isQuiet = ({ active, turningSinceMs }: Condition): boolean => !active && turningSinceMs === null

/**
 * One reading's step. Hysteresis: active from `raise`, over only on the far side of `clear`; each only once it has
 * held for the on or off delay, in the readings' own time (ISA-18.2 §3.1: deadband, on-delay, off-delay).
 */
export function step(rule: AlertRule, condition: Condition, score: number, timeMs: number): Condition {
  const sign = rule.direction === 'above' ? 1 : -1
  const turning = condition.active ? sign * score < sign * rule.clear : sign * score >= sign * rule.raise
  return turn(rule, condition, turning, timeMs)
}

/** The same step by a fallback rule, which knows no levels: its condition is met or not; the delays are the alert rule's. */
export function stepByRule(rule: AlertRule, condition: Condition, met: boolean, timeMs: number): Condition {
  return turn(rule, condition, met !== condition.active, timeMs)
}

function turn(rule: AlertRule, condition: Condition, turning: boolean, timeMs: number): Condition {
  if (!turning)
    return condition.turningSinceMs === null ? condition : { active: condition.active, turningSinceMs: null }
  const since = condition.turningSinceMs ?? timeMs
  const delayMs = 1000 * (condition.active ? rule.offDelayS : rule.onDelayS)
  if (timeMs - since >= delayMs) return { active: !condition.active, turningSinceMs: null }
  return condition.turningSinceMs === null ? { active: condition.active, turningSinceMs: since } : condition
}
