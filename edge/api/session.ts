import { randomBytes } from 'node:crypto'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { sessionRequestSchema } from '#core/contracts/api.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { type Session, signInSchema } from '#core/contracts/people.ts'
import type { Edge } from '../edge.ts'
import { cookieName } from './access.ts'
import { parseBody } from './body.ts'

/** Single-use codes for sign-in links; they die with the runtime. */
export class SignInCodes {
  readonly #open = new Set<string>()

  issue(): string {
    const code = randomBytes(24).toString('base64url')
    this.#open.add(code)
    return code
  }

  redeem(code: string): boolean {
    return this.#open.delete(code)
  }
}

const sessionMs = 30 * 24 * 3600 * 1000

/** Browsers come in by a link, as the screen's operator; a person signs in on top of that with their PIN. */
export function sessionRoutes(
  app: FastifyInstance,
  { audit, codes, hosts, now, people, sessions }: Edge,
): void {
  /** A session of its own each time: whoever has seen the one before does not become somebody by this. */
  function giveSession(reply: FastifyReply): string {
    const expiresMs = now() + sessionMs
    const session = `${expiresMs}.${randomBytes(18).toString('base64url')}`
    reply.setCookie(cookieName(hosts()), session, {
      signed: true,
      httpOnly: true,
      sameSite: 'strict',
      path: '/',
      expires: new Date(expiresMs),
    })
    return session
  }

  app.post('/api/session', { config: { open: true } }, async (request, reply) => {
    const { code } = parseBody(sessionRequestSchema, request.body)
    if (!codes.redeem(code))
      throw new EdgewrightError('code-spent', 'this sign-in code is not valid, or was used before')
    await audit('session.opened', 'operator', {})
    giveSession(reply)
    return reply.code(204).send()
  })

  app.post('/api/session/code', { config: { role: 'admin' } }, async () => ({ code: codes.issue() }))

  app.get(
    '/api/session',
    async ({ role, person }): Promise<Session> => ({
      role: role ?? 'operator',
      person: person && { id: person.id, name: person.name },
      until: person && new Date(person.untilMs).toISOString(),
    }),
  )

  app.post(
    '/api/session/person',
    { config: { role: 'operator' } },
    async (request, reply): Promise<Session> => {
      const { person: id, pin } = parseBody(signInSchema, request.body)
      if (request.session === null)
        throw new EdgewrightError(
          'request-invalid',
          'people sign in at a browser, and this came with the token',
        )
      const person = await people.check(id, pin, request.caller)
      sessions.leave(request.session)
      const session = giveSession(reply)
      sessions.signIn(session, person)
      const acting = sessions.acting(session)
      return {
        role: acting?.role ?? 'operator',
        person: acting ? { id: acting.id, name: acting.name } : null,
        until: acting ? new Date(acting.untilMs).toISOString() : null,
      }
    },
  )

  app.delete('/api/session/person', { config: { role: 'operator' } }, async (request, reply) => {
    if (request.session !== null) sessions.leave(request.session)
    return reply.code(204).send()
  })
}
