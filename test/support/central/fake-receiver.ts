import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface TakenHook {
  headers: IncomingHttpHeaders
  body: string
}

/** A receiver of webhooks on loopback. It answers with the next of `statuses`, and with the last of them from then on. */
export async function fakeReceiver(statuses: number[] = [204]) {
  const taken: TakenHook[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    taken.push({ headers: request.headers, body: Buffer.concat(chunks).toString() })
    const status = statuses[Math.min(taken.length, statuses.length) - 1] ?? 204
    response.writeHead(status, status === 302 ? { location: '/elsewhere' } : {}).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/hook`,
    taken,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}
