import Fastify, { type FastifyInstance, type RouteOptions } from 'fastify'
import type { Edge } from '../edge.ts'
import { guard } from './access.ts'
import { alertRoutes } from './alerts.ts'
import { attachmentRoutes } from './attachments.ts'
import { auditRoutes } from './audit.ts'
import { deviceRoutes } from './device.ts'
import { enrolRoutes } from './enrol.ts'
import { eventRoutes } from './events.ts'
import { answerFailures } from './failures.ts'
import { guardrailRoutes } from './guardrails.ts'
import { importRoutes } from './imports.ts'
import { modelRoutes } from './models.ts'
import { openInferenceRoutes } from './open-inference.ts'
import { pages } from './pages.ts'
import { peopleRoutes } from './people.ts'
import { readingRoutes } from './readings.ts'
import { sessionRoutes } from './session.ts'
import { syncRoutes } from './sync.ts'
import { trustRoutes } from './trust.ts'

const maxBodyBytes = 8 * 1024 * 1024
/** A connection on which nothing moves is closed: a client that hangs holds nothing for long. */
const idleMs = 60_000
const headersMs = 10_000

export interface ServerLog {
  error: (detail: object, message: string) => void
}

/** Everything the runtime says over HTTP. */
export async function buildServer(
  edge: Edge,
  rendererDir: string | undefined,
  log: ServerLog,
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
  // Streams are handed to their route unread; a body without a type is taken for JSON, as OIP clients send it.
  app.addContentTypeParser(['application/x-ndjson', 'application/octet-stream'], (_request, payload, done) =>
    done(null, payload),
  )
  app.addContentTypeParser('*', { parseAs: 'string' }, app.getDefaultJsonParser('error', 'error'))
  answerFailures(app, log)
  const denied = (by: string, what: object) =>
    edge
      .audit('access.denied', by, what)
      .catch((error: unknown) => log.error({ err: error, by, what }, 'a refusal could not be written down'))
  await guard(app, { token: edge.token, hosts: edge.hosts, now: edge.now, sessions: edge.sessions, denied })
  sessionRoutes(app, edge)
  peopleRoutes(app, edge, denied)
  await pages(app, rendererDir)
  readingRoutes(app, edge)
  attachmentRoutes(app, edge)
  alertRoutes(app, edge)
  modelRoutes(app, edge)
  guardrailRoutes(app, edge)
  openInferenceRoutes(app, edge)
  eventRoutes(app, edge.hub, edge.status)
  deviceRoutes(app, edge)
  auditRoutes(app, edge)
  trustRoutes(app, edge)
  enrolRoutes(app, edge)
  syncRoutes(app, edge)
  importRoutes(app, edge)
  return app
}
