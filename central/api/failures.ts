import type { FastifyError, FastifyInstance, FastifyRequest } from 'fastify'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { Log } from '../central.ts'
import { databaseTrouble, valueTrouble } from '../store/trouble.ts'

/** Every error leaves as `{"error": {code, message, hint}}`. */
export function answerFailures(app: FastifyInstance, log: Log): void {
  app.setErrorHandler((thrown: FastifyError, request, reply) => {
    const error = inWords(thrown)
    if (error.code === 'internal' || error.code === 'database-unreachable' || valueTrouble(thrown))
      log.error({ err: thrown, req: request.id, url: pathOf(request) }, 'a request failed')
    if (error.status === 503) reply.header('retry-after', '5')
    if ('afterS' in error) reply.header('retry-after', String(error.afterS))
    if (error.code === 'body-too-large') reply.header('connection', 'close')
    return reply
      .code(error.status)
      .send({ ...error.body(), ...('beside' in error && (error.beside as object)) })
  })
  app.setNotFoundHandler((request) => {
    throw new EdgewrightError(
      'not-found',
      `there is nothing at ${request.method} ${pathOf(request).slice(0, 200)}`,
    )
  })
}

/** A query may hold what is not for a log. */
const pathOf = ({ url }: FastifyRequest): string => url.split('?')[0] ?? ''

function inWords(thrown: FastifyError): EdgewrightError {
  if (thrown instanceof EdgewrightError) return thrown
  const trouble = databaseTrouble(thrown) ?? valueTrouble(thrown)
  if (trouble) return trouble
  if (thrown.code === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return new EdgewrightError('body-too-large', 'the body is larger than this address takes')
  if (thrown.statusCode === 429)
    return new EdgewrightError('queue-full', 'too many requests came from there', { cause: thrown })
  if (thrown.statusCode === 403 || thrown.statusCode === 404)
    return new EdgewrightError('not-found', 'there is nothing at this address', { cause: thrown })
  if (thrown.statusCode !== undefined && thrown.statusCode < 500)
    return new EdgewrightError('body-unreadable', `the body cannot be read: ${thrown.message}`, {
      cause: thrown,
    })
  return new EdgewrightError('internal', 'something went wrong inside the server', { cause: thrown })
}
