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

const notBuilt = emptyPage('Edgewright', 'The console is not built. Run npm start, or use the API.')

/** The console's files, its page for every screen's address, and the headers that keep other code out of it. */
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
  for (const address of ['/', '/alerts/:id', '/shelved', '/recent', '/device', '/models', '/swap', '/import'])
    app.get(address, { config: { open: true } }, (_request, reply) => show(reply))
  if (rendererDir !== undefined && existsSync(join(rendererDir, 'assets')))
    await app.register(async (scope) => {
      scope.addHook('onRoute', (route) => {
        route.config = { ...route.config, open: true }
      })
      await scope.register(files, {
        root: join(rendererDir, 'assets'),
        prefix: '/assets/',
        ...assetCaching,
      })
    })
}
