import { createReadStream, statSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serve } from '../kit/serve.ts'

/** One file, whole or from a byte on, whatever is asked for. */
const path = process.argv[2]!
const { size } = statSync(path)
const server = createServer(({ headers }, response) => {
  const from = Number(/^bytes=(\d+)-/.exec(headers.range ?? '')?.[1] ?? 0)
  const range = from > 0 && { 'content-range': `bytes ${from}-${size - 1}/${size}` }
  response.writeHead(from > 0 ? 206 : 200, { 'content-length': size - from, ...range })
  createReadStream(path, { start: from, highWaterMark: 1 << 18 }).pipe(response)
})
server.listen(0, '127.0.0.1', () => serve({}, (server.address() as AddressInfo).port))
