import type { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { Edge } from '../edge.ts'

const maxPackageBytes = 2 * 1024 ** 3

type ById = { Params: { id: string } }

/** Which models run here, and packages coming in. */
export function modelRoutes(app: FastifyInstance, { deployments }: Edge): void {
  app.get('/api/models', async () => ({ models: deployments.list() }))
  app.get<ById>('/api/models/:id', async (request) => deployments.detail(request.params.id))
  app.post('/api/models', { bodyLimit: maxPackageBytes }, async (request, reply) => {
    const { body } = request
    if (typeof body !== 'object' || body === null || !('pipe' in body))
      throw new EdgewrightError('body-unreadable', 'the body is not a package', {
        hint: 'Send the .ewp file as application/octet-stream.',
      })
    // Qualifying may take minutes, in which nothing moves on the connection.
    request.raw.socket.setTimeout(0)
    return reply.code(201).send(await deployments.install(body as Readable, request.caller))
  })
}
