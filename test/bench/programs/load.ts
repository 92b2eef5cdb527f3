import { connect, type Socket } from 'node:net'
import { marksIn, stamp } from '../kit/readings.ts'
import { serve } from '../kit/serve.ts'

/**
 * Keep-alive clients over bare sockets, each with one request under way: requests are made beforehand and answers barely
 * read, so that the generator takes as little of the machine as it can. The same for every server.
 */
export interface LoadOrder {
  host: string
  port: number
  /** Whole HTTP requests; client n sends those at n, n + clients, n + 2 · clients, … in turn. */
  requests: Uint8Array[]
  clients: number
  ms: number
  /** Pause of a client after each answer, ms. */
  pauseMs?: number
}

export interface LoadSample {
  /** Answers a second. */
  rate: number
  /** Latency as the client sees it, µs. */
  latenciesUs: Float64Array
  firstAnswer: string
}

async function run(order: LoadOrder): Promise<LoadSample> {
  const prepared = order.requests.map((request) => {
    const bytes = Buffer.from(request)
    return { bytes, marks: marksIn(bytes) }
  })
  const latencies: number[] = []
  let firstAnswer = ''
  const started = performance.now()
  const client = async (n: number) => {
    const mine = prepared.filter((_, i) => i % order.clients === n)
    const connection = await open(order.host, order.port)
    for (let i = 0; i === 0 || performance.now() - started < order.ms; i++) {
      const { bytes, marks } = mine[i % mine.length]!
      if (marks.length > 0) stamp(bytes, marks)
      const sentAt = performance.now()
      const answer = await connection.exchange(bytes)
      latencies.push(1000 * (performance.now() - sentAt))
      if (firstAnswer === '') firstAnswer = answer.toString()
      else if (answer.includes('"rejected"'))
        throw new Error(`a reading was rejected: ${answer.toString('utf8', 0, 2000)}`)
      if (order.pauseMs !== undefined) await new Promise((resolve) => setTimeout(resolve, order.pauseMs))
    }
    connection.close()
  }
  await Promise.all(Array.from({ length: order.clients }, (_, n) => client(n)))
  const rate = (1000 * latencies.length) / (performance.now() - started)
  return { rate, latenciesUs: Float64Array.from(latencies), firstAnswer }
}

const headersEnd = Buffer.from('\r\n\r\n')

async function open(host: string, port: number) {
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
        failed(new Error(`the server answered: ${head.toString('utf8', 0, 1000)}`))
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
  socket.on('close', () => failed(new Error('the server closed the connection')))

  return {
    exchange: (request: Buffer) =>
      new Promise<Buffer>((resolve, reject) => {
        done = resolve
        failed = reject
        socket.write(request)
      }),
    close: () => socket.destroy(),
  }
}

serve({ run })
