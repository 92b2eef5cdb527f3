import { openConnection } from '../kit/connection.ts'
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
    const connection = await openConnection(order.host, order.port)
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

serve({ run })
