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
}

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS'])

export const needed = (config: { central?: CentralRole | 'device' | 'anyone' }, method: string) =>
  config.central ?? (safeMethods.has(method) ? 'viewer' : 'admin')

/** Credentials and role of every request, in one place. */
export function guard(app: FastifyInstance, { token, sessionOf }: AccessParts): void {
  app.decorateRequest('asker', null)
  app.addHook('onRequest', async (request) => {
    const needs = needed(request.routeOptions.config, request.method)
    if (needs === 'anyone' || needs === 'device') return
    const { authorization } = request.headers
    request.asker =
      authorization === undefined
        ? ((await sessionOf(request)) ?? null)
        : isToken(authorization, token)
          ? { name: 'admin', roles: ['admin'] }
          : null
    if (!request.asker)
      throw new EdgewrightError('not-signed-in', 'no valid token or session came with this request')
    if (request.is404 || mayAtCentral(request.asker.roles, needs)) return
    throw new EdgewrightError(
      'not-allowed',
      `${request.method} ${request.url.split('?')[0]} needs the role ${needs}`,
      {
        hint: `Sign in as somebody who is ${needs} here.`,
      },
    )
  })
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
