import type { FastifyInstance } from 'fastify'
import { mayActAs, newPersonSchema, newPinSchema } from '#core/contracts/people.ts'
import type { Edge } from '../edge.ts'
import { type AccessParts, refusal } from './access.ts'
import { parseBody } from './body.ts'

type ById = { Params: { id: string } }
const byAdmin = { config: { role: 'admin' } } as const

/** Who can sign in at this machine. */
export function peopleRoutes(app: FastifyInstance, { people }: Edge, denied: AccessParts['denied']): void {
  app.get('/api/people', async () => ({ people: people.list() }))

  app.post('/api/people', byAdmin, async (request, reply) => {
    const person = await people.add(parseBody(newPersonSchema, request.body), request.caller)
    return reply.code(201).send(person)
  })

  app.delete<ById>('/api/people/:id', byAdmin, async (request, reply) => {
    await people.remove(request.params.id, request.caller)
    return reply.code(204).send()
  })

  app.post<ById>('/api/people/:id/pin', { config: { role: 'operator' } }, async (request) => {
    const { id } = request.params
    const isOwn = request.person?.id === id
    if (!isOwn && !mayActAs(request.role ?? 'operator', 'admin'))
      throw await refusal(request, 'admin', denied)
    const { pin, current } = parseBody(newPinSchema, request.body)
    if (isOwn) await people.check(id, current ?? '', request.caller)
    return people.setPin(id, pin, request.caller)
  })
}
