import type { FastifyInstance } from 'fastify'
import { limitsSchema } from '#core/contracts/sync.ts'
import type { Edge } from '../edge.ts'
import { parseBody } from './body.ts'

/** What waits to be sent to central, and what the line is to bear. */
export function syncRoutes(app: FastifyInstance, { sync }: Pick<Edge, 'sync'>): void {
  app.get('/api/sync', async () => sync.status())
  app.put('/api/sync/limits', { config: { role: 'admin' } }, async (request) =>
    sync.setLimits(parseBody(limitsSchema, request.body), request.caller),
  )
}
