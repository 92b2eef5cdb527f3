import { z } from 'zod'
import { pageQuerySchema } from '#core/contracts/central.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import {
  createdHookSchema,
  type Delivery,
  deliveryPageSchema,
  deliverySchema,
  type Hook,
  type HookKind,
  hookKindSchema,
  hooksSchema,
  newHookSchema,
} from '#core/contracts/hooks.ts'
import { askerOf } from '../api/access.ts'
import { parseBody } from '../api/body.ts'
import { idSchema } from '../api/ids.ts'
import type { Area } from '../area.ts'
import type { Base } from '../central.ts'
import { addHook, again, deliveriesPage, endHook, hooksWithStanding, type Standing } from '../store/notify.ts'
import type { DeliveryRow, HookRow } from '../store/tables/notify.ts'
import { whyNotTaken } from './address.ts'
import { type Notifier, Outbox } from './outbox.ts'
import type { NotifySettings } from './settings.ts'
import { newSecret } from './sign.ts'

const deliveriesQuerySchema = pageQuerySchema.extend({
  state: deliverySchema.shape.state.optional(),
  hook: z.coerce.number().int().optional(),
})
const deliveryIdSchema = z.object({ id: z.string().max(100) })

const iso = (date: Date | null): string | null => date?.toISOString() ?? null
const standing = ({ waiting, dead, lastDeliveredAt, lastProblem }: Standing) => ({
  ...{ waiting, dead, lastProblem },
  lastDeliveredAt: iso(lastDeliveredAt),
})
const hookOf = (row: Omit<HookRow, 'secret'> & Standing): Hook => ({
  ...{ id: row.id, url: row.url, kinds: row.kinds.filter(isKind), note: row.note, createdBy: row.created_by },
  createdAt: row.created_at.toISOString(),
  ...standing(row),
})
const isKind = (kind: string): kind is HookKind => hookKindSchema.safeParse(kind).success
const deliveryOf = (row: DeliveryRow & { url: string | null }): Delivery => ({
  ...{ id: row.id, hook: row.hook, to: row.url ?? row.mail_to ?? '', kind: row.kind, state: row.state },
  ...{ attempts: row.attempts, lastStatus: row.last_status, lastProblem: row.last_problem },
  createdAt: row.created_at.toISOString(),
  nextTryAt: iso(row.next_try),
  deliveredAt: iso(row.delivered_at),
})

/** Webhooks and e-mail. `notifier` is how other areas tell somebody. */
export function createNotify(base: Base, settings: NotifySettings): Area & { notifier: Notifier } {
  const outbox = new Outbox(base, settings)
  const { db } = base
  return {
    notifier: outbox,
    tick: () => outbox.tick(),
    routes: (app) => {
      app.get(
        '/api/hooks',
        { config: { central: 'admin', doc: { what: 'Whom this server tells what', answer: hooksSchema } } },
        async () => {
          const { hooks, mail } = await hooksWithStanding(db)
          const { smtpUrl, from } = settings
          const configured = smtpUrl !== undefined
          return {
            hooks: hooks.map(hookOf),
            mail: { configured, from: configured ? from : null, ...standing(mail) },
          } satisfies z.infer<typeof hooksSchema>
        },
      )
      app.post(
        '/api/hooks',
        {
          config: {
            central: 'admin',
            doc: {
              what: 'Tells an address from now on',
              body: newHookSchema,
              answer: createdHookSchema,
              status: 201,
            },
          },
        },
        async (request, reply) => {
          const { url, kinds, note = '' } = parseBody(newHookSchema, request.body)
          const refused = whyNotTaken(url, settings.allowed)
          if (refused) throw new EdgewrightError('request-invalid', `"${url}" is not taken: ${refused}`)
          const [secret, at, by] = [newSecret(), new Date(base.now()), askerOf(request).name]
          const each = [...new Set(kinds)]
          const id = await addHook(db, { url, kinds: each, note, secret, created_at: at, created_by: by })
          await base.record('hook.added', by, { id, url, kinds: each, note })
          const none = { waiting: 0, dead: 0, lastDeliveredAt: null, lastProblem: null }
          const row = { id, url, kinds: each, note, created_at: at, created_by: by, ended_at: null }
          return reply.code(201).send({ ...hookOf({ ...row, ...none }), secret })
        },
      )
      app.delete(
        '/api/hooks/:id',
        { config: { central: 'admin', doc: { what: 'Tells an address no more', params: idSchema } } },
        async (request, reply) => {
          const { id } = parseBody(idSchema, request.params)
          if (!(await endHook(db, id, new Date(base.now()))))
            throw new EdgewrightError('hook-unknown', `there is no hook ${id}`)
          await base.record('hook.removed', askerOf(request).name, { id })
          return reply.code(204).send()
        },
      )
      app.get(
        '/api/deliveries',
        {
          config: {
            central: 'admin',
            doc: {
              what: 'What was told, and what waits',
              query: deliveriesQuerySchema,
              answer: deliveryPageSchema,
            },
          },
        },
        async (request) => {
          const { items, next } = await deliveriesPage(db, parseBody(deliveriesQuerySchema, request.query))
          return { items: items.map(deliveryOf), next }
        },
      )
      app.post(
        '/api/deliveries/:id/redeliver',
        { config: { central: 'admin', doc: { what: 'Sends a message again', params: deliveryIdSchema } } },
        async (request, reply) => {
          const { id } = parseBody(deliveryIdSchema, request.params)
          if (!(await again(db, id, new Date(base.now()))))
            throw new EdgewrightError('hook-unknown', `there is no message "${id}" that could be sent again`)
          await base.record('hook.redelivered', askerOf(request).name, { id })
          return reply.code(204).send()
        },
      )
    },
  }
}
