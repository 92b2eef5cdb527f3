import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Base } from '../central.ts'
import { isReady } from '../store/ready.ts'

/** `/healthz`: the process answers. `/readyz`: it can do its work, that is, the database takes writes. */
export function healthRoutes(app: FastifyInstance, { db }: Pick<Base, 'db'>): void {
  app.get(
    '/healthz',
    {
      config: {
        central: 'anyone',
        doc: { what: 'The process answers', answer: z.object({ ok: z.literal(true) }) },
      },
    },
    async () => ({ ok: true }),
  )
  app.get(
    '/readyz',
    {
      config: {
        central: 'anyone',
        doc: { what: 'The database takes writes', answer: z.object({ ready: z.literal(true) }) },
      },
    },
    async (_request, reply) => {
      const problem = await isReady(db)
      if (problem === undefined) return { ready: true }
      return reply.code(503).send({ ready: false, problem })
    },
  )
}
