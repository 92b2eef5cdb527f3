import { hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto'
import cookie from '@fastify/cookie'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { sessionRequestSchema } from '#core/contracts/api.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { parseBody } from './body.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks: 'admin' (the local token), 'operator' (a browser session), or '' on open routes. */
    caller: string
  }
  interface FastifyContextConfig {
    open?: boolean
  }
}

export interface AccessParts {
  /** The runtime's local token, out of the data folder. */
  token: string
  /** host:port pairs that a request may name; anything else may be a page that rebound its name to this machine. */
  hosts: () => readonly string[]
  now: () => number
  /** A sign-in happened; for the audit. */
  signedIn: () => Promise<unknown>
}

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
const safeMethods = new Set(['GET', 'HEAD'])

/**
 * Host, Origin and credentials of every request. Browsers send cookies to whatever page asks them to, so a cookie counts
 * only with a Host this runtime has and, for anything that changes something, an Origin that is this runtime.
 */
export async function guard(app: FastifyInstance, parts: AccessParts, codes: SignInCodes): Promise<void> {
  // Derived from the token: sessions outlive a restart, and a new token ends them all.
  const secret = Buffer.from(hkdfSync('sha256', parts.token, 'edgewright', 'session cookie', 32)).toString(
    'hex',
  )
  await app.register(cookie, { secret })
  app.decorateRequest('caller', '')

  const origins = () => parts.hosts().map((host) => `http://${host}`)
  // Cookies do not tell ports apart: two runtimes on one machine need two names.
  const cookieName = () => `edgewright_${parts.hosts()[0]?.split(':').at(-1) ?? ''}`

  function callerOf(request: FastifyRequest): string {
    const { authorization, origin } = request.headers
    if (authorization !== undefined) return isToken(authorization, parts.token) ? 'admin' : ''
    const sealed = request.cookies[cookieName()]
    if (sealed === undefined) return ''
    const { valid, value } = request.unsignCookie(sealed)
    if (!valid || Number(value) < parts.now()) return ''
    if (!safeMethods.has(request.method) && origin === undefined)
      throw new EdgewrightError(
        'origin-refused',
        'a session may change something only from its own page, and this request names no Origin',
      )
    return 'operator'
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
    if (request.routeOptions.config.open) return
    request.caller = callerOf(request)
    if (request.caller === '')
      throw new EdgewrightError('not-signed-in', 'no valid token or session came with this request')
  })

  app.post('/api/session', { config: { open: true } }, async (request, reply) => {
    const { code } = parseBody(sessionRequestSchema, request.body)
    if (!codes.redeem(code))
      throw new EdgewrightError('code-spent', 'this sign-in code is not valid, or was used before')
    await parts.signedIn()
    const expiresMs = parts.now() + sessionMs
    return reply
      .setCookie(cookieName(), String(expiresMs), {
        signed: true,
        httpOnly: true,
        sameSite: 'strict',
        path: '/',
        expires: new Date(expiresMs),
      })
      .code(204)
      .send()
  })

  app.post('/api/session/code', async (request) => {
    if (request.caller !== 'admin')
      throw new EdgewrightError('not-signed-in', 'only the holder of the token can make sign-in links')
    return { code: codes.issue() }
  })
}

/** Compared by digest, so that neither length nor content shows in the time it takes. */
function isToken(authorization: string, token: string): boolean {
  const [given, wanted] = [Buffer.from(authorization), Buffer.from(`Bearer ${token}`)]
  // The length alone can be told by the time that this takes, and it is no secret.
  return given.length === wanted.length && timingSafeEqual(given, wanted)
}
