import type { FastifyInstance, FastifyReply } from 'fastify'
import { z } from 'zod'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { type Guardrail, type Rehearsal, rehearsalRequestSchema } from '#core/contracts/guardrail.ts'
import { rehearse } from '../deploy/guardrails/rehearse.ts'
import type { Edge } from '../edge.ts'
import { parseTime } from '../ingest/malformed.ts'
import { parseBody } from './body.ts'

const querySchema = z.object({ from: z.string().optional(), to: z.string().optional() })

type ById = { Params: { id: string } }

const defaultMs = 7 * 86_400_000

/** What guardrails would have done: those of the running version, or others that somebody thinks about. */
export function guardrailRoutes(app: FastifyInstance, { deployments, journal, now }: Edge): void {
  // One after the other: each reads a stretch of the journal, beside the readings that come in.
  let before: Promise<unknown> = Promise.resolve()

  async function answer(
    model: string,
    guardrails: readonly Guardrail[],
    times: z.output<typeof querySchema>,
    reply: FastifyReply,
  ): Promise<Rehearsal> {
    const stretch = between(times, now())
    const gone = new AbortController()
    // A long stretch takes its time, in which nothing moves on the connection.
    reply.raw.socket?.setTimeout(0)
    reply.raw.once('close', () => gone.abort())
    const { timeZone } = Intl.DateTimeFormat().resolvedOptions()
    const mine = before.then(() =>
      rehearse({ journal, model, guardrails, ...stretch, timeZone, signal: gone.signal }),
    )
    before = mine.catch(() => undefined) // told to whoever asked for it; the next one only waits
    return mine
  }

  app.get<ById>('/api/models/:id/guardrails/rehearsal', async ({ params, query }, reply) => {
    const { guardrails = [] } = deployments.manifest(params.id)
    return answer(params.id, guardrails, parseBody(querySchema, query), reply)
  })
  // A POST for the length of what it asks: nothing is changed by it.
  const byOperator = { config: { role: 'operator' } } as const
  app.post<ById>('/api/models/:id/guardrails/rehearsal', byOperator, async ({ params, body }, reply) => {
    deployments.manifest(params.id)
    const { guardrails, ...times } = parseBody(rehearsalRequestSchema, body)
    return answer(params.id, guardrails, times, reply)
  })
}

/** Up to now, and 7 days long, where nothing else is asked for. */
function between(
  { from, to }: z.output<typeof querySchema>,
  nowMs: number,
): { fromMs: number; toMs: number } {
  const toMs = to === undefined ? nowMs : Math.min(moment('to', to), nowMs)
  const fromMs = from === undefined ? toMs - defaultMs : moment('from', from)
  if (fromMs < toMs) return { fromMs, toMs }
  throw new EdgewrightError('request-invalid', '"from" is not before "to", or lies in the future')
}

function moment(name: string, text: string): number {
  const ms = parseTime(text)
  if (Number.isNaN(ms)) throw new EdgewrightError('request-invalid', `"${name}": not an RFC 3339 time`)
  return ms
}
