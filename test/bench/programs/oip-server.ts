import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import Fastify from 'fastify'
import { serve } from '../kit/serve.ts'
import { openSession } from './session.ts'

/**
 * The references of the Open Inference Protocol: a handler with the session in its own thread, which answers and forgets.
 * Arguments: `http` or `fastify`, model, output.
 */
const [, , kind, model, output] = process.argv
const { run } = await openSession(model!, output!)
const path = '/v2/models/mlp/infer'

interface Body {
  inputs: { data: number[] }[]
}

async function infer(body: Body): Promise<object> {
  const data = await run(Float32Array.from(body.inputs[0]!.data))
  return {
    model_name: 'mlp',
    model_version: '1.0.0',
    outputs: [{ name: output, datatype: 'FP32', shape: [1, data.length], data: [...data] }],
  }
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    infer(JSON.parse(Buffer.concat(chunks).toString()) as Body).then(
      (answered) => {
        const text = JSON.stringify(answered)
        const length = Buffer.byteLength(text)
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': length }).end(text)
      },
      (error: unknown) => response.writeHead(500).end(String(error)),
    )
  })
}

async function listen(): Promise<number> {
  if (kind === 'fastify') {
    const app = Fastify({ logger: false })
    app.post(path, ({ body }) => infer(body as Body))
    await app.listen({ host: '127.0.0.1', port: 0 })
    return (app.server.address() as AddressInfo).port
  }
  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

serve({}, await listen())
