import type { FastifyInstance } from 'fastify'
import { EdgewrightError } from '#core/contracts/errors.ts'
import {
  type AlarmFigures,
  alarmFiguresQuerySchema,
  alarmFiguresSchema,
  fleetAlertPageSchema,
  fleetAlertQuerySchema,
  guardrailFiringPageSchema,
  guardrailFiringQuerySchema,
} from '#core/contracts/fleet-alerts.ts'
import { parseBody } from '../api/body.ts'
import type { Base } from '../central.ts'
import { alertsPage } from '../store/feedback-alert-list.ts'
import { chatteringOf, slotsOf, standingOf, totalsOf, worstOf } from '../store/feedback-figures.ts'
import { firingsPage } from '../store/feedback-guardrails.ts'
import { ownersOf } from '../store/ownership.ts'
import { ratesOf } from './figures.ts'
import { shownAlert, shownFiring, titleOf } from './shown.ts'

const dayMs = 24 * 60 * 60_000
const mostDays = 92
const worst = 10

/** Alerts, guardrails and alarm figures of the fleet. */
export function alertRoutes(app: FastifyInstance, base: Base): void {
  const { db, now } = base
  const alertsDoc = {
    what: 'Alerts of all machines',
    query: fleetAlertQuerySchema,
    answer: fleetAlertPageSchema,
  }
  app.get('/api/alerts', { config: { central: 'viewer', doc: alertsDoc } }, async (request) => {
    const query = parseBody(fleetAlertQuerySchema, request.query)
    const { rows, next } = await alertsPage(db, query, new Date(now()))
    const owners = await ownersOf(
      db,
      rows.map(({ model }) => model),
    )
    return { items: rows.map((row) => shownAlert(row, owners)), next }
  })
  const guardrailsDoc = {
    ...{ what: 'Guardrails that fired', query: guardrailFiringQuerySchema },
    answer: guardrailFiringPageSchema,
  }
  app.get('/api/guardrails', { config: { central: 'viewer', doc: guardrailsDoc } }, async (request) => {
    const { rows, next } = await firingsPage(db, parseBody(guardrailFiringQuerySchema, request.query))
    const owners = await ownersOf(
      db,
      rows.map(({ model }) => model),
    )
    return { items: rows.map((row) => shownFiring(row, owners)), next }
  })
  const figuresDoc = {
    ...{ what: 'Alarm figures (ISA-18.2)', query: alarmFiguresQuerySchema, answer: alarmFiguresSchema },
  }
  app.get('/api/alarm-figures', { config: { central: 'viewer', doc: figuresDoc } }, async (request) =>
    alarmFigures(base, parseBody(alarmFiguresQuerySchema, request.query)),
  )
}

async function alarmFigures(
  { db, now }: Base,
  query: {
    from?: string | undefined
    to?: string | undefined
    site?: string | undefined
    model?: string | undefined
  },
): Promise<AlarmFigures> {
  const to = new Date(query.to ?? now())
  const from = new Date(query.from ?? to.getTime() - 7 * dayMs)
  if (from >= to || to.getTime() - from.getTime() > mostDays * dayMs)
    throw new EdgewrightError('request-invalid', `"from" must lie before "to", by ${mostDays} days at most`)
  const { site, model } = query
  const stretch = { from, to, site, model }
  const totals = await totalsOf(db, stretch, new Date(now()))
  const standing = await standingOf(db, { site, model }, new Date(now() - dayMs))
  const slots = await slotsOf(db, stretch)
  const { raising, ...rates } = ratesOf(slots, {
    ...{ fromMs: from.getTime(), toMs: to.getTime(), machines: standing.machines },
  })
  const sources = await worstOf(db, stretch, worst)
  return {
    from: from.toISOString(),
    to: to.toISOString(),
    raised: totals.raised,
    byPriority: { high: totals.high, medium: totals.medium, low: totals.low },
    machines: { raising, all: standing.machines },
    ...rates,
    stale: standing.stale,
    chattering: await chatteringOf(db, stretch),
    answeredInTime: { share: totals.due === 0 ? null : totals.timely / totals.due, n: totals.due },
    worst: sources.map(({ title, ...source }) => ({
      ...source,
      title: titleOf(title, source.rule),
      share: source.count / totals.raised,
    })),
  }
}
