import type { FastifyInstance } from 'fastify'
import type { Base } from '../central.ts'

/**
 * What each request came to: in the figures, by route, and in the log with an id that the answer carries too (`x-request-id`). Of
 * machines only failures are logged: ten thousand of them say something every minute.
 */
export function watchRequests(app: FastifyInstance, { log, metrics }: Pick<Base, 'log' | 'metrics'>): void {
  const seconds = metrics.histogram(
    'edgewright_central_request_seconds',
    'From a request to the end of its answer, by route',
    ['method', 'route', 'status'],
  )
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
  })
  app.addHook('onResponse', async (request, reply) => {
    const { method, routeOptions } = request
    const { statusCode: status } = reply
    const route = routeOptions.url ?? 'none'
    seconds.observe({ method, route, status: `${Math.floor(status / 100)}xx` }, reply.elapsedTime / 1000)
    const fields = {
      ...{ req: request.id, method, url: request.url.split('?')[0]?.slice(0, 300), status },
      ...{
        ms: Math.round(reply.elapsedTime),
        by: request.asker?.name,
        token: request.asker?.token,
        from: request.ip,
      },
    }
    if (status >= 500) log.error(fields, 'request')
    else if (status >= 400) log.warn(fields, 'request')
    else if (routeOptions.config.central !== 'device' && route !== '/healthz') log.info(fields, 'request')
  })
}
