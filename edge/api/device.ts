import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Edge } from '../edge.ts'
import { parseBody } from './body.ts'

const pageSchema = z.object({
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z.string().optional(),
})

/** The machine itself: health, figures, the record of who did what. */
export function deviceRoutes(
  app: FastifyInstance,
  { status, metrics, hardware, journal, deployments }: Edge,
): void {
  app.get('/healthz', { config: { open: true } }, async () => ({ ok: true }))
  app.get('/readyz', { config: { open: true } }, async (_request, reply) => {
    const waiting = deployments
      .list()
      .filter(({ slots }) => slots.running?.lane.state !== 'ready')
      .map(({ id }) => id)
    return reply.code(waiting.length === 0 ? 200 : 503).send({ ready: waiting.length === 0, waiting })
  })
  app.get('/metrics', async (_request, reply) => reply.type(metrics.contentType).send(await metrics.text()))
  app.get('/api/status', async () => status())
  app.get('/api/hardware', async () => hardware.figures())
  app.get('/api/sync', async () => status().central)
  app.get('/api/audit', async (request) => {
    const { limit, cursor } = parseBody(pageSchema, request.query)
    return journal.eventRows({ stream: 'events', limit, ...(cursor !== undefined && { cursor }) })
  })
  app.get('/api/audit/verify', async () => journal.verify())
}
