import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import {
  enrolAnswerSchema,
  enrolRequestSchema,
  heartbeatAnswerSchema,
  heartbeatSchema,
  tokenAnswerSchema,
  tokenRequestSchema,
} from '#core/contracts/sync.ts'
import { digestSchema } from '#core/contracts/update.ts'
import { parseBody } from '../api/body.ts'
import { type EnrolParts, enrol } from './enrol.ts'
import type { Heartbeats } from './heartbeat.ts'
import type { Tokens } from './tokens.ts'

const params = z.object({ device: digestSchema })
const smallBody = 16 * 1024
const reportBody = 2 * 1024 * 1024
/** Of one address, each minute: a whole fleet behind one proxy comes back at once after an outage. */
const tokenLimit = { max: 30_000, timeWindow: 60_000 }

/** What machines ask before they may send anything, and once a minute. */
export function deviceRoutes(
  app: FastifyInstance,
  { joining, tokens, heartbeats }: { joining: EnrolParts; tokens: Tokens; heartbeats: Heartbeats },
): void {
  app.post(
    '/sync/v1/enrol',
    {
      bodyLimit: smallBody,
      config: {
        central: 'device',
        doc: {
          what: 'A machine joins the fleet with a join code',
          body: enrolRequestSchema,
          answer: enrolAnswerSchema,
        },
      },
    },
    async (request) => enrol(joining, parseBody(enrolRequestSchema, request.body)),
  )
  app.post(
    '/sync/v1/token',
    {
      bodyLimit: smallBody,
      config: {
        central: 'device',
        rateLimit: tokenLimit,
        doc: {
          what: 'An access token against an assertion that the machine signed (RFC 7523)',
          body: tokenRequestSchema,
          answer: tokenAnswerSchema,
        },
      },
    },
    async (request, reply) => {
      void reply.header('cache-control', 'no-store')
      return tokens.grant(parseBody(tokenRequestSchema, request.body).client_assertion)
    },
  )
  app.post(
    '/sync/v1/:device/heartbeat',
    {
      bodyLimit: reportBody,
      // Before a byte of the body is read.
      onRequest: async (request) => {
        await tokens.authenticate(request)
      },
      config: {
        central: 'device',
        doc: {
          what: 'How a machine stands, once a minute and when something changed',
          params,
          body: heartbeatSchema,
          answer: heartbeatAnswerSchema,
        },
      },
    },
    async (request) => {
      const device = await tokens.authenticate(request)
      return heartbeats.take(device, parseBody(heartbeatSchema, request.body))
    },
  )
}
