import type { Readable } from 'node:stream'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { activateRequestSchema, type ReasonRequest, reasonRequestSchema } from '#core/contracts/deployment.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { Edge } from '../edge.ts'
import type { People } from '../people/people.ts'
import { parseBody } from './body.ts'
import { withUpload } from './upload.ts'

const maxPackageBytes = 2 * 1024 ** 3

type ById = { Params: { id: string } }
const byTechnician = { config: { role: 'technician' } } as const

/** Which models run here, packages coming in, and the ways there and back. */
export function modelRoutes(app: FastifyInstance, { deployments, people }: Edge): void {
  app.get('/api/models', async () => ({ models: deployments.list() }))
  app.get<ById>('/api/models/:id', async (request) => deployments.detail(request.params.id))
  app.get<ById>('/api/models/:id/comparison', async (request) => deployments.comparison(request.params.id))

  app.post('/api/models', { ...byTechnician, bodyLimit: maxPackageBytes }, async (request, reply) => {
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

  app.post<ById>('/api/models/:id/activate', byTechnician, async (request) => {
    const wanted = parseBody(activateRequestSchema, request.body)
    patient(request)
    return deployments.activate(request.params.id, wanted, whoIn(request, wanted, people))
  })

  // Beyond that the package says who may.
  app.post<ById>('/api/models/:id/rollback', { config: { role: 'operator' } }, async (request) => {
    const who = whoIn(request, parseBody(reasonRequestSchema, request.body), people)
    patient(request)
    return deployments.rollback(request.params.id, who, request.role ?? 'operator')
  })

  for (const step of ['promote', 'abort', 'drill'] as const)
    app.post<ById>(`/api/models/:id/${step}`, byTechnician, async (request) => {
      const who = whoIn(request, parseBody(reasonRequestSchema, request.body), people)
      patient(request)
      return deployments[step](request.params.id, who)
    })
}

/** Qualifying may take minutes, in which nothing moves on the connection. */
function patient(request: FastifyRequest): void {
  request.raw.socket.setTimeout(0)
}

/**
 * Who wants it: whoever has signed in; else the name that was given, and the credentials that came with it. Where somebody of
 * that name could have signed in, it is said that they had not.
 */
function whoIn(
  { caller, person: signedIn }: FastifyRequest,
  { reason, person }: ReasonRequest,
  people: People,
) {
  if (signedIn || person === undefined) return { by: caller, reason }
  return { by: `${person}${people.knows(person) ? ', not signed in' : ''} (${caller})`, reason }
}
