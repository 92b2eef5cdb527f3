import { timingSafeEqual } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import { type CentralRole, mayAtCentral } from '#core/contracts/central.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { Caller } from '../central.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; null on open routes and on those of machines. */
    asker: Caller | null
  }
  interface FastifyContextConfig {
    /**
     * Who may ask. 'device': machines, which that part of the server looks at itself (sync/). 'anyone': open.
     * A route that names none: reading needs a viewer, everything else an admin.
     */
    central?: CentralRole | 'device' | 'anyone'
    /** What /openapi.json says of it; every route has one (a test holds them to it). */
    doc?: RouteDoc
  }
}

/** A route as the OpenAPI document tells it, out of the very schemas that it parses with. */
export interface RouteDoc {
  /** One line: what it does, or gives. */
  what: string
  /** Path parameters that are more than any text. */
  params?: z.ZodObject
  query?: z.ZodObject
  /** A zod schema for JSON; a media type for anything else, such as 'application/octet-stream'. */
  body?: z.ZodType | string
  /** The same, of the 2xx answer; absent: it has no body. */
  answer?: z.ZodType | string
  /** Of that answer, where it is neither 200 nor, without a body, 204. */
  status?: number
}

export interface AccessParts {
  /** Of the data folder; its holder is admin. */
  token: string
  /** Who a request's session belongs to; undefined: it brings none that holds. */
  sessionOf: (request: FastifyRequest) => Promise<Caller | undefined>
  /** Who a token was given out for; absent or undefined: it is none that holds. */
  tokenOf?: (secret: string) => Promise<Caller | undefined>
  /** host:port pairs by which browsers may ask; absent: none may. */
  hosts?: () => readonly string[]
  /** scheme://host:port pairs from which pages may; absent: none. */
  origins?: () => readonly string[]
  /** Lets its holder read one address, as a viewer: what watches this server gets no more. */
  readOnly?: { token: string; url: string }
}

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS'])

export const needed = (config: { central?: CentralRole | 'device' | 'anyone' }, method: string) =>
  config.central ?? (safeMethods.has(method) ? 'viewer' : 'admin')

/**
 * Credentials and role of every request, in one place. Browsers send cookies to whatever page asks them to, so a cookie counts only
 * with a Host that is this server's and, for anything that changes something, an Origin that is.
 */
export function guard(app: FastifyInstance, parts: AccessParts): void {
  app.decorateRequest('asker', null)

  async function whoAsks(request: FastifyRequest): Promise<Caller | null> {
    const { authorization } = request.headers
    if (authorization === undefined) return (await parts.sessionOf(request)) ?? null
    if (isToken(authorization, parts.token)) return { name: 'admin', roles: ['admin'] }
    const { readOnly } = parts
    if (readOnly && request.routeOptions.url === readOnly.url && isToken(authorization, readOnly.token))
      return { name: 'monitoring', roles: ['viewer'] }
    const secret = /^Bearer ([\w-]{1,100})$/.exec(authorization)?.[1]
    return (secret !== undefined && (await parts.tokenOf?.(secret))) || null
  }

  app.addHook('onRequest', async (request) => {
    const needs = needed(request.routeOptions.config, request.method)
    const safe = safeMethods.has(request.method)
    if (needs === 'device' || (needs === 'anyone' && safe)) return
    if (request.headers.authorization === undefined) refuseForeign(request, safe, parts)
    if (needs === 'anyone') return
    request.asker = await whoAsks(request)
    if (!request.asker)
      throw new EdgewrightError('not-signed-in', 'no valid token or session came with this request', {
        hint: 'Sign in; or send "Authorization: Bearer TOKEN" (the token lies in the data folder).',
      })
    if (request.is404 || mayAtCentral(request.asker.roles, needs)) return
    throw new EdgewrightError(
      'not-allowed',
      `${request.method} ${request.url.split('?')[0]} needs the role ${needs}`,
      { hint: `Sign in as somebody who is ${needs} here.` },
    )
  })
}

/** Of what a browser may send by itself, or because some page asked it to. */
function refuseForeign({ headers }: FastifyRequest, safe: boolean, { hosts, origins }: AccessParts): void {
  const { host = '', origin } = headers
  if (!hosts?.().includes(host))
    throw new EdgewrightError('host-refused', `this server does not answer as "${host.slice(0, 100)}"`, {
      hint: 'Use the address that the server printed, or tell it its own with --public-url.',
    })
  if (origin === undefined ? !safe : !origins?.().includes(origin))
    throw new EdgewrightError(
      'origin-refused',
      origin === undefined
        ? 'a session may change something only from its own page, and this request names no Origin'
        : `pages of "${origin.slice(0, 100)}" may not use this server`,
      { hint: 'Open the console from the server itself.' },
    )
}

/** Of a route that is not open. */
export const askerOf = ({ asker }: FastifyRequest): Caller => {
  if (asker) return asker
  throw new EdgewrightError('not-signed-in', 'nobody in particular asks')
}

function isToken(authorization: string, token: string): boolean {
  const [given, wanted] = [Buffer.from(authorization), Buffer.from(`Bearer ${token}`)]
  return given.length === wanted.length && timingSafeEqual(given, wanted)
}
