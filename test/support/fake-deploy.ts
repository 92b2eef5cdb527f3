import type { Comparison } from '#core/contracts/comparison.ts'
import {
  activateRequestSchema,
  type ModelDetail,
  reasonRequestSchema,
  type Slot,
  type Turned,
} from '#core/contracts/deployment.ts'
import type { Rehearsal } from '#core/contracts/guardrail.ts'
import { staged } from './fake-slots.ts'

/** What a fake runtime answers about versions: the moves of UPDATES.md without any process behind them. */

type Refusal = { refused: string }
type Moved = { model: ModelDetail; answer: Turned | object }

const ms = 3.8

/** What becomes of a model when somebody asks `what` of it. */
export function moved(
  model: ModelDetail,
  what: string,
  body: unknown,
  nowMs: number,
): Moved | Refusal | undefined {
  const at = new Date(nowMs).toISOString()
  const { running, previous, staged: next } = model.slots
  if (what === 'activate') {
    const request = activateRequestSchema.parse(body)
    if (!next || request.version !== next.version) return { refused: `${request.version} is not staged` }
    const who = { since: at, by: request.person ?? 'admin', reason: request.reason }
    const loaded = { ...next, lane: { state: 'ready' as const, pid: 4244 } }
    if (request.mode !== 'replace') {
      const deployment =
        request.mode === 'canary'
          ? { state: 'canary' as const, percent: request.percent, ...who }
          : { state: 'shadow' as const, ...who }
      return { model: withSlots(model, { staged: { ...loaded, deployment } }), answer: turned(model) }
    }
    return { model: started(model, loaded, who, nowMs), answer: turned(model, next.version) }
  }
  const { reason, person: by = 'admin' } = reasonRequestSchema.parse(body)
  const who = { since: at, by, reason }
  switch (what) {
    case 'promote':
      if (!next) return { refused: 'nothing is staged' }
      return { model: started(model, next, who, nowMs), answer: turned(model, next.version) }
    case 'abort':
      if (!next) return { refused: 'nothing is staged' }
      return {
        model: withSlots(model, { staged: { ...next, deployment: { state: 'staged', since: at } } }),
        answer: turned(model),
      }
    case 'rollback': {
      if (!running || !previous) return { refused: 'there is no previous version' }
      const back = withSlots(model, {
        running: { ...previous, deployment: { state: 'running', ...who } },
        previous: null,
        staged: { ...running, deployment: { state: 'rolled-back', ...who, ms } },
      })
      const turn = { at, from: running.version, to: previous.version, ms, by, reason }
      return {
        model: { ...back, rollback: null, lastRollback: turn },
        answer: turned(model, previous.version),
      }
    }
    case 'drill': {
      if (!running || !previous) return { refused: 'there is no previous version' }
      const [from, to] = [running.version, previous.version]
      const drill = { at, by, from, to, passed: true, thereMs: 3, backMs: 4, readings: 9, lost: 0 }
      return { model: { ...model, drills: [drill, ...model.drills].slice(0, 12) }, answer: turned(model, to) }
    }
    default:
      return undefined
  }
}

function turned(model: ModelDetail, to?: string): Turned {
  const from = model.slots.running?.version ?? null
  return { from, to: to ?? from ?? '', ms }
}

function withSlots(model: ModelDetail, slots: Partial<ModelDetail['slots']>): ModelDetail {
  return { ...model, slots: { ...model.slots, ...slots } }
}

type Who = { since: string; by: string; reason: string }

function started(model: ModelDetail, next: Slot, who: Who, nowMs: number): ModelDetail {
  const { running } = model.slots
  const trialUntil = new Date(nowMs + 300_000).toISOString()
  const previous = running && {
    ...running,
    deployment: { state: 'previous' as const, since: who.since },
  }
  const rollback = running && { to: running.version, ready: true, expectedMs: 4, text: 'ready, 4 ms' }
  return {
    ...withSlots(model, {
      running: { ...next, deployment: { state: 'running', ...who, trialUntil } },
      previous,
      staged: null,
    }),
    rollback,
  }
}

/** The model with a package that somebody sent. */
export function withPackage(model: ModelDetail, version: string): ModelDetail {
  return withSlots(model, { staged: { ...staged(), version, release: 7 } })
}

export function rehearsal(model: ModelDetail, from: string, to: string): Rehearsal {
  const firings = [
    { at: '2026-11-19T03:12:00Z', until: '2026-11-19T03:20:00Z', value: 0.07, n: 300 },
    { at: '2026-11-22T17:40:00Z', until: null, value: 0.11, n: 280 },
  ]
  return {
    from,
    to,
    readings: 604_800,
    versions: ['1.0.4'],
    missing: [],
    text: '',
    guardrails: model.guardrails.map(({ id, title, action }, i) => ({
      id,
      title,
      action,
      times: i === 0 ? firings.length : 0,
      firings: i === 0 ? firings : [],
      range: i === 2 ? null : { min: 0, max: i === 0 ? 0.11 : 6.2 },
      text: i === 0 ? 'Would have fired twice in 7 d.' : 'Would not have fired in 7 d.',
    })),
  }
}

/** The comparison that fits where the staged version stands; undefined where it is compared with nothing. */
export function comparisonOf(model: ModelDetail, said: Comparison | null): Comparison | undefined {
  const state = model.slots.staged?.deployment.state
  return said && (state === 'shadow' || state === 'canary') ? { ...said, mode: state } : undefined
}
