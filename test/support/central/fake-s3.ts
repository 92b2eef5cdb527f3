import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface FakeS3 {
  /** With the bucket. */
  endpoint: string
  accessKeyId: string
  secretAccessKey: string
  objects: Map<string, Buffer>
  /** Uploads in parts that were neither completed nor aborted. */
  uploads: Map<string, Map<number, Buffer>>
  /** Method and key of each request, those that were refused among them. */
  asked: string[]
  /** Answers in the place of the store; undefined: the store. */
  instead: (method: string, key: string, query: URLSearchParams) => number | undefined
  /** What becomes of a body before it is kept. */
  spoil: (bytes: Buffer) => Buffer
  close: () => Promise<void>
}

/**
 * A bucket that speaks enough of S3 for artefacts, and looks at signatures (AWS Signature Version 4, in headers and in
 * links): GET with ranges, HEAD, PUT, DELETE, and uploads in parts, whose parts must have 5 MiB but for the last.
 */
export async function fakeS3(): Promise<FakeS3> {
  const store: FakeS3 = {
    endpoint: '',
    accessKeyId: 'fake-access-key',
    secretAccessKey: 'fake-secret-of-tests',
    objects: new Map(),
    uploads: new Map(),
    asked: [],
    instead: () => undefined,
    spoil: (bytes) => bytes,
    close: () =>
      new Promise((done) => {
        server.closeAllConnections()
        server.close(() => done())
      }),
  }
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => answer(store, request, Buffer.concat(chunks), response))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  store.endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/bucket`
  return store
}

const failure = (response: ServerResponse, status: number, code: string) =>
  response
    .writeHead(status, { 'content-type': 'application/xml' })
    .end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`)
const xml = (response: ServerResponse, body: string) =>
  response.writeHead(200, { 'content-type': 'application/xml' }).end(`<?xml version="1.0"?>${body}`)

function answer(store: FakeS3, request: IncomingMessage, body: Buffer, response: ServerResponse): unknown {
  const url = new URL(request.url ?? '/', store.endpoint)
  const { method = 'GET' } = request
  const key = decodeURIComponent(url.pathname.replace(/^\/bucket\//, ''))
  const query = url.searchParams
  store.asked.push(`${method} ${key}`)
  if (!isSigned(store, request, url)) return failure(response, 403, 'SignatureDoesNotMatch')
  const instead = store.instead(method, key, query)
  if (instead !== undefined) return failure(response, instead, 'SlowDown')
  const upload = query.get('uploadId')
  if (method === 'POST' && query.has('uploads')) {
    const id = `upload-${store.uploads.size + 1}-${key.slice(-8)}`
    store.uploads.set(id, new Map())
    return xml(
      response,
      `<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`,
    )
  }
  if (upload !== null) return parts(store, upload, { method, key, query, body: store.spoil(body) }, response)
  if (method === 'PUT') store.objects.set(key, store.spoil(body))
  if (method === 'DELETE') store.objects.delete(key)
  if (method === 'PUT' || method === 'DELETE')
    return response.writeHead(method === 'PUT' ? 200 : 204, { etag: '"e"' }).end()
  const found = store.objects.get(key)
  if (!found) return failure(response, 404, 'NoSuchKey')
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? []
  const part = from === undefined ? found : found.subarray(Number(from), to ? Number(to) + 1 : undefined)
  const range = from !== undefined && {
    'content-range': `bytes ${from}-${Number(from) + part.length - 1}/${found.length}`,
  }
  response.writeHead(from === undefined ? 200 : 206, { 'content-length': part.length, ...range })
  return response.end(method === 'HEAD' ? undefined : part)
}

function parts(
  store: FakeS3,
  id: string,
  { method, key, query, body }: { method: string; key: string; query: URLSearchParams; body: Buffer },
  response: ServerResponse,
): unknown {
  const upload = store.uploads.get(id)
  if (!upload) return failure(response, 404, 'NoSuchUpload')
  if (method === 'PUT') {
    upload.set(Number(query.get('partNumber')), body)
    return response.writeHead(200, { etag: `"part-${query.get('partNumber')}"` }).end()
  }
  const all = [...upload].sort(([a], [b]) => a - b).map(([, bytes]) => bytes)
  if (method === 'POST') {
    if (all.slice(0, -1).some(({ length }) => length < 5 * 1024 * 1024))
      return failure(response, 400, 'EntityTooSmall')
    store.objects.set(key, Buffer.concat(all))
  }
  store.uploads.delete(id)
  if (method === 'DELETE') return response.writeHead(204).end()
  return xml(response, '<CompleteMultipartUploadResult><ETag>"whole"</ETag></CompleteMultipartUploadResult>')
}

/** AWS Signature Version 4 for S3, with an unsigned payload: the signature anew, beside the one that came. */
function isSigned({ accessKeyId, secretAccessKey }: FakeS3, request: IncomingMessage, url: URL): boolean {
  const query = new URLSearchParams(url.searchParams)
  const inLink = query.get('X-Amz-Signature')
  query.delete('X-Amz-Signature')
  const [, credential = '', signedHeaders = '', signature = ''] =
    inLink === null
      ? (/^AWS4-HMAC-SHA256 Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
          request.headers.authorization ?? '',
        ) ?? [])
      : ['', query.get('X-Amz-Credential') ?? '', query.get('X-Amz-SignedHeaders') ?? '', inLink]
  const [id, day = '', region = '', service = '', kind = ''] = credential.split('/')
  const at = inLink === null ? String(request.headers['x-amz-date']) : (query.get('X-Amz-Date') ?? '')
  if (id !== accessKeyId || !at.startsWith(day) || service !== 's3' || kind !== 'aws4_request') return false
  const encoded = (text: string) => encodeURIComponent(text)
  const canonicalQuery = [...query]
    .map(([name, value]) => [encoded(name), encoded(value)] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
  const headers = signedHeaders
    .split(';')
    .map((name) => `${name}:${String(request.headers[name] ?? '').trim()}\n`)
  const canonical = [
    request.method,
    url.pathname,
    canonicalQuery,
    headers.join(''),
    signedHeaders,
    'UNSIGNED-PAYLOAD',
  ].join('\n')
  const digest = createHash('sha256').update(canonical).digest('hex')
  const hmac = (of: Buffer | string, text: string) => createHmac('sha256', of).update(text).digest()
  const signing = [day, region, service, kind].reduce<Buffer | string>(hmac, `AWS4${secretAccessKey}`)
  const wanted = hmac(
    signing,
    ['AWS4-HMAC-SHA256', at, `${day}/${region}/${service}/${kind}`, digest].join('\n'),
  )
  const given = Buffer.from(signature, 'hex')
  return given.length === wanted.length && timingSafeEqual(given, wanted)
}
