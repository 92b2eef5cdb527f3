import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import {
  rolloutAbortSchema,
  rolloutApproveSchema,
  rolloutDetailSchema,
  rolloutMachinesPageSchema,
  rolloutMachinesQuerySchema,
  rolloutPageSchema,
  rolloutPlanSchema,
  rolloutQuerySchema,
  rolloutReasonSchema,
} from '#core/contracts/rollout.ts'
import { askerOf } from '../api/access.ts'
import { parseBody } from '../api/body.ts'
import type { RolloutReader } from './reader.ts'
import type { Rollouts } from './rollouts.ts'

const params = z.object({
  id: z.coerce
    .number()
    .int()
    .positive()
    .max(2 ** 31 - 1),
})

export function rolloutRoutes(app: FastifyInstance, rollouts: Rollouts, reader: RolloutReader): void {
  app.get(
    '/api/rollouts',
    {
      config: {
        central: 'viewer',
        doc: { what: 'Rollouts, newest first', query: rolloutQuerySchema, answer: rolloutPageSchema },
      },
    },
    async (request) => reader.list(parseBody(rolloutQuerySchema, request.query)),
  )
  app.post(
    '/api/rollouts',
    {
      config: {
        central: 'publisher',
        doc: {
          ...{ what: 'Propose a rollout; without approvals it begins at once', status: 201 },
          ...{ body: rolloutPlanSchema, answer: rolloutDetailSchema },
        },
      },
    },
    async (request, reply) => {
      const plan = parseBody(rolloutPlanSchema, request.body)
      const id = await rollouts.propose(plan, askerOf(request).name)
      return reply.code(201).send(await reader.detail(id))
    },
  )
  app.get(
    '/api/rollouts/:id',
    {
      config: {
        central: 'viewer',
        doc: { what: 'One rollout: groups, gates, failures, history', params, answer: rolloutDetailSchema },
      },
    },
    async (request) => reader.detail(parseBody(params, request.params).id),
  )
  app.get(
    '/api/rollouts/:id/machines',
    {
      config: {
        central: 'viewer',
        doc: {
          what: 'Its machines, and how far each is',
          ...{ params, query: rolloutMachinesQuerySchema, answer: rolloutMachinesPageSchema },
        },
      },
    },
    async (request) =>
      reader.machines(
        parseBody(params, request.params).id,
        parseBody(rolloutMachinesQuerySchema, request.query),
      ),
  )
  const act = <S extends z.ZodType>(
    path: string,
    who: 'publisher' | 'approver',
    what: string,
    body: S,
    work: (id: number, by: string, asked: z.output<S>) => Promise<void>,
  ) =>
    app.post(
      `/api/rollouts/:id/${path}`,
      { config: { central: who, doc: { what, params, body, answer: rolloutDetailSchema } } },
      async (request) => {
        const { id } = parseBody(params, request.params)
        await work(id, askerOf(request).name, parseBody(body, request.body))
        return reader.detail(id)
      },
    )
  act('start', 'publisher', 'A draft is proposed', rolloutReasonSchema, (id, by, { reason }) =>
    rollouts.start(id, by, reason),
  )
  act('approve', 'approver', 'Agree that it starts, or goes on', rolloutApproveSchema, (id, by, asked) =>
    rollouts.approve(id, by, asked.group, asked.reason),
  )
  act('pause', 'publisher', 'No further machine is assigned it', rolloutReasonSchema, (id, by, { reason }) =>
    rollouts.pause(id, by, reason),
  )
  act('resume', 'publisher', 'Go on, accepting the failures so far', rolloutReasonSchema, (id, by, asked) =>
    rollouts.resume(id, by, asked.reason),
  )
  act('skip', 'publisher', 'Let the active group pass', rolloutReasonSchema, (id, by, { reason }) =>
    rollouts.skip(id, by, reason),
  )
  act('abort', 'publisher', 'Take it back', rolloutAbortSchema, (id, by, { reason, takeBack }) =>
    rollouts.abort(id, by, reason, takeBack),
  )
}
