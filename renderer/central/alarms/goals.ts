import type { AlarmFigures } from '#core/contracts/fleet-alerts.ts'

/**
 * What is aimed at. ANSI/ISA-18.2-2016, clause 16, table 5: about 1 alarm per 10 minutes and operator position on average, 10 or
 * fewer in any 10 minutes, under 1 % of the time in flood, no chattering alarms, fewer than 5 stale ones on a day, the ten most
 * frequent under 1 % to 5 % of all. "By their time" has no goal there: all that have one.
 */
export const goals = {
  mean: 1,
  peak: 10,
  floodShare: 0.01,
  chattering: 0,
  stale: 4,
  worstShare: 0.05,
  answered: 1,
} as const
export type Goal = keyof typeof goals

export interface Against {
  goal: Goal
  /** null: nothing was measured. */
  value: number | null
  /** Of the bar, 0..1: the goal stands at two thirds. */
  bar: number
  misses: boolean
}

const at = 2 / 3

/** Each figure against its goal, in the order in which they are shown. */
export function against(figures: AlarmFigures): Against[] {
  const { per10Min, floods, chattering, stale, worst, answeredInTime, raised } = figures
  const measured: Record<Goal, number | null> = {
    mean: per10Min.mean,
    peak: per10Min.peak,
    floodShare: floods.timeShare,
    chattering,
    stale,
    worstShare: raised === 0 ? null : worst.reduce((sum, { share }) => sum + share, 0),
    answered: answeredInTime.n === 0 ? null : answeredInTime.share,
  }
  return (Object.keys(goals) as Goal[]).map((goal) => {
    const value = measured[goal]
    const limit = goals[goal]
    if (value === null) return { goal, value, bar: 0, misses: false }
    // The one that is to be reached, not to be kept below.
    if (goal === 'answered') return { goal, value, bar: value * at, misses: value < limit }
    const bar = limit === 0 ? (value === 0 ? 0 : 1) : Math.min(1, (value / limit) * at)
    return { goal, value, bar, misses: value > limit }
  })
}
