import type { AddressInfo } from 'node:net'
import Fastify from 'fastify'
import { serve } from '../kit/serve.ts'

/** What Fastify, node:http and the sockets take by themselves: a JSON reading in, a fixed decision of the usual size out. */
const decision = {
  readingId: '0123456789ab-000000001',
  verdict: 'normal',
  by: 'model',
  quality: [],
  model: { id: 'mlp', version: '1.0.0' },
  provider: 'cpu',
  ms: 0.4,
  probability: 0.5,
}
const app = Fastify({ logger: false })
app.post('/api/models/:id/readings', async ({ body }) => (Array.isArray(body) ? [decision] : decision))
await app.listen({ host: '127.0.0.1', port: 0 })
serve({}, (app.server.address() as AddressInfo).port)
