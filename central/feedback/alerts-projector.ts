import type { z } from 'zod'
import type { Base } from '../central.ts'
import type { Notifier } from '../notify/outbox.ts'
import type { Database } from '../store/database.ts'
import { acknowledgeRaising, alertOf, changeAlert, clockOffset, putRaised } from '../store/feedback-alerts.ts'
import { clearFirings } from '../store/feedback-guardrails.ts'
import { putAnswer } from '../store/feedback-reviews.ts'
import { momentOf, words } from '../store/feedback-values.ts'
import type { ArrivedEvent, DeviceRef, Projector } from '../sync/projector.ts'
import { answeredSchema, changedSchema, exampleSchema, raisedSchema } from './arrived.ts'

const minuteMs = 60_000
/** Nobody is told of what was raised longer ago than this: a machine that joins brings its past along. */
const newsMs = 24 * 60 * minuteMs

type Parts = Pick<Base, 'now'> & { notifier: Notifier }
type Tell = (problem: object) => void

/** Alerts as the fleet knows them, and the answers of people, out of what machines tell. */
export function alertsProjector(parts: Parts): Projector {
  return {
    kinds: ['alert.', 'feedback.example'],
    async apply(tx, device, events, tell) {
      const isRaised = events.some(
        ({ kind }) => kind === 'alert.raised' || kind.startsWith('alert.unshelved'),
      )
      const offsetMs = isRaised ? await clockOffset(tx, device.id) : 0
      for (const event of events) await one({ tx, device, event, offsetMs, tell, parts })
    },
  }
}

interface Step {
  tx: Database
  device: DeviceRef
  event: ArrivedEvent
  offsetMs: number
  tell: Tell
  parts: Parts
}

async function one(step: Step): Promise<void> {
  const { kind } = step.event
  if (kind === 'alert.raised') await raised(step)
  else if (kind === 'alert.feedback') await answered(step)
  else if (kind === 'feedback.example') await example(step)
  else await changed(step)
}

/** The body as its schema says; undefined, and told, where it does not fit. */
function read<S extends z.ZodType>({ event, tell }: Step, schema: S): z.output<S> | undefined {
  const parsed = schema.safeParse(event.body)
  if (parsed.success) return parsed.data
  const { kind, seq } = event
  tell({ kind, seq, path: parsed.error.issues[0]?.path.join('.'), why: parsed.error.issues[0]?.message })
  return undefined
}

async function raised(step: Step): Promise<void> {
  const { tx, device, event, offsetMs, parts } = step
  const body = read(step, raisedSchema)
  if (!body) return
  const { alertId, readingId, alert } = body
  const arrivedAt = new Date(parts.now())
  const at = momentOf(event.timeMs, arrivedAt.getTime())
  const respondBy = momentOf(alert.respondBy, null)
  const title = alert.title ?? alert.rule
  await putRaised(tx, {
    ...{ deviceId: device.id, alertId, site: device.site, state: body.to ?? alert.state, readingId, title },
    ...{ priority: alert.priority, model: alert.model.id, version: alert.model.version, rule: alert.rule },
    ...{ asset: alert.asset || null, owner: alert.owner ?? null, escalateTo: alert.escalateTo ?? null },
    raisedAt: momentOf(alert.raisedAt, at.getTime()),
    ...{ arrivedAt, at, respondBy, respondWithinMin: alert.respondWithinMin ?? null },
    dueAt: momentOf(respondBy && respondBy.getTime() - offsetMs, null),
  })
  if (arrivedAt.getTime() - (at.getTime() - offsetMs) > newsMs) return
  await parts.notifier.publish(tx, 'alert.raised', {
    ...{ id: alertId, device: device.device, machine: device.name, site: device.site },
    ...{ model: alert.model.id, version: alert.model.version, rule: alert.rule, priority: alert.priority },
    ...{ title, asset: alert.asset || null, owner: alert.owner ?? null },
    ...{ raisedAt: alert.raisedAt, respondBy: alert.respondBy ?? null },
  })
}

