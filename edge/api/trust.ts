import type { FastifyInstance } from 'fastify'
import { trustRequestSchema } from '#core/contracts/update.ts'
import type { Edge } from '../edge.ts'
import { parseBody } from './body.ts'

/** What this machine believes, and where it hears of new versions. */
export function trustRoutes(app: FastifyInstance, { updates }: Pick<Edge, 'updates'>): void {
  app.get('/api/updates', async () => updates.status())
  app.post('/api/updates/check', { config: { role: 'technician' } }, async (request) => {
    request.raw.socket.setTimeout(0) // a slow line takes its time
    return updates.checkNow(request.caller)
  })
  app.post('/api/trust', { config: { role: 'admin' } }, async (request) =>
    updates.trust(parseBody(trustRequestSchema, request.body), request.caller),
  )
}
