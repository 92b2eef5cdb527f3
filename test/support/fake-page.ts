import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { extname, join } from 'node:path'

const types: Record<string, string> = {
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.woff2': 'font/woff2',
  '.woff': 'font/woff',
  '.svg': 'image/svg+xml',
}

const built = join(import.meta.dirname, '../../dist/renderer')

/** The built console of the edge or of central, under the policy that the server gives it. */
export function page(path: string, response: ServerResponse, console: 'edge' | 'central' = 'edge'): void {
  const dir = join(built, console)
  const file = join(dir, path)
  if (path.startsWith('/assets/') && !path.includes('..')) {
    if (!existsSync(file)) return void response.writeHead(404).end()
    return void response
      .writeHead(200, { 'content-type': types[extname(path)] ?? 'application/octet-stream' })
      .end(readFileSync(file))
  }
  const nonce = randomBytes(16).toString('base64')
  const policy = `default-src 'none'; script-src 'self'; style-src 'self' 'nonce-${nonce}'; font-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`
  const html = readFileSync(join(dir, 'index.html'), 'utf8').replaceAll('__CSP_NONCE__', nonce)
  response
    .writeHead(200, {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy,
      'cache-control': 'no-store',
    })
    .end(html)
}

/** JSON as it is meant, a package as its length. */
export async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const all = Buffer.concat(chunks)
  if (request.headers['content-type'] === 'application/octet-stream') return { bytes: all.length }
  return JSON.parse(all.toString() || '{}')
}
