import { z } from 'zod'
import { pageQuerySchema } from '#core/contracts/central.ts'
import { modelIdSchema } from '#core/contracts/manifest.ts'
import {
  type Ownership,
  ownershipChangeSchema,
  ownershipDetailSchema,
  ownershipPageSchema,
} from '#core/contracts/ownership.ts'
import { askerOf } from '../api/access.ts'
import { parseBody } from '../api/body.ts'
import type { Area } from '../area.ts'
import type { Base } from '../central.ts'
import type { Notifier } from '../notify/outbox.ts'
import { record } from '../store/log.ts'
import { editOwnership, modelNames, ownershipHistory, ownersOf } from '../store/ownership.ts'
import { escalateOverdue } from './escalate.ts'
import { ownershipOf } from './raci.ts'

const modelSchema = z.object({ model: modelIdSchema })
const lookEveryMs = 5_000

/** Who answers for which model, and what happens where nobody does. */
export function createOwnership(base: Base, notifier: Notifier): Area {
  const { db, now } = base
  let lookedMs = 0
  const detail = async (model: string): Promise<z.infer<typeof ownershipDetailSchema>> => {
    const owners = await ownersOf(db, [model])
    const history = await ownershipHistory(db, model)
    return {
      ...(owners.get(model) ?? ownershipOf(model, null, null)),
      history: history.map(({ at, ...edit }) => ({ ...edit, at: at.toISOString() })),
    }
  }
  const what = {
    list: 'Who answers for which model',
    one: 'Who answers for a model, and what was edited here',
    edit: 'Edits who answers for a model',
  }
  const one = { params: modelSchema, answer: ownershipDetailSchema }
  return {
    tick: async () => {
      if (Math.abs(now() - lookedMs) < lookEveryMs) return
      lookedMs = now()
      await escalateOverdue(base, notifier)
    },
    routes: (app) => {
      const listDoc = { what: what.list, query: pageQuerySchema, answer: ownershipPageSchema }
      app.get('/api/ownership', { config: { central: 'viewer', doc: listDoc } }, async (request) => {
        const { limit, cursor = '' } = parseBody(pageQuerySchema, request.query)
        const names = await modelNames(db, cursor, limit + 1)
        const shown = names.slice(0, limit)
        const owners = await ownersOf(db, shown)
        const items = shown.flatMap((model): Ownership[] => {
          const ownership = owners.get(model)
          return ownership ? [ownership] : []
        })
        return { items, next: names.length > limit ? (shown.at(-1) ?? null) : null }
      })
      app.get(
        '/api/ownership/:model',
        { config: { central: 'viewer', doc: { what: what.one, ...one } } },
        async (request) => detail(parseBody(modelSchema, request.params).model),
      )
      const editDoc = { what: what.edit, ...one, body: ownershipChangeSchema }
      app.put(
        '/api/ownership/:model',
        { config: { central: 'publisher', doc: editDoc } },
        async (request) => {
          const { model } = parseBody(modelSchema, request.params)
          const { raci, reason } = parseBody(ownershipChangeSchema, request.body)
          const [by, at] = [askerOf(request).name, new Date(now())]
          await db.transaction().execute(async (tx) => {
            await editOwnership(tx, model, { at, by, reason, raci })
            await record(tx, at.getTime(), 'ownership.changed', by, { model, reason, raci })
          })
          return detail(model)
        },
      )
    },
  }
}
