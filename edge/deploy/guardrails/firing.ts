import type { Guardrail } from '#core/contracts/guardrail.ts'
import type { EventRow } from '../../journal/journal.ts'

/** A guardrail that has fired, or that is over after it had, with the figures that decided so. */
export interface Firing {
  state: 'fired' | 'cleared'
  guardrail: Guardrail
  /** Milliseconds for latency-p95, else a share 0..1. */
  value: number
  /** Readings (disagreement: answers) that the value is made of. */
  n: number
  /** null-rate of whichever lacks most: the feature. */
  feature?: string
  /** The stretch of time that was looked at, RFC 3339, in the machine's time of arrival. */
  from: string
  to: string
}

/** The limit, whichever side of it is meant. */
export const limitOf = ({ when }: Guardrail): number => when.above ?? when.below!

/** What is journaled of a firing: the figures that fired it, what follows by itself, and who answers for that. */
export function firingEvent(model: { id: string; version: string }, firing: Firing): EventRow {
  const { state, guardrail, value, n, feature, from, to } = firing
  const { id, version } = model
  return {
    kind: `guardrail.${state}`,
    timeMs: Date.parse(to),
    by: 'runtime',
    body: {
      id,
      version,
      guardrail: guardrail.id,
      metric: guardrail.when.metric,
      ...(feature !== undefined && { feature }),
      value,
      limit: limitOf(guardrail),
      n,
      window: { from, to },
      action: guardrail.then,
      decidedBy: guardrail.decidedBy,
    },
  }
}

/** For the stream `rollout`: somebody is to train this model anew, with the figures that say why. */
export function retrainingEvent(model: { id: string; version: string }, firing: Firing): EventRow {
  return { ...firingEvent(model, firing), kind: 'retraining.requested' }
}
