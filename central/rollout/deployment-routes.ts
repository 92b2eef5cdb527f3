import type { FastifyInstance } from 'fastify'
import {
  deploymentsPageSchema,
  deploymentsQuerySchema,
  deskStatusSchema,
  deviceEventsPageSchema,
  deviceEventsQuerySchema,
} from '#core/contracts/deployments.ts'
import { parseBody } from '../api/body.ts'
import type { DeskKeeper } from './desk-keeper.ts'
import type { RolloutReader } from './reader.ts'

/** What runs where, what happened there, and what central signs by itself. */
export function deploymentRoutes(app: FastifyInstance, reader: RolloutReader, keeper: DeskKeeper): void {
  app.get(
    '/api/deployments',
    {
      config: {
        central: 'viewer',
        doc: {
          what: 'Which machine runs which version of a model now, and what is held there',
          ...{ query: deploymentsQuerySchema, answer: deploymentsPageSchema },
        },
      },
    },
    async (request) => reader.deployments(parseBody(deploymentsQuerySchema, request.query)),
  )
  app.get(
    '/api/deployments/history',
    {
      config: {
        central: 'viewer',
        doc: {
          what: 'What happened to versions and trust on machines, also while they were offline',
          ...{ query: deviceEventsQuerySchema, answer: deviceEventsPageSchema },
        },
      },
    },
    async (request) => reader.events(parseBody(deviceEventsQuerySchema, request.query)),
  )
  app.get(
    '/api/signing',
    {
      config: {
        central: 'viewer',
        doc: { what: 'What central signs by itself, and what ends soon', answer: deskStatusSchema },
      },
    },
    async () => keeper.status(),
  )
}
