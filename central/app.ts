import { randomUUID } from 'node:crypto'
import cookie from '@fastify/cookie'
import rateLimit from '@fastify/rate-limit'
import Fastify, { type FastifyInstance, type FastifyServerOptions, type RouteOptions } from 'fastify'
import { type AccessParts, guard } from './api/access.ts'
import { answerFailures } from './api/failures.ts'
import { healthRoutes } from './api/health.ts'
import { collectRoutes, openapiRoute } from './api/openapi.ts'
import { pages } from './api/pages.ts'
import { watchRequests } from './api/watch.ts'
import type { Base } from './central.ts'

/** One area's routes. */
export type Routes = (app: FastifyInstance) => void

export interface AppOptions {
  tls?: { cert: Buffer; key: Buffer }
  /** One proxy stands in front: what it says of who asks is believed. */
  behindProxy?: boolean
  /** The fleet console, built. */
  rendererDir?: string
  /** Hears of every route; for tests that go through all of them. */
  onRoute?: (route: RouteOptions) => void
}

const maxBodyBytes = 8 * 1024 * 1024
const idleMs = 60_000
const headersMs = 10_000
/** Of machines, by machine and address, each minute; a machine that sends all day needs a tenth. */
const deviceLimit = { max: 3_000, timeWindow: 60_000 }

/** Everything central says over HTTP: health, then each area's own routes. */
export async function buildApp(
  base: Base,
  access: AccessParts,
  areas: readonly Routes[],
  { tls, behindProxy, rendererDir, onRoute }: AppOptions = {},
): Promise<FastifyInstance> {
  const app = Fastify({
    logger: false,
    genReqId: () => randomUUID(),
    bodyLimit: maxBodyBytes,
    connectionTimeout: idleMs,
    http: { headersTimeout: headersMs },
    ...(tls && { https: { ...tls, minVersion: 'TLSv1.2', headersTimeout: headersMs } }),
    routerOptions: { maxParamLength: 300 },
    trustProxy: behindProxy ? 1 : false,
    // Requests under way are answered; only connections that say nothing are closed at once.
    forceCloseConnections: 'idle',
  } as FastifyServerOptions)
  if (onRoute) app.addHook('onRoute', onRoute)
  const known = collectRoutes(app)
  app.addHook('onRoute', (route) => {
    if (route.config?.central === 'device') route.config = { rateLimit: deviceLimit, ...route.config }
  })
  await app.register(cookie)
  await app.register(rateLimit, {
    global: false,
    cache: 50_000,
    keyGenerator: ({ ip, params }) => `${ip} ${(params as { device?: string } | undefined)?.device ?? ''}`,
  })
  answerFailures(app, base.log)
  watchRequests(app, base)
  guard(app, access)
  await pages(app, rendererDir)
  healthRoutes(app, base)
  openapiRoute(app, known)
  app.get(
    '/metrics',
    {
      config: {
        central: 'viewer',
        doc: { what: 'Figures, in Prometheus’ text format', answer: 'text/plain' },
      },
    },
    async (_request, reply) => reply.type(base.metrics.contentType).send(await base.metrics.text()),
  )
  for (const area of areas) area(app)
  return app
}
