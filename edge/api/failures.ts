import type { FastifyError, FastifyInstance } from 'fastify'
import { EdgewrightError, type ErrorCode } from '#core/contracts/errors.ts'
import { diskTrouble } from '../journal/disk-trouble.ts'
import { LockedOut } from '../people/people.ts'

/** What Fastify's own refusals are in this project's words. */
const known: Record<string, { code: ErrorCode; message: string }> = {
  FST_ERR_CTP_BODY_TOO_LARGE: {
    code: 'body-too-large',
    message: 'the body is larger than this address takes',
  },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    code: 'body-unreadable',
    message: 'the content type of the body is not one this address takes',
  },
  FST_ERR_CTP_INVALID_JSON_BODY: { code: 'body-unreadable', message: 'the body is not valid JSON' },
  FST_ERR_CTP_EMPTY_JSON_BODY: { code: 'body-unreadable', message: 'the body is empty' },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    code: 'body-unreadable',
    message: 'the body is not as long as Content-Length says',
  },
  FST_ERR_BAD_URL: { code: 'not-found', message: 'the address is not a valid URL' },
}

/** Every error leaves as `{"error": {code, message, hint}}` on /api, as `{"error": "…"}` on /v2. */
export function answerFailures(
  app: FastifyInstance,
  log: { error: (detail: object, message: string) => void },
): void {
  app.setErrorHandler((thrown: FastifyError, request, reply) => {
    const error = inWords(thrown)
    if (error.code === 'internal') log.error({ err: thrown, url: request.url }, 'a request failed')
    if (error.code === 'queue-full') reply.header('retry-after', '1')
    if (error instanceof LockedOut) reply.header('retry-after', String(error.afterS))
    // Bytes of a refused body may still be coming; the connection cannot be used again.
    if (error.code === 'body-too-large') reply.header('connection', 'close')
    const body = request.url.startsWith('/v2')
      ? { error: `${error.message.replace(/\.$/, '')}. ${error.hint}` }
      : error.body()
    return reply.code(error.status).send(body)
  })
  app.setNotFoundHandler((request) => {
    throw new EdgewrightError(
      'not-found',
      `there is nothing at ${request.method} ${request.url.slice(0, 200)}`,
    )
  })
}

function inWords(thrown: FastifyError): EdgewrightError {
  if (thrown instanceof EdgewrightError) return thrown
  const disk = diskTrouble(thrown)
  if (disk) return disk
  const match = known[thrown.code]
  if (match) return new EdgewrightError(match.code, match.message, { cause: thrown })
  if (thrown.statusCode === 403 || thrown.statusCode === 404)
    return new EdgewrightError('not-found', 'there is nothing at this address', { cause: thrown })
  if (thrown instanceof SyntaxError || thrown.statusCode === 400)
    return new EdgewrightError('body-unreadable', `the body is not valid JSON: ${thrown.message}`, {
      cause: thrown,
    })
  return new EdgewrightError('internal', 'something went wrong inside the runtime', { cause: thrown })
}
