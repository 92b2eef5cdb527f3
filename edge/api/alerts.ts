import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import {
  alertStateSchema,
  emptyRequestSchema,
  escalateRequestSchema,
  feedbackRequestSchema,
  shelveRequestSchema,
} from '#core/contracts/alert.ts'
import type { Edge } from '../edge.ts'
import { parseBody } from './body.ts'

const querySchema = z.object({
  state: z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(alertStateSchema))
    .optional(),
  model: z.string().optional(),
  rule: z.string().optional(),
  asset: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z.string().optional(),
})

type ById = { Params: { id: string } }
const byOperator = { config: { role: 'operator' } } as const

/** The alerts and what people do with them. Every change is answered once it is durable. */
export function alertRoutes(app: FastifyInstance, { alerts, journal }: Edge): void {
  app.get('/api/alerts', async (request) => {
    const { state, model, rule, asset, limit, cursor } = parseBody(querySchema, request.query)
    return journal.alerts({
      limit,
      ...(state !== undefined && { states: state }),
      ...(model !== undefined && { model }),
      ...(rule !== undefined && { rule }),
      ...(asset !== undefined && { asset }),
      ...(cursor !== undefined && { cursor }),
    })
  })
  app.get<ById>('/api/alerts/:id', async (request) => alerts.get(request.params.id))

  app.post<ById>('/api/alerts/:id/acknowledge', byOperator, async ({ params, body, caller }) => {
    parseBody(emptyRequestSchema, body)
    return alerts.acknowledge(params.id, caller)
  })
  app.post<ById>('/api/alerts/:id/done', byOperator, async ({ params, body, caller }) => {
    parseBody(emptyRequestSchema, body)
    return alerts.actionDone(params.id, caller)
  })
  app.post<ById>('/api/alerts/:id/shelve', byOperator, async ({ params, body, caller }) => {
    const { minutes, reason } = parseBody(shelveRequestSchema, body)
    return alerts.shelve(params.id, caller, minutes, reason)
  })
  app.post<ById>('/api/alerts/:id/unshelve', byOperator, async ({ params, body, caller }) => {
    parseBody(emptyRequestSchema, body)
    return alerts.unshelve(params.id, caller)
  })
  app.post<ById>('/api/alerts/:id/escalate', byOperator, async ({ params, body, caller }) => {
    const { note } = parseBody(escalateRequestSchema, body)
    return alerts.escalate(params.id, caller, note)
  })
  app.post<ById>('/api/alerts/:id/feedback', byOperator, async ({ params, body, caller }) => {
    const { answer, note } = parseBody(feedbackRequestSchema, body)
    return alerts.feedback(params.id, caller, answer, note)
  })
}
