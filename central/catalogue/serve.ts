import { createReadStream } from 'node:fs'
import { lstat, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { metadataFolder, targetsFolder } from '#core/update/names.ts'
import type { Artefacts } from '../artefacts/artefacts.ts'
import { rangeOf } from '../artefacts/range.ts'
import { sha256 } from '../registry/metadata.ts'

interface Parts {
  dir: string
  artefacts: Artefacts
}

const metadataName = /^(timestamp|[1-9]\d{0,9}\.[a-z0-9][a-z0-9-]{0,80})\.json$/
/** Folders and name of a target; no part of it may begin with a dot. */
const folderName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/
const targetName = /^([0-9a-f]{64})\.([A-Za-z0-9][A-Za-z0-9._-]{0,150})$/
const yearS = 31_536_000
const methods = ['GET', 'HEAD'] as const
/** HEAD is answered here: Fastify's own would read a whole package to its end. */
const open = (what: string, answer: string) => ({
  config: { central: 'anyone' as const, doc: { what, answer } },
  exposeHeadRoute: false,
})

/**
 * The signed repository as static files, for machines and for a CDN in front: `metadata/` and `targets/` under their names in
 * the folder, and nothing else of it. What is not signed for means nothing to a machine, so no credentials are asked for.
 */
export function repositoryRoutes(app: FastifyInstance, { dir, artefacts }: Parts): void {
  app.route<{ Params: { file: string } }>({
    ...open('Signed metadata of the repository', 'application/json'),
    method: [...methods],
    url: '/repository/metadata/:file',
    handler: async (request, reply) => {
      const { file } = request.params
      const path = join(dir, metadataFolder, file)
      if (!metadataName.test(file) || !(await isFile(path))) return absent(reply)
      const bytes = await readFile(path)
      const etag = `"${sha256(bytes)}"`
      reply.headers({ etag, 'cache-control': 'no-cache', 'x-content-type-options': 'nosniff' })
      if (names(request.headers['if-none-match'], etag)) return reply.code(304).send()
      reply.headers({ 'content-type': 'application/json', 'content-length': bytes.length })
      return reply.send(request.method === 'HEAD' ? '' : bytes)
    },
  })
  app.route<{ Params: { '*': string } }>({
    ...open('A package or another signed file, by its digest; ranges', 'application/octet-stream'),
    method: [...methods],
    url: '/repository/targets/*',
    handler: async (request, reply) => {
      const parts = request.params['*'].split('/')
      const [, digest] = targetName.exec(parts.pop() ?? '') ?? []
      if (digest === undefined || parts.length > 4 || !parts.every((part) => folderName.test(part)))
        return absent(reply)
      const path = join(dir, targetsFolder, request.params['*'])
      const lies = await isFile(path)
      if (artefacts.link && (await artefacts.has(digest)) !== undefined)
        return reply.header('cache-control', 'no-store').redirect(await artefacts.link(digest), 302)
      const size = lies ? lies.size : await artefacts.has(digest)
      if (size === undefined) return absent(reply)
      return send(request, reply, { size, digest }, async (range) =>
        lies
          ? createReadStream(path, { highWaterMark: 1 << 18, ...range })
          : ((await artefacts.open(digest, range)) ?? absent(reply)),
      )
    },
  })
}

/** A file that never changes under its name: whole, or from where somebody was cut off. */
async function send(
  request: FastifyRequest,
  reply: FastifyReply,
  { size, digest }: { size: number; digest: string },
  bytes: (range?: { start: number; end: number }) => Promise<unknown>,
): Promise<unknown> {
  const etag = `"${digest}"`
  reply.headers({
    etag,
    'accept-ranges': 'bytes',
    'cache-control': `public, max-age=${yearS}, immutable`,
    'content-type': 'application/octet-stream',
    'x-content-type-options': 'nosniff',
  })
  if (names(request.headers['if-none-match'], etag)) return reply.code(304).send()
  const only = request.headers['if-range']
  const asked = only === undefined || only === etag ? request.headers.range : undefined
  const range = rangeOf(request.method === 'HEAD' ? undefined : asked, size)
  if (range === 'none') return reply.code(416).header('content-range', `bytes */${size}`).send()
  reply.header('content-length', range === 'all' ? size : range.end - range.start + 1)
  if (range !== 'all') reply.code(206).header('content-range', `bytes ${range.start}-${range.end}/${size}`)
  if (request.method === 'HEAD') return reply.send('')
  return reply.send(size === 0 ? '' : await bytes(range === 'all' ? undefined : range))
}

const names = (header: string | undefined, etag: string): boolean =>
  header !== undefined &&
  (header.trim() === '*' || header.split(',').some((one) => one.trim().replace(/^W\//, '') === etag))

async function isFile(path: string) {
  const found = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes(error.code ?? '')) return undefined
    throw error
  })
  return found?.isFile() ? found : undefined
}

/** Not to be kept by a cache in front: the next root is asked for before it is there. */
function absent(reply: FastifyReply): never {
  reply.header('cache-control', 'no-store')
  throw new EdgewrightError('not-found', 'the repository has no such file')
}
