import type { AddressInfo } from 'node:net'
import Fastify from 'fastify'
import pg from 'pg'
import { serve } from '../kit/serve.ts'

/** The reference of a heartbeat: a route of plain Fastify and one UPDATE of one row. Arguments: address of the database, rows. */
const [, , databaseUrl, rows] = process.argv
const pool = new pg.Pool({ connectionString: databaseUrl, max: 10 })
await pool.query(
  'CREATE TABLE bare (id int PRIMARY KEY, last_seen timestamptz, clock_offset_ms float8, epoch text)',
)
await pool.query('INSERT INTO bare (id) SELECT generate_series(1, $1::int)', [rows])
const app = Fastify({ logger: false })
app.post('/beat', async ({ body }) => {
  const { id, epoch, wallMs } = body as { id: number; epoch: string; wallMs: number }
  await pool.query('UPDATE bare SET last_seen = $1, clock_offset_ms = $2, epoch = $3 WHERE id = $4', [
    ...[new Date(), wallMs - Date.now(), epoch, id],
  ])
  return { ok: true }
})
await app.listen({ host: '127.0.0.1', port: 0 })
const usage = () => {
  const { user, system } = process.cpuUsage()
  return { cpuMs: (user + system) / 1000 }
}
serve({ usage }, (app.server.address() as AddressInfo).port)
