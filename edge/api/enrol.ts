import type { FastifyInstance } from 'fastify'
import { type EnrolmentStanding, joinRequestSchema } from '#core/contracts/sync.ts'
import type { Edge } from '../edge.ts'
import type { LinkStanding } from '../sync/link/link-port.ts'
import { parseBody } from './body.ts'

const admin = { config: { role: 'admin' } } as const

/** This machine's place in a fleet. */
export function enrolRoutes(app: FastifyInstance, { link }: Pick<Edge, 'link'>): void {
  app.get('/api/enrol', async () => shown(link.standing()))
  app.post('/api/enrol', admin, async (request) => {
    const { code, recover } = parseBody(joinRequestSchema, request.body)
    request.raw.socket.setTimeout(0) // a slow line takes its time
    return shown(await link.enrol(code, request.caller, recover))
  })
  app.delete('/api/enrol', admin, async (request) => shown(await link.leave(request.caller)))
}

function shown({ lastContactMs, isConnected, ...standing }: LinkStanding): EnrolmentStanding {
  return {
    ...standing,
    connected: isConnected,
    lastContactAt: lastContactMs === null ? null : new Date(lastContactMs).toISOString(),
  }
}
