import type { FeedbackAnswer } from '#core/contracts/alert.ts'
import type { Guardrail, GuardrailMetric } from '#core/contracts/guardrail.ts'
import { eachLatency, missingOf, type Tally } from './tally.ts'
import { LatencyWindow, type Measure, ShareWindow } from './windows.ts'

/** Measures one metric over its window. */
export interface Gauge {
  observe(tally: Tally, nowMs: number): void
  feedback(answer: FeedbackAnswer, nowMs: number, alertId?: string): void
  measure(nowMs: number): Measure & { feature?: string }
  /** When what it says may change without anything new, epoch ms. */
  nextDropMs(): number
  /** Takes in what a gauge of the same guardrail holds that measured before this one. */
  absorb(earlier: Gauge, nowMs: number): void
  /** What it holds, by feature where there are several. */
  held(): Held
}

interface Held {
  latency?: LatencyWindow
  shares?: ReadonlyMap<string, ShareWindow>
  /** The last answer to each alert, and the bucket that it counts in. */
  answers?: ReadonlyMap<string, { isFalse: number; bucket: number }>
}
const whole = ''

/** Of alerts whose answer is remembered, so that another answer takes its place. */
const rememberedAnswers = 1000

/** [hits, of how many] of a batch. */
type Share = (tally: Tally) => readonly [hits: number, n: number]
const shares: Partial<Record<GuardrailMetric, Share>> = {
  'error-rate': ({ failed, answered }) => [failed, answered + failed],
  'alert-rate': ({ alerts, answered }) => [alerts, answered],
  'reject-rate': ({ rejected, rows }) => [rejected, rows],
}

export function gaugeOf({ when: { metric, feature, overS, atLeast } }: Guardrail): Gauge {
  const lengthMs = overS * 1000
  if (metric === 'latency-p95') return latencyGauge(lengthMs)
  if (metric === 'disagreement') return disagreementGauge(lengthMs)
  if (metric === 'null-rate') return nullGauge(lengthMs, feature, atLeast)
  return shareGauge(lengthMs, shares[metric]!)
}

function latencyGauge(lengthMs: number): Gauge {
  const window = new LatencyWindow(lengthMs)
  return {
    observe: (tally, nowMs) => eachLatency(tally, (ms, times) => window.add(ms, times, nowMs)),
    feedback: () => undefined,
    measure: (nowMs) => window.measure(nowMs),
    nextDropMs: () => window.nextDropMs(),
    absorb: (earlier, nowMs) => {
      const { latency } = earlier.held()
      if (latency) window.absorb(latency, nowMs)
    },
    held: () => ({ latency: window }),
  }
}

function shareGauge(lengthMs: number, share: Share): Gauge {
  const window = new ShareWindow(lengthMs)
  return {
    observe: (tally, nowMs) => {
      const [hits, n] = share(tally)
      if (n > 0) window.add(hits, n, nowMs)
    },
    feedback: () => undefined,
    measure: (nowMs) => window.measure(nowMs),
    nextDropMs: () => window.nextDropMs(),
    absorb: (earlier, nowMs) => {
      const share = earlier.held().shares?.get(whole)
      if (share) window.absorb(share, nowMs)
    },
    held: () => ({ shares: new Map([[whole, window]]) }),
  }
}

/** The last answer to each alert counts, as in its track record; `unsure` and `bad-data` say nothing. */
function disagreementGauge(lengthMs: number): Gauge {
  const window = new ShareWindow(lengthMs)
  const answers = new Map<string, { isFalse: number; bucket: number }>()
  return {
    observe: () => undefined,
    feedback: (answer, nowMs, alertId) => {
      const before = alertId === undefined ? undefined : answers.get(alertId)
      if (before) window.takeBack(before.isFalse, 1, before.bucket)
      if (alertId !== undefined) answers.delete(alertId)
      if (answer === 'unsure' || answer === 'bad-data') return
      const isFalse = answer === 'false' ? 1 : 0
      const bucket = window.add(isFalse, 1, nowMs)
      if (alertId !== undefined) answers.set(alertId, { isFalse, bucket })
      if (answers.size > rememberedAnswers) answers.delete(answers.keys().next().value!)
    },
    measure: (nowMs) => window.measure(nowMs),
    nextDropMs: () => window.nextDropMs(),
    absorb: (earlier, nowMs) => {
      const { shares: held, answers: before } = earlier.held()
      const share = held?.get(whole)
      if (share) window.absorb(share, nowMs)
      for (const [alertId, answer] of before ?? [])
        if (answers.has(alertId)) window.takeBack(answer.isFalse, 1, answer.bucket)
        else answers.set(alertId, answer)
    },
    held: () => ({ shares: new Map([[whole, window]]), answers }),
  }
}

/** Of one feature, or of the one that lacks most among those with enough readings. By name: versions may order them anew. */
function nullGauge(lengthMs: number, only: string | undefined, atLeast: number): Gauge {
  const windows = new Map<string, ShareWindow>()
  const windowOf = (name: string): ShareWindow => {
    const window = windows.get(name) ?? new ShareWindow(lengthMs)
    windows.set(name, window)
    return window
  }
  return {
    observe: (tally, nowMs) => {
      const n = tally.rows - tally.rejected
      if (n === 0) return
      for (const [index, { name }] of tally.record.features.entries()) {
        if (only !== undefined && name !== only) continue
        windowOf(name).add(missingOf(tally, index), n, nowMs)
      }
    },
    feedback: () => undefined,
    measure: (nowMs) => {
      let worst: Measure & { feature?: string } = { value: null, n: 0 }
      for (const [name, window] of windows) {
        const { value, n } = window.measure(nowMs)
        const enough = n >= atLeast && value !== null
        if (!enough && worst.value === null) worst = { value: null, n: Math.max(n, worst.n) }
        else if (enough && (worst.value === null || value > worst.value))
          worst = { value, n, ...(only === undefined && { feature: name }) }
      }
      return worst
    },
    nextDropMs: () => Math.min(...[...windows.values()].map((window) => window.nextDropMs())),
    absorb: (earlier, nowMs) => {
      for (const [name, window] of earlier.held().shares ?? []) windowOf(name).absorb(window, nowMs)
    },
    held: () => ({ shares: windows }),
  }
}
