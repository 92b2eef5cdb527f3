import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { EdgewrightError } from '#core/contracts/errors.ts'
import {
  createdInboxSchema,
  inboxesSchema,
  inboxMessageSchema,
  newInboxSchema,
} from '#core/contracts/retraining.ts'
import { askerOf } from '../api/access.ts'
import { parseBody } from '../api/body.ts'
import { idSchema } from '../api/ids.ts'
import type { Base } from '../central.ts'
import type { Notifier } from '../notify/outbox.ts'
import { newSecret, whyNotBelieved } from '../notify/sign.ts'
import { addInbox, cameFirst, endInbox, type Inbox, inboxes, inboxOf } from '../store/notify-inboxes.ts'
import { requestBySomebody } from './request-retraining.ts'

const signedSchema = z.object({
  'webhook-id': z.string().min(1).max(200),
  'webhook-timestamp': z.string(),
  'webhook-signature': z.string().max(2000),
})
const mostBytes = 256 * 1024
/** Longer than a message is believed: until then its id is remembered. */
const rememberMs = 24 * 60 * 60_000
const path = '/api/retraining/inboxes'

/** Programs that ask for retraining by a signed webhook (Standard Webhooks 1.0.0), each with a secret of its own. */
export function inboxRoutes(app: FastifyInstance, base: Base, notifier: Notifier): void {
  const { db, now } = base
  const shown = ({ id, name, created_at, created_by }: Inbox) => ({
    ...{ id, name, createdBy: created_by, createdAt: created_at.toISOString() },
    url: `${base.publicUrl()}${path}/${id}/messages`,
  })
  const listDoc = { what: 'Which programs may ask by webhook', answer: inboxesSchema }
  app.get(path, { config: { central: 'admin', doc: listDoc } }, async () => ({
    inboxes: (await inboxes(db)).map(shown),
  }))
  const newDoc = { what: 'Lets a program ask', body: newInboxSchema, answer: createdInboxSchema, status: 201 }
  app.post(path, { config: { central: 'admin', doc: newDoc } }, async (request, reply) => {
    const { name } = parseBody(newInboxSchema, request.body)
    const [secret, by, at] = [newSecret(), askerOf(request).name, new Date(now())]
    const inbox = { name, created_at: at, created_by: by }
    const id = await addInbox(db, { ...inbox, secret })
    await base.record('inbox.added', by, { id, name })
    return reply.code(201).send({ ...shown({ id, ...inbox }), secret })
  })
  const endDoc = { what: 'Lets a program ask no more', params: idSchema }
  app.delete(`${path}/:id`, { config: { central: 'admin', doc: endDoc } }, async (request, reply) => {
    const { id } = parseBody(idSchema, request.params)
    if (!(await endInbox(db, id, new Date(now()))))
      throw new EdgewrightError('hook-unknown', `there is no inbox ${id}`)
    await base.record('inbox.removed', askerOf(request).name, { id })
    return reply.code(204).send()
  })
  app.register(async (scope) => {
    // The signature is over the bytes as they came.
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: mostBytes }, (_, body, done) =>
      done(null, body),
    )
    messageRoute(scope, base, notifier)
  })
}

function messageRoute(scope: FastifyInstance, { db, now }: Base, notifier: Notifier): void {
  const doc = { what: 'Asks for retraining, signed', params: idSchema, body: inboxMessageSchema }
  // A program, not a browser: its signature is looked at here, as a machine's token is by sync.
  scope.post(`${path}/:id/messages`, { config: { central: 'device', doc } }, async (request, reply) => {
    const { id: inbox } = parseBody(idSchema, request.params)
    const at = new Date(now())
    const signed = signedSchema.safeParse(request.headers)
    const found = await inboxOf(db, inbox)
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
    if (!found || !signed.success)
      throw new EdgewrightError('not-signed-in', 'there is no such inbox, or the message is not signed')
    const { 'webhook-id': id, 'webhook-timestamp': timestamp } = signed.data
    const why = whyNotBelieved(
      { id, timestamp, body },
      signed.data['webhook-signature'],
      found.secret,
      at.getTime(),
    )
    if (why) throw new EdgewrightError('not-signed-in', `the message is not believed: ${why}`)
    const asked = parseBody(inboxMessageSchema, parsed(body))
    await db.transaction().execute(async (tx) => {
      const forget = new Date(at.getTime() - rememberMs)
      if (!(await cameFirst(tx, { inbox, id, at, forget }))) return
      await requestBySomebody(tx, notifier, { ...asked, source: found.name }, { by: found.name, at })
    })
    return reply.code(204).send()
  })
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch (error) {
    throw new EdgewrightError('body-unreadable', 'the message is no JSON', { cause: error })
  }
}
