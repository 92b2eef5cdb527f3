import { once } from 'node:events'
import { request } from 'node:http'
import { marksIn, poolTexts, stamp } from '../kit/readings.ts'
import { serve } from '../kit/serve.ts'

/** One NDJSON stream of readings, written as fast as the runtime takes it. */
export interface StreamOrder {
  host: string
  port: number
  path: string
  token: string
  ms: number
}

const chunks = poolTexts(256, 'ndjson', 'stream').map((text) => {
  const bytes = Buffer.from(text)
  return { bytes, marks: marksIn(bytes) }
})

/** Decisions a second. */
async function run({ host, port, path, token, ms }: StreamOrder): Promise<number> {
  const sending = request({
    host,
    port,
    path,
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/x-ndjson' },
  })
  let decisions = 0
  const answered = once(sending, 'response').then(async ([response]) => {
    if (response.statusCode !== 200) throw new Error(`the stream was answered with ${response.statusCode}`)
    for await (const chunk of response as AsyncIterable<Buffer>) {
      for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) decisions += 1
      if (chunk.includes('"rejected"'))
        throw new Error(`a reading was rejected: ${chunk.toString('utf8', 0, 2000)}`)
    }
  })
  const started = performance.now()
  let sent = 0
  for (let i = 0; performance.now() - started < ms; i++) {
    const { bytes, marks } = chunks[i % chunks.length]!
    stamp(bytes, marks)
    sent += marks.length
    // A copy: what waits in the socket must not change under it.
    if (!sending.write(Buffer.from(bytes))) await once(sending, 'drain')
  }
  sending.end()
  await answered
  if (decisions !== sent) throw new Error(`${sent} readings were sent and ${decisions} decided`)
  return (1000 * decisions) / (performance.now() - started)
}

serve({ run })
