import type { Readable } from 'node:stream'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { activateRequestSchema, type ReasonRequest, reasonRequestSchema } from '#core/contracts/deployment.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { Edge } from '../edge.ts'
import { parseBody } from './body.ts'
import { withUpload } from './upload.ts'

const maxPackageBytes = 2 * 1024 ** 3

type ById = { Params: { id: string } }

/** Which models run here, packages coming in, and the ways there and back. */
export function modelRoutes(app: FastifyInstance, { deployments }: Edge): void {
  app.get('/api/models', async () => ({ models: deployments.list() }))
  app.get<ById>('/api/models/:id', async (request) => deployments.detail(request.params.id))
  app.get<ById>('/api/models/:id/comparison', async (request) => deployments.comparison(request.params.id))

  app.post('/api/models', { bodyLimit: maxPackageBytes }, async (request, reply) => {
    const { body } = request
    if (typeof body !== 'object' || body === null || !('pipe' in body))
      throw new EdgewrightError('body-unreadable', 'the body is not a package', {
        hint: 'Send the .ewp file as application/octet-stream.',
      })
    patient(request)
    const install = (upload: Readable) => deployments.install(upload, request.caller)
    const { summary, mended } = await withUpload(body as Readable, install)
    return reply.code(mended ? 200 : 201).send(summary)
  })

  app.post<ById>('/api/models/:id/activate', async (request) => {
    const wanted = parseBody(activateRequestSchema, request.body)
    patient(request)
    return deployments.activate(request.params.id, wanted, whoIn(request, wanted))
  })

  app.post<ById>('/api/models/:id/rollback', async (request) => {
    const who = whoIn(request, parseBody(reasonRequestSchema, request.body))
    patient(request)
    return deployments.rollback(request.params.id, who, request.caller)
  })

  for (const step of ['promote', 'abort', 'drill'] as const)
    app.post<ById>(`/api/models/:id/${step}`, async (request) => {
      const who = whoIn(request, parseBody(reasonRequestSchema, request.body))
      patient(request)
      return deployments[step](request.params.id, who)
    })
}

/** Qualifying may take minutes, in which nothing moves on the connection. */
function patient(request: FastifyRequest): void {
  request.raw.socket.setTimeout(0)
}

/** Who wants it: the name that was given, and the credentials that came with it. */
function whoIn({ caller }: FastifyRequest, { reason, person }: ReasonRequest) {
  return { by: person === undefined ? caller : `${person} (${caller})`, reason }
}
