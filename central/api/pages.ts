import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import files from '@fastify/static'
import type { FastifyInstance, FastifyReply } from 'fastify'
import {
  answerHeaders,
  assetCaching,
  closedPolicy,
  consolePolicy,
  emptyPage,
  withNonce,
} from '#core/http/page.ts'

const notBuilt = emptyPage('Edgewright central', 'The console is not built (npm run build). The API answers.')

/** First parts of addresses that are no screen. */
const notScreens = ['api', 'sync', 'repository', 'assets', 'metrics', 'healthz', 'readyz', 'openapi.json']

/** The fleet console's files, its page for every screen's address, and the headers that keep other code out of it. */
export async function pages(app: FastifyInstance, rendererDir: string | undefined): Promise<void> {
  const index = rendererDir === undefined ? undefined : join(rendererDir, 'index.html')
  const page = index !== undefined && existsSync(index) ? readFileSync(index, 'utf8') : notBuilt

  app.addHook('onSend', async (_request, reply) => {
    reply.headers(answerHeaders)
    if (!reply.hasHeader('content-security-policy')) reply.header('content-security-policy', closedPolicy)
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store')
  })

  const show = (reply: FastifyReply) => {
    const nonce = randomBytes(16).toString('base64')
    return reply
      .type('text/html; charset=utf-8')
      .header('content-security-policy', consolePolicy(nonce))
      .send(withNonce(page, nonce))
  }
  const screen = `/:screen(^(?!(?:${notScreens.map((name) => name.replace('.', '\\.')).join('|')})$).*$)`
  for (const address of ['/', screen, `${screen}/*`])
    app.get(address, { config: { central: 'anyone' } }, (_request, reply) => show(reply))

  if (rendererDir !== undefined && existsSync(join(rendererDir, 'assets')))
    await app.register(async (scope) => {
      scope.addHook('onRoute', (route) => {
        route.config = { ...route.config, central: 'anyone' }
      })
      await scope.register(files, {
        root: join(rendererDir, 'assets'),
        prefix: '/assets/',
        ...assetCaching,
      })
    })
}
