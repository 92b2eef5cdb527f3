import type { FeedbackAnswer } from '#core/contracts/alert.ts'
import type { Guardrail, GuardrailStatus } from '#core/contracts/guardrail.ts'
import type { InferenceRecord } from '../../journal/journal.ts'
import { type Firing, limitOf } from './firing.ts'
import { type Gauge, gaugeOf } from './gauges.ts'
import { tally } from './tally.ts'
import type { Measure } from './windows.ts'

export type { Firing } from './firing.ts'

export interface GuardrailMonitor {
  /** A batch of decided readings, when it arrived. */
  observe(record: InferenceRecord, nowMs: number): void
  /** What somebody answered to an alert of this model. With the alert's id, a changed answer takes the place of the former. */
  feedback(answer: FeedbackAnswer, nowMs: number, alertId?: string): void
  /** What has fired, and what is over, since the last call. To be called about once a second. */
  evaluate(nowMs: number): Firing[]
  status(nowMs: number): GuardrailStatus[]
  /** By guardrail, as the last `evaluate` found it; value null: its window held too little. */
  measured(): readonly Measure[]
  /** When `evaluate` may come to another result with nothing new observed, epoch ms; Infinity: never. */
  nextChangeMs(): number
  /** Takes in what a monitor of the same guardrails observed before this one began. */
  absorb(earlier: GuardrailMonitor, nowMs: number): void
  gauges(): readonly Gauge[]
}

/** Beyond its limit, a guardrail is pending until that has held for `forS`; once it fires, it is latched until it clears. */
interface Watch {
  guardrail: Guardrail
  gauge: Gauge
  state: GuardrailStatus['state']
  sinceMs: number
  last: Measure
}

/**
 * The guardrails of one version. Pure: every time is an argument, epoch ms of this machine's clock when things arrive here,
 * not the readings' own time. `standing`: those that had fired before a restart, which go on as firing.
 *
 * What a window cannot say (too few readings) fires nothing, ends what is pending, and clears nothing.
 */
export function createGuardrails(
  guardrails: readonly Guardrail[],
  standing: readonly { id: string; since: string }[] = [],
): GuardrailMonitor {
  const watches = guardrails.map((guardrail): Watch => {
    const since = standing.find(({ id }) => id === guardrail.id)?.since
    const resumed = since === undefined ? undefined : Date.parse(since)
    return {
      guardrail,
      gauge: gaugeOf(guardrail),
      state: resumed === undefined ? 'quiet' : 'firing',
      sinceMs: resumed ?? 0,
      last: { value: null, n: 0 },
    }
  })
  return {
    observe: (record, nowMs) => {
      if (watches.length === 0) return
      const sum = tally(record)
      for (const { gauge } of watches) gauge.observe(sum, nowMs)
    },
    feedback: (answer, nowMs, alertId) => {
      for (const { gauge } of watches) gauge.feedback(answer, nowMs, alertId)
    },
    evaluate: (nowMs) => watches.flatMap((watch) => step(watch, nowMs) ?? []),
    status: (nowMs) =>
      watches.map(({ guardrail: { id, title, then, when }, gauge, state, sinceMs }) => {
        const { value, n } = enough(gauge.measure(nowMs), when.atLeast)
        const since = state !== 'quiet' && { since: iso(sinceMs) }
        return { id, title, action: then, state, value, n, ...since }
      }),
    measured: () => watches.map(({ last }) => last),
    nextChangeMs: () => Math.min(...watches.map(nextChangeMs)),
    absorb: (earlier, nowMs) => {
      for (const [i, gauge] of earlier.gauges().entries()) watches[i]?.gauge.absorb(gauge, nowMs)
    },
    gauges: () => watches.map(({ gauge }) => gauge),
  }
}

function step(watch: Watch, nowMs: number): Firing | undefined {
  const { guardrail, gauge } = watch
  const { when, forS } = guardrail
  const measure = enough(gauge.measure(nowMs), when.atLeast)
  watch.last = measure
  const { value } = measure
  const fires = (state: Firing['state']): Firing => {
    const [from, to] = [iso(nowMs - when.overS * 1000), iso(nowMs)]
    return { state, guardrail, ...measure, value: value!, from, to }
  }
  if (watch.state === 'firing') {
    if (value === null || !isOver(guardrail, value)) return undefined
    turn(watch, 'quiet', nowMs)
    return fires('cleared')
  }
  if (value === null || !isBeyond(guardrail, value)) {
    turn(watch, 'quiet', nowMs)
    return undefined
  }
  // A clock that was set back must not make it wait longer than it says.
  if (watch.state === 'quiet' || watch.sinceMs > nowMs) turn(watch, 'pending', nowMs)
  if (nowMs - watch.sinceMs < forS * 1000) return undefined
  turn(watch, 'firing', nowMs)
  return fires('fired')
}

function turn(watch: Watch, state: Watch['state'], nowMs: number): void {
  watch.state = state
  watch.sinceMs = nowMs
}

function nextChangeMs({ guardrail, gauge, state, sinceMs }: Watch): number {
  const due = state === 'pending' ? sinceMs + guardrail.forS * 1000 : Number.POSITIVE_INFINITY
  return Math.min(due, gauge.nextDropMs())
}

const isBeyond = ({ when }: Guardrail, value: number): boolean =>
  when.above === undefined ? value < when.below! : value > when.above

/** At `clear` or on its far side; a `clear` on the wrong side of the limit counts as the limit. */
function isOver(guardrail: Guardrail, value: number): boolean {
  const limit = limitOf(guardrail)
  const { above, clear = limit } = guardrail.when
  return above === undefined ? value >= Math.max(clear, limit) : value <= Math.min(clear, limit)
}

const enough = <M extends Measure>(measure: M, atLeast: number): M =>
  measure.n >= atLeast ? measure : { ...measure, value: null }

const iso = (ms: number): string => new Date(ms).toISOString()
