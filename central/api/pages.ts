import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import files from '@fastify/static'
import type { FastifyInstance, FastifyReply } from 'fastify'

const notBuilt =
  '<!doctype html><meta charset="utf-8"><title>Edgewright central</title><p>The console is not built (npm run build). The API answers.</p>'

/** First parts of addresses that are no screen. */
const notScreens = ['api', 'sync', 'repository', 'assets', 'metrics', 'healthz', 'readyz', 'openapi.json']

/** The fleet console's files, its page for every screen's address, and the headers that keep other code out of it. */
export async function pages(app: FastifyInstance, rendererDir: string | undefined): Promise<void> {
  const index = rendererDir === undefined ? undefined : join(rendererDir, 'index.html')
  const page = index !== undefined && existsSync(index) ? readFileSync(index, 'utf8') : notBuilt

  app.addHook('onSend', async (_request, reply) => {
    reply.headers({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
    })
    if (!reply.hasHeader('content-security-policy'))
      reply.header('content-security-policy', "default-src 'none'; frame-ancestors 'none'")
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store')
  })

  const show = (reply: FastifyReply) => {
    const nonce = randomBytes(16).toString('base64')
    return reply
      .type('text/html; charset=utf-8')
      .header('content-security-policy', policy(nonce))
      .send(page.replaceAll('__CSP_NONCE__', nonce))
  }
  const screen = `/:screen(^(?!(?:${notScreens.map((name) => name.replace('.', '\\.')).join('|')})$).*$)`
  for (const address of ['/', screen, `${screen}/*`])
    app.get(address, { config: { central: 'anyone' } }, (_request, reply) => show(reply))

  if (rendererDir !== undefined && existsSync(join(rendererDir, 'assets')))
    await app.register(async (scope) => {
      scope.addHook('onRoute', (route) => {
        route.config = { ...route.config, central: 'anyone' }
      })
      // Names carry the content's hash, so a file under one name never changes.
      await scope.register(files, {
        root: join(rendererDir, 'assets'),
        prefix: '/assets/',
        immutable: true,
        maxAge: '365d',
      })
    })
}

function policy(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "font-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}
