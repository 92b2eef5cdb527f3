import { createHash, randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import type { Wanted } from '#edge/update/download/download.ts'

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** A target of random bytes, as it was signed. */
export function made(length: number): { bytes: Buffer; wanted: Wanted } {
  const bytes = randomBytes(length)
  const digest = sha256(bytes)
  return { bytes, wanted: { file: `models/m/${digest}.m-1.2.0.ewp`, length, sha256: digest } }
}

export interface Asked {
  path: string
  range: string | undefined
  encoding: string | undefined
  /** Bytes of the body that were handed to the socket. */
  sent: number
}

export interface Answering {
  request: IncomingMessage
  response: ServerResponse
  asked: Asked
  /** First byte that is asked for. */
  from: number
  /** Sends a part of a body; resolves once the socket has taken it. */
  send: (bytes: Uint8Array) => Promise<void>
}

export type Answer = (answering: Answering) => unknown

/** As a web server does it: ranges, sizes. */
export const wellWith =
  (bytes: Buffer): Answer =>
  async (answering) => {
    head(answering, bytes)
    await answering.send(bytes.subarray(answering.from))
    answering.response.end()
  }

export function head({ response, from }: Answering, { length }: Uint8Array): void {
  const range = from > 0 && { 'content-range': `bytes ${from}-${length - 1}/${length}` }
  response.writeHead(from > 0 ? 206 : 200, { 'content-length': length - from, ...range })
}

/** A server that answers the nth request by the nth answer, and all further ones by the last. */
export async function serving(...answers: Answer[]): Promise<{ url: string; asked: Asked[] }> {
  const asked: Asked[] = []
  const server = createServer(async (request, response) => {
    const { range, 'accept-encoding': encoding } = request.headers
    const one: Asked = { path: request.url!, range, encoding: encoding as string | undefined, sent: 0 }
    const answer = answers[Math.min(asked.push(one), answers.length) - 1]!
    const send = (bytes: Uint8Array) =>
      new Promise<void>((resolve, reject) => {
        if (response.destroyed) return reject(new Error('the client has gone'))
        response.once('close', resolve)
        response.write(bytes, () => {
          one.sent += bytes.length
          response.off('close', resolve)
          resolve()
        })
      })
    const from = Number(/^bytes=(\d+)-/.exec(range ?? '')?.[1] ?? 0)
    try {
      await answer({ request, response, asked: one, from, send })
    } catch {
      response.destroy() // the client had what it wanted
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  )
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/repository/`, asked }
}
