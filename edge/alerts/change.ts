import type { Alert } from '#core/contracts/alert.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { type AlarmEvent, next } from './lifecycle.ts'

/** One step in the life of an alert, to be made durable with what led to it. */
export interface AlertChange {
  alert: Alert
  kind: string
  timeMs: number
  by: string
  detail: Record<string, unknown>
  /** Raised by this row of the record it came with: the row's id is only known once it has its address. */
  row?: number
}

interface Happening {
  by: string
  timeMs: number
  /** What of the alert changes beside its state. */
  fields?: Partial<Alert>
  detail?: Record<string, unknown>
}

const inWords: Record<AlarmEvent, string> = {
  raised: 'raised',
  cleared: 'cleared',
  acknowledged: 'acknowledged',
  shelved: 'shelved',
  'unshelved-active': 'taken off the shelf',
  'unshelved-unseen': 'taken off the shelf',
  'unshelved-clear': 'taken off the shelf',
}

/** A step to another alarm state; `alert-transition` where the lifecycle has no such step. */
export function moved(
  alert: Alert,
  event: AlarmEvent,
  { by, timeMs, fields, detail }: Happening,
): AlertChange {
  const state = next(alert.state, event)
  if (!state) throw refused(alert, inWords[event])
  return {
    alert: { ...alert, ...fields, state },
    kind: `alert.${event}`,
    timeMs,
    by,
    detail: { ...detail, from: alert.state, to: state },
  }
}

/** Something that is kept with the alert and changes no state. */
export function noted(alert: Alert, kind: string, { by, timeMs, fields, detail }: Happening): AlertChange {
  return { alert: { ...alert, ...fields }, kind, timeMs, by, detail: detail ?? {} }
}

export function refused(alert: Alert, what: string): EdgewrightError {
  const { state, acknowledgedBy, acknowledgedAt } = alert
  const who = acknowledgedBy ? `, acknowledged by ${acknowledgedBy} at ${acknowledgedAt}` : ''
  return new EdgewrightError('alert-transition', `this alert is ${state}${who}, so it cannot be ${what}`)
}

/** Off the shelf, because somebody took it or because its time is over. */
export function unshelved(alert: Alert, by: string, timeMs: number): AlertChange {
  if (alert.clearedAt !== undefined) {
    const { shelved: _, ...rest } = alert
    // What went away on the shelf without anybody having seen it must still be seen.
    const unseen = alert.acknowledgedAt === undefined
    return moved(rest, unseen ? 'unshelved-unseen' : 'unshelved-clear', { by, timeMs })
  }
  const respondBy = new Date(timeMs + alert.respondWithinMin * 60_000).toISOString()
  const { shelved: _, ...rest } = anew(alert)
  return moved(rest, 'unshelved-active', { by, timeMs, fields: { respondBy } })
}

/** Before somebody acknowledged it, escalated it, or it cleared; unless it lies on a shelf, where that is kept. */
export function anew(alert: Alert): Alert {
  const { clearedAt: _c, ...still } = alert
  if (alert.state === 'shelved' && alert.clearedAt !== undefined) return still
  const { acknowledgedAt: _a, acknowledgedBy: _b, actionDoneAt: _d, escalatedAt: _e, ...rest } = still
  return rest
}