async function changed(step: Step): Promise<void> {
  const { tx, device, event, offsetMs, tell } = step
  const body = read(step, changedSchema)
  if (!body) return
  const { alertId, to, minutes } = body
  const at = momentOf(event.timeMs, 0)
  const state = to === undefined ? {} : { state: to }
  const known = await changeAlert(tx, device.id, alertId, {
    device_id: device.id, // an event that changes nothing else is no empty statement
    ...state,
    ...(event.kind === 'alert.acknowledged' && { acknowledged_at: at, acknowledged_by: words(event.by) }),
    ...(event.kind === 'alert.cleared' && { cleared_at: at }),
    ...(event.kind === 'alert.escalated' && { escalated_at: at }),
    ...(event.kind === 'alert.action-done' && { action_done_at: at }),
    ...(event.kind === 'alert.shelved' && {
      shelved_until: momentOf(at.getTime() + (minutes ?? 0) * minuteMs, 0),
    }),
    ...(event.kind.startsWith('alert.unshelved') && { shelved_until: null }),
  })
  if (!known) return tell({ kind: event.kind, seq: event.seq, why: 'the alert is not known here', alertId })
  if (event.kind === 'alert.acknowledged') await acknowledgeRaising(tx, device.id, alertId, at)
  if (event.kind === 'alert.unshelved-active') await beginAnew(step, alertId, at, offsetMs)
  if (event.kind === 'alert.cleared') {
    const alert = await alertOf(tx, device.id, alertId)
    const guardrail = alert?.rule.startsWith('guardrail:') ? alert.rule.slice('guardrail:'.length) : undefined
    if (alert && guardrail !== undefined)
      await clearFirings(tx, { deviceId: device.id, model: alert.model, guardrail, at })
  }
}

/** Off the shelf with its condition still there: a new deadline (edge/alerts/change.ts, unshelved). */
async function beginAnew({ tx, device }: Step, alertId: string, at: Date, offsetMs: number): Promise<void> {
  const alert = await alertOf(tx, device.id, alertId)
  if (alert?.respond_within_min === null || alert?.respond_within_min === undefined) return
  const respondByMs = at.getTime() + alert.respond_within_min * minuteMs
  await changeAlert(tx, device.id, alertId, {
    ...{ respond_by: momentOf(respondByMs, 0), due_at: momentOf(respondByMs - offsetMs, 0) },
    ...{ acknowledged_at: null, acknowledged_by: null, action_done_at: null, escalated_at: null },
    ...{ escalation_at: null, escalation_outcome: null, escalation_to: null },
  })
}

async function answered(step: Step): Promise<void> {
  const { tx, device, event, parts } = step
  const body = read(step, answeredSchema)
  if (!body) return
  const { alertId, answer, note } = body
  await changeAlert(tx, device.id, alertId, { answer })
  const alert = await alertOf(tx, device.id, alertId)
  if (!alert)
    return step.tell({ kind: event.kind, seq: event.seq, why: 'the alert is not known here', alertId })
  if (alert.rule.includes(':')) return // about the model itself: no reading, nothing to train from
  const arrivedAt = new Date(parts.now())
  const id = await putAnswer(tx, device, {
    ...{
      alertId,
      readingId: body.readingId ?? alert.reading_id,
      alert,
      answer,
      note: note ?? null,
      by: event.by,
    },
    ...{
      at: momentOf(event.timeMs, arrivedAt.getTime()),
      arrivedAt,
      model: alert.model,
      version: alert.version,
    },
    ...{ rule: alert.rule, asset: alert.asset },
  })
  await parts.notifier.publish(tx, 'feedback.answered', {
    ...{ id, device: device.device, machine: device.name, site: device.site, model: alert.model },
    ...{ version: alert.version, alert: alertId, answer },
  })
}

async function example(step: Step): Promise<void> {
  const { tx, device, event, parts } = step
  const body = read(step, exampleSchema)
  if (!body || body.rule.includes(':')) return
  const arrivedAt = new Date(parts.now())
  await putAnswer(tx, device, {
    ...{
      alertId: body.alertId,
      readingId: body.readingId,
      alert: await alertOf(tx, device.id, body.alertId),
    },
    ...{
      answer: body.answer,
      note: body.note ?? null,
      by: body.by,
      model: body.model,
      version: body.version,
    },
    ...{ at: momentOf(body.at, momentOf(event.timeMs, arrivedAt.getTime()).getTime()), arrivedAt },
    ...{ rule: body.rule, asset: body.asset },
    example: {
      ...{ digest: body.digest, time: body.time, features: body.features, withheld: body.withheld },
      ...{ pseudonymised: body.pseudonymised, missing: body.missing ?? null, decision: body.decision },
      window: body.window,
    },
  })
}
