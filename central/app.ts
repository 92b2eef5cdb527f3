import Fastify, { type FastifyInstance, type RouteOptions } from 'fastify'
import { type AccessParts, guard } from './api/access.ts'
import { answerFailures } from './api/failures.ts'
import { healthRoutes } from './api/health.ts'
import type { Base } from './central.ts'

/** One area's routes. */
export type Routes = (app: FastifyInstance) => void

const maxBodyBytes = 8 * 1024 * 1024
const idleMs = 60_000
const headersMs = 10_000

/** Everything central says over HTTP: health, then each area's own routes. */
export async function buildApp(
  base: Base,
  access: AccessParts,
  areas: readonly Routes[],
  /** Hears of every route; for tests that go through all of them. */
  onRoute: (route: RouteOptions) => void = () => undefined,
): Promise<FastifyInstance> {
  const app = Fastify({
    logger: false,
    bodyLimit: maxBodyBytes,
    connectionTimeout: idleMs,
    http: { headersTimeout: headersMs },
    routerOptions: { maxParamLength: 300 },
    forceCloseConnections: true,
  })
  app.addHook('onRoute', onRoute)
  answerFailures(app, base.log)
  guard(app, access)
  healthRoutes(app, base)
  for (const area of areas) area(app)
  return app
}
