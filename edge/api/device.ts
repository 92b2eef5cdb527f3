import type { FastifyInstance } from 'fastify'
import type { Edge } from '../edge.ts'
import type { Journal } from '../journal/journal.ts'

/** The machine itself: health, figures. */
export function deviceRoutes(
  app: FastifyInstance,
  { status, metrics, hardware, journal, deployments, now }: Edge,
): void {
  const whyUnwritable = journalProbe(journal, now)
  app.get('/healthz', { config: { open: true } }, async () => ({ ok: true }))
  app.get('/readyz', { config: { open: true } }, async (_request, reply) => {
    const waiting = deployments
      .list()
      .filter(({ slots }) => slots.running?.lane?.state !== 'ready')
      .map(({ id }) => id)
    const unwritable = await whyUnwritable()
    const ready = waiting.length === 0 && unwritable === undefined
    return reply
      .code(ready ? 200 : 503)
      .send({ ready, waiting, ...(unwritable !== undefined && { unwritable }) })
  })
  app.get('/metrics', async (_request, reply) => reply.type(metrics.contentType).send(await metrics.text()))
  app.get('/api/status', async () => status())
  app.get('/api/hardware', async () => {
    const [figures, { onnxruntime, providers }] = await Promise.all([hardware.figures(), hardware.listed()])
    return { ...figures, onnxruntime, providers, qualifications: deployments.qualifications() }
  })
}

const probeEveryMs = 5_000

/** Why the journal cannot be written, in words; undefined where it can. Tried at most every few seconds: it is an fsync. */
function journalProbe(journal: Journal, now: () => number): () => Promise<string | undefined> {
  let tried: { atMs: number; answer: Promise<string | undefined> } | undefined
  return () => {
    if (tried && now() - tried.atMs < probeEveryMs) return tried.answer
    const answer = journal
      .write((tx) => tx.putState('probe', now()))
      .then(
        () => undefined,
        (error: Error) => error.message,
      )
    tried = { atMs: now(), answer }
    return answer
  }
}
