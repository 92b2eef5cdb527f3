import type { FastifyInstance } from 'fastify'
import { confirmRequestSchema, importRequestSchema } from '#core/contracts/update.ts'
import type { Edge } from '../edge.ts'
import { listDrives } from '../update/usb/drives.ts'
import { parseBody } from './body.ts'

const technician = { config: { role: 'technician' } } as const

type ById = { Params: { id: string } }

/** Signed updates that come on a stick: read, then confirmed. */
export function importRoutes(app: FastifyInstance, { imports }: Pick<Edge, 'imports'>): void {
  app.get('/api/updates/drives', async () => ({ drives: await listDrives() }))
  app.get('/api/updates/import', async () => imports.state())
  app.post('/api/updates/import', technician, async (request) => {
    const { path } = parseBody(importRequestSchema, request.body)
    // Copying gigabytes off a stick takes minutes, in which nothing moves on the connection.
    request.raw.socket.setTimeout(0)
    return imports.read(path, request.caller)
  })
  app.post<ById>('/api/updates/import/:id/confirm', technician, async (request) => {
    const wanted = parseBody(confirmRequestSchema, request.body)
    request.raw.socket.setTimeout(0)
    return imports.confirm(request.params.id, wanted, request.caller)
  })
  app.delete<ById>('/api/updates/import/:id', technician, async (request, reply) => {
    await imports.cancel(request.params.id)
    return reply.code(204).send()
  })
}
