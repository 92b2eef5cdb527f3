import type { FastifyInstance } from 'fastify'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { Edge } from '../edge.ts'

type ByHash = { Params: { id: string; sha256: string } }

/** Kinds that a browser shows. Anything else is a file to keep, whatever it says it is. */
const images = new Set(['image/png', 'image/jpeg'])

/** The bytes that stand behind `sha256:HEX` in a recorded reading. They came from a sender: nothing in them may run. */
export function attachmentRoutes(
  app: FastifyInstance,
  { deployments, journal }: Pick<Edge, 'deployments' | 'journal'>,
): void {
  app.get<ByHash>('/api/models/:id/attachments/:sha256', async (request, reply) => {
    const { id, sha256 } = request.params
    deployments.pipeline(id)
    if (!/^[0-9a-f]{64}$/.test(sha256))
      throw new EdgewrightError(
        'request-invalid',
        'an attachment is asked for by its sha256, 64 hex digits',
        {
          hint: 'Take the digits after "sha256:" in a value of GET /api/models/ID/readings.',
        },
      )
    const found = journal.attachment(id, sha256)
    if (!found)
      throw new EdgewrightError('not-found', `no kept reading of "${id}" brought ${sha256}`, {
        hint: 'It is kept as long as its reading is. GET /api/models/ID/readings shows what is kept.',
      })
    const isImage = images.has(found.media)
    const etag = `"${sha256}"`
    reply.type(isImage ? found.media : 'application/octet-stream').headers({
      etag,
      'cache-control': 'private, max-age=31536000, immutable',
      'content-disposition': isImage ? 'inline' : 'attachment',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
      'x-content-type-options': 'nosniff',
    })
    if (request.headers['if-none-match']?.includes(etag)) return reply.code(304).send()
    return reply.send(Buffer.from(found.bytes.buffer, found.bytes.byteOffset, found.bytes.length))
  })
}
