import { connect, type Socket } from 'node:net'

/** It answered, and with something other than 200. */
export class Refused extends Error {
  override readonly name = 'Refused'
  readonly status: number

  constructor(status: number, answer: string) {
    super(`the server answered: ${answer}`)
    this.status = status
  }
}

/** One keep-alive connection with one request under way: whole requests as bytes, answers barely read. */
export interface Connection {
  /** The body of the answer. @throws Refused where it is not HTTP 200; another must then be opened */
  exchange: (request: Uint8Array) => Promise<Buffer>
  close: () => void
}

const headersEnd = Buffer.from('\r\n\r\n')

export async function openConnection(host: string, port: number): Promise<Connection> {
  const socket: Socket = connect(port, host)
  socket.setNoDelay(true)
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  let parts: Buffer[] = []
  let have = 0
  let need = 0
  let bodyAt = 0
  let done: (answer: Buffer) => void = () => undefined
  let failed: (error: Error) => void = () => undefined

  socket.on('data', (chunk) => {
    parts.push(chunk)
    have += chunk.length
    if (need === 0) {
      const head = parts.length === 1 ? chunk : Buffer.concat(parts)
      const end = head.indexOf(headersEnd)
      if (end < 0) return
      const text = head.toString('latin1', 0, end)
      const length = text.match(/content-length: (\d+)/i)?.[1]
      if (!text.startsWith('HTTP/1.1 200') || length === undefined) {
        failed(new Refused(Number(text.slice(9, 12)), head.toString('utf8', 0, 1000)))
        return
      }
      bodyAt = end + headersEnd.length
      need = bodyAt + Number(length)
    }
    if (have < need) return
    const whole = parts.length === 1 ? parts[0]! : Buffer.concat(parts)
    parts = []
    have = 0
    need = 0
    done(whole.subarray(bodyAt))
  })
  socket.on('error', (error) => failed(error))
  socket.on('close', () => failed(new Error('the server closed the connection')))

  return {
    exchange: (request) =>
      new Promise<Buffer>((resolve, reject) => {
        done = resolve
        failed = reject
        socket.write(request)
      }),
    close: () => socket.destroy(),
  }
}
