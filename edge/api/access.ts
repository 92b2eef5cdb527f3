import { hkdfSync, timingSafeEqual } from 'node:crypto'
import cookie from '@fastify/cookie'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { mayActAs, type Role } from '#core/contracts/people.ts'
import { NotAllowed } from '../people/not-allowed.ts'
import { called } from '../people/people.ts'
import type { Acting, Sessions } from '../people/sessions.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks, as the record calls them: 'admin' (the token), 'operator' (a browser), 'M. Keller (technician)'; '' on open routes. */
    caller: string
    /** What they may; null on open routes. */
    role: Role | null
    /** Who has signed in at this browser; null: nobody. */
    person: Acting | null
    /** The browser's session; null: the token, or an open route. */
    session: string | null
  }
  interface FastifyContextConfig {
    open?: boolean
    /**
     * The least role that may ask. Every route that changes something names its own: where one does not, only an admin may.
     * A route that only reads and names none is open to operators.
     */
    role?: Role
  }
}

export interface AccessParts {
  /** The runtime's local token, out of the data folder. */
  token: string
  /** host:port pairs that a request may name; anything else may be a page that rebound its name to this machine. */
  hosts: () => readonly string[]
  now: () => number
  sessions: Sessions
  /** Somebody asked for what they may not; for the audit. Must not reject. */
  denied: (by: string, what: object) => Promise<unknown>
}

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS'])

/** The least role that may use a route. */
export function needed(config: { role?: Role }, method: string): Role {
  return config.role ?? (safeMethods.has(method) ? 'operator' : 'admin')
}

/** Cookies do not tell ports apart: two runtimes on one machine need two names. */
export const cookieName = (hosts: readonly string[]) => `edgewright_${hosts[0]?.split(':').at(-1) ?? ''}`

/**
 * Host, Origin, credentials and role of every request. Browsers send cookies to whatever page asks them to, so a cookie counts
 * only with a Host this runtime has and, for anything that changes something, an Origin that is this runtime.
 */
export async function guard(app: FastifyInstance, parts: AccessParts): Promise<void> {
  // Derived from the token: sessions outlive a restart, and a new token ends them all.
  const secret = Buffer.from(hkdfSync('sha256', parts.token, 'edgewright', 'session cookie', 32)).toString(
    'hex',
  )
  await app.register(cookie, { secret })
  app.decorateRequest('caller', '')
  app.decorateRequest('role', null)
  app.decorateRequest('person', null)
  app.decorateRequest('session', null)

  const origins = () => parts.hosts().map((host) => `http://${host}`)

  /** The browser's session: `EXPIRY.ID`, signed. */
  function sessionOf(request: FastifyRequest): string | undefined {
    const sealed = request.cookies[cookieName(parts.hosts())]
    if (sealed === undefined) return undefined
    const { valid, value } = request.unsignCookie(sealed)
    if (!valid || !(Number.parseInt(value, 10) >= parts.now())) return undefined
    if (!safeMethods.has(request.method) && request.headers.origin === undefined)
      throw new EdgewrightError(
        'origin-refused',
        'a session may change something only from its own page, and this request names no Origin',
      )
    return value
  }

  function whoAsks(request: FastifyRequest): Role | null {
    const { authorization } = request.headers
    if (authorization !== undefined) {
      if (!isToken(authorization, parts.token)) return null
      request.caller = 'admin'
      return 'admin'
    }
    const session = sessionOf(request)
    if (session === undefined) return null
    const person = parts.sessions.acting(session) ?? null
    request.session = session
    request.person = person
    request.caller = person ? called(person) : 'operator'
    return person?.role ?? 'operator'
  }

  app.addHook('onRequest', async (request) => {
    if (!parts.hosts().includes(request.headers.host ?? ''))
      throw new EdgewrightError(
        'host-refused',
        `this runtime does not answer as "${(request.headers.host ?? '').slice(0, 100)}"`,
      )
    if (request.headers.origin !== undefined && !origins().includes(request.headers.origin))
      throw new EdgewrightError(
        'origin-refused',
        `pages of "${request.headers.origin.slice(0, 100)}" may not use this runtime`,
      )
    const { config } = request.routeOptions
    if (config.open) return
    request.role = whoAsks(request)
    if (request.role === null)
      throw new EdgewrightError('not-signed-in', 'no valid token or session came with this request')
    if (request.is404) return
    const needs = needed(config, request.method)
    if (!mayActAs(request.role, needs)) throw await refusal(request, needs, parts.denied)
    if (request.session !== null && !safeMethods.has(request.method)) parts.sessions.touch(request.session)
  })
}

/** Written down before it is answered. */
export async function refusal(
  { method, url, caller }: FastifyRequest,
  needs: Role,
  denied: AccessParts['denied'],
): Promise<NotAllowed> {
  const address = (url.split('?')[0] ?? '').slice(0, 200)
  await denied(caller, { method, address, needs })
  return new NotAllowed(`${method} ${address}`, needs, caller)
}

/** Compared by digest, so that neither length nor content shows in the time it takes. */
function isToken(authorization: string, token: string): boolean {
  const [given, wanted] = [Buffer.from(authorization), Buffer.from(`Bearer ${token}`)]
  // The length alone can be told by the time that this takes, and it is no secret.
  return given.length === wanted.length && timingSafeEqual(given, wanted)
}
