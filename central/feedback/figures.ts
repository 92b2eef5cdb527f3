import { type FeedbackAnswer, feedbackAnswerSchema } from '#core/contracts/alert.ts'
import type { AlarmFigures } from '#core/contracts/fleet-alerts.ts'
import { type FeedbackFigures, reviewStateSchema } from '#core/contracts/review.ts'
import type { AnswerCount } from '../store/feedback-figures.ts'

type Counts = Pick<FeedbackFigures['all'], 'n' | 'answers' | 'shareReal'>

/** Two-sided 95 % quantile of the normal distribution. */
const z = 1.959964

/** Share with its 95 % interval: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", 1927. */
export function wilson(real: number, n: number): Counts['shareReal'] {
  if (n === 0) return null
  const [p, z2n] = [real / n, (z * z) / n]
  const middle = (p + z2n / 2) / (1 + z2n)
  const half = (z * Math.sqrt((p * (1 - p)) / n + z2n / (4 * n))) / (1 + z2n)
  return { value: p, low: Math.max(0, middle - half), high: Math.min(1, middle + half), n }
}

function countsOf(rows: readonly { answer: string; n: number }[]): Counts {
  const answers = Object.fromEntries(feedbackAnswerSchema.options.map((kind) => [kind, 0])) as Record<
    FeedbackAnswer,
    number
  >
  for (const { answer, n } of rows) if (answer in answers) answers[answer as FeedbackAnswer] += n
  const real = answers['real-acted'] + answers['real-known']
  const n = rows.reduce((sum, row) => sum + row.n, 0)
  return { n, answers, shareReal: wilson(real, real + answers.false) }
}

/** Answers by kind, and how many were real, over everything and by model, version and site. */
export function feedbackFigures(
  totals: readonly { answer: string; state: string; n: number }[],
  groups: readonly AnswerCount[],
): FeedbackFigures {
  const states = reviewStateSchema.options.map((state) => {
    const of = totals.filter((row) => row.state === state)
    return [state, of.reduce((sum, { n }) => sum + n, 0)] as const
  })
  const byGroup = Map.groupBy(groups, ({ model, version, site }) => JSON.stringify([model, version, site]))
  return {
    all: countsOf(totals),
    reviews: Object.fromEntries(states) as FeedbackFigures['reviews'],
    groups: [...byGroup.values()].map((rows) => {
      const { model, version, site } = rows[0]!
      return { model, version, site, ...countsOf(rows) }
    }),
  }
}

export interface Slot {
  device: number
  /** Of 10 minutes, counted since 1970. */
  slot: number
  n: number
}
const [floodBegins, floodEnds] = [10, 5]
const slotMs = 600_000

/**
 * Alarm rates and floods by machine, out of alarms per fixed 10 minutes. A flood begins in 10 minutes with 10 alarms or more
 * and lasts until 10 minutes with fewer than 5 (ISA-18.2-2016, clause 16.5.4; EEMUA 191, appendix on alarm floods).
 * `slots` in the order of machine and time, without empty ones.
 */
export function ratesOf(
  slots: readonly Slot[],
  { fromMs, toMs, machines }: { fromMs: number; toMs: number; machines: number },
): Pick<AlarmFigures, 'per10Min' | 'floods'> & { raising: number } {
  const all = Math.max(1, (toMs - fromMs) / slotMs) * Math.max(1, machines)
  let [raised, peak, count, inFlood, length, longest] = [0, 0, 0, 0, 0, 0]
  let before: Slot | undefined
  for (const slot of slots) {
    raised += slot.n
    peak = Math.max(peak, slot.n)
    const follows = before?.device === slot.device && before.slot + 1 === slot.slot
    const goesOn = follows && length > 0 && slot.n >= floodEnds
    if (!goesOn && slot.n >= floodBegins) count += 1
    length = goesOn ? length + 1 : slot.n >= floodBegins ? 1 : 0
    if (length > 0) inFlood += 1
    longest = Math.max(longest, length)
    before = slot
  }
  return {
    per10Min: { mean: raised / all, peak },
    floods: { count, timeShare: Math.min(1, inFlood / all), longestMin: longest * 10 },
    raising: new Set(slots.map(({ device }) => device)).size,
  }
}
