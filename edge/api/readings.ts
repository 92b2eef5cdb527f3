import type { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Trend } from '#core/contracts/api.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { Edge } from '../edge.ts'
import { parseTime } from '../ingest/malformed.ts'
import { parseBody } from './body.ts'
import { answerLines } from './ndjson.ts'
import { thin } from './thin.ts'

const timeSchema = z.string().transform((text, context) => {
  const ms = parseTime(text)
  if (Number.isNaN(ms)) context.addIssue({ code: 'custom', message: 'not an RFC 3339 time' })
  return ms
})

const querySchema = z.object({
  asset: z.string().optional(),
  from: timeSchema.optional(),
  to: timeSchema.optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z.string().optional(),
})

const trendQuerySchema = z.object({
  asset: z.string(),
  series: z.string(),
  from: timeSchema,
  to: timeSchema,
  points: z.coerce.number().int().min(2).max(5000).default(600),
})

type ById = { Params: { id: string } }

/** Readings in, decisions out; and both again out of the journal. */
export function readingRoutes(app: FastifyInstance, { deployments, journal }: Edge): void {
  app.post<ById>('/api/models/:id/readings', { config: { role: 'operator' } }, async (request, reply) => {
    const pipeline = deployments.pipeline(request.params.id)
    const { body } = request
    if (isStream(body))
      return reply.type('application/x-ndjson').send(answerLines(body, (raw) => pipeline.decide(raw, true)))
    if (Array.isArray(body)) return pipeline.decide(body)
    if (typeof body !== 'object' || body === null)
      throw new EdgewrightError('body-unreadable', 'the body is neither a reading nor an array of readings')
    return (await pipeline.decide([body]))[0]
  })

  app.get<ById>('/api/models/:id/readings', async (request) => {
    deployments.pipeline(request.params.id)
    const { from, to, ...query } = parseBody(querySchema, request.query)
    return journal.readings({
      model: request.params.id,
      limit: query.limit,
      ...(query.asset !== undefined && { asset: query.asset }),
      ...(query.cursor !== undefined && { cursor: query.cursor }),
      ...(from !== undefined && { fromMs: from }),
      ...(to !== undefined && { toMs: to }),
    })
  })

  app.get<ById>('/api/models/:id/trend', async (request): Promise<Trend> => {
    deployments.pipeline(request.params.id)
    const { asset, series, from, to, points } = parseBody(trendQuerySchema, request.query)
    const bucketMs = Math.max(1, (to - from) / points)
    const found = await journal.series({ model: request.params.id, asset, series, fromMs: from, toMs: to })
    return { asset, series, bucketMs, points: thin(found.timesMs, found.values, from, bucketMs) }
  })
}

function isStream(body: unknown): body is Readable {
  return typeof body === 'object' && body !== null && 'pipe' in body
}
