import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { modelIdSchema } from '#core/contracts/manifest.ts'
import {
  newRetrainingSchema,
  retrainingChangeSchema,
  retrainingPageSchema,
  retrainingQuerySchema,
  retrainingSchema,
  type Schedule,
  scheduleChangeSchema,
  schedulesSchema,
} from '#core/contracts/retraining.ts'
import { askerOf } from '../api/access.ts'
import { parseBody } from '../api/body.ts'
import { longIdSchema } from '../api/ids.ts'
import type { Base } from '../central.ts'
import type { Notifier } from '../notify/outbox.ts'
import {
  lockRequest,
  requestRow,
  requestsPage,
  saveRequest,
  schedules,
  setSchedule,
} from '../store/feedback-retraining.ts'
import { record } from '../store/log.ts'
import { requestBySomebody } from './request-retraining.ts'
import { changed, nextTime, shownRequest } from './retraining.ts'

const modelSchema = z.object({ model: modelIdSchema })
const unknown = (id: number) => new EdgewrightError('retraining-unknown', `there is no request ${id}`)

/** Requests to train a model anew: asked for, taken, done. */
export function retrainingRoutes(app: FastifyInstance, { db, now }: Base, notifier: Notifier): void {
  const listDoc = {
    what: 'Requests to train anew',
    query: retrainingQuerySchema,
    answer: retrainingPageSchema,
  }
  app.get('/api/retraining', { config: { central: 'viewer', doc: listDoc } }, async (request) => {
    const { rows, next } = await requestsPage(db, parseBody(retrainingQuerySchema, request.query))
    return { items: rows.map(shownRequest), next }
  })
  const newDoc = { what: 'Asks for one', body: newRetrainingSchema, answer: retrainingSchema, status: 201 }
  app.post('/api/retraining', { config: { central: 'publisher', doc: newDoc } }, async (request, reply) => {
    const asked = parseBody(newRetrainingSchema, request.body)
    const who = { by: askerOf(request).name, at: new Date(now()) }
    const row = await db.transaction().execute((tx) => requestBySomebody(tx, notifier, asked, who))
    return reply.code(201).send(shownRequest(row))
  })
  const oneDoc = { what: 'One request, with its history', params: longIdSchema, answer: retrainingSchema }
  app.get('/api/retraining/:id', { config: { central: 'viewer', doc: oneDoc } }, async (request) => {
    const { id } = parseBody(longIdSchema, request.params)
    const row = await requestRow(db, id)
    if (!row) throw unknown(id)
    return shownRequest(row)
  })
  const changeDoc = {
    ...{ what: 'Takes, links, dates or ends one', params: longIdSchema },
    ...{ body: retrainingChangeSchema, answer: retrainingSchema },
  }
  app.post('/api/retraining/:id', { config: { central: 'publisher', doc: changeDoc } }, async (request) => {
    const { id } = parseBody(longIdSchema, request.params)
    const change = parseBody(retrainingChangeSchema, request.body)
    const who = { by: askerOf(request).name, at: new Date(now()) }
    return db.transaction().execute(async (tx) => {
      const row = await lockRequest(tx, id)
      if (!row) throw unknown(id)
      const after = changed(row, change, who)
      await saveRequest(tx, after)
      const shown = shownRequest(after)
      const { model, state, owner, link, due, result } = shown
      const told = { id, model, state, owner, link, due, result }
      await record(tx, who.at.getTime(), 'retraining.changed', who.by, { ...change, id, model })
      await notifier.publish(tx, 'retraining.changed', told)
      return shown
    })
  })
  const schedulesDoc = { what: 'Which models are trained anew every so many days', answer: schedulesSchema }
  app.get('/api/retraining/schedules', { config: { central: 'viewer', doc: schedulesDoc } }, async () => ({
    schedules: (await schedules(db)).map(
      ({ model, every_days, since, next_at, by }): Schedule => ({
        ...{ model, everyDays: every_days, by },
        since: since.toISOString(),
        nextAt: next_at.toISOString(),
      }),
    ),
  }))
  const scheduleDoc = { what: 'Sets or ends one', params: modelSchema, body: scheduleChangeSchema }
  app.put(
    '/api/retraining/schedules/:model',
    { config: { central: 'publisher', doc: scheduleDoc } },
    async (request, reply) => {
      const { model } = parseBody(modelSchema, request.params)
      const { everyDays } = parseBody(scheduleChangeSchema, request.body)
      const [by, at] = [askerOf(request).name, new Date(now())]
      await db.transaction().execute(async (tx) => {
        const schedule = everyDays === null ? null : { every_days: everyDays, since: at, by }
        await setSchedule(
          tx,
          model,
          schedule && { ...schedule, next_at: nextTime(at, schedule.every_days, at) },
        )
        await record(tx, at.getTime(), 'retraining.scheduled', by, { model, everyDays })
      })
      return reply.code(204).send()
    },
  )
}
