import { PassThrough, Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { z } from 'zod'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { Edge } from '../edge.ts'
import { parseBody } from './body.ts'

/** events: who did what · rollout: what became of versions · metrics: what was measured */
const pageSchema = z.object({
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z.string().optional(),
  stream: z.enum(['events', 'rollout', 'metrics']).default('events'),
})

const moment = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text))
const exportSchema = z.object({
  from: moment.optional(),
  to: moment.optional(),
  readings: z.stringbool().default(false),
})

const renewSchema = z.strictObject({ reason: z.string().trim().min(1).max(500) })

/** The record of who did what, and what proves it. */
export function auditRoutes(
  app: FastifyInstance,
  { journal, auditTrail, audit }: Pick<Edge, 'journal' | 'auditTrail' | 'audit'>,
): void {
  app.get('/api/audit', async (request) => {
    const { stream, limit, cursor } = parseBody(pageSchema, request.query)
    return journal.eventRows({ stream, limit, ...(cursor !== undefined && { cursor }) })
  })
  app.get('/api/audit/verify', async (_request, reply) => answerLate(reply, auditTrail.verify()))
  app.get('/api/audit/key', async () => auditTrail.key)
  app.post('/api/audit/key', { config: { role: 'admin' } }, async (request) => {
    const { reason } = parseBody(renewSchema, request.body)
    return auditTrail.renewKey(request.caller, reason)
  })
  app.get('/api/audit/export', { config: { role: 'technician' } }, async (request, reply) => {
    const { from, to, readings } = parseBody(exportSchema, request.query)
    const bounds = { ...(from !== undefined && { fromMs: from }), ...(to !== undefined && { toMs: to }) }
    const chunks = await auditTrail.export({ ...bounds, readings })
    await audit('audit.exported', request.caller, {
      from: timeText(from),
      to: timeText(to),
      readings,
    })
    return reply
      .type('application/x-ndjson')
      .header('content-disposition', 'attachment; filename="edgewright-record.ndjson"')
      .send(Readable.from(chunks, { objectMode: false }))
  })
}

const timeText = (ms: number | undefined) => (ms === undefined ? null : new Date(ms).toISOString())

/** Well within what the server and its callers wait on a connection that stands still. */
const signOfLifeMs = 10_000

/**
 * An answer that may take minutes: a space now and then, which JSON allows before its text, keeps the connection open. Once one
 * was sent the status is 200, and a failure breaks the answer off.
 */
async function answerLate(reply: FastifyReply, answer: Promise<unknown>): Promise<unknown> {
  const soon = new Promise<undefined>((resolve) => {
    setTimeout(() => resolve(undefined), signOfLifeMs).unref()
  })
  const early = await Promise.race([answer, soon])
  if (early !== undefined) return early
  const body = new PassThrough()
  const timer = setInterval(() => body.write(' '), signOfLifeMs)
  body.write(' ')
  answer
    .then((value) => body.end(JSON.stringify(value)))
    .catch((error: unknown) =>
      body.destroy(error instanceof Error ? error : new EdgewrightError('internal', String(error))),
    )
    .finally(() => clearInterval(timer))
  body.on('close', () => clearInterval(timer))
  return reply.type('application/json').send(body)
}
