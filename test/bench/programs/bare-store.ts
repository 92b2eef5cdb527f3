import type { AddressInfo } from 'node:net'
import { DatabaseSync } from 'node:sqlite'
import Fastify from 'fastify'
import { serve } from '../kit/serve.ts'

/** What a server with a database takes at the least. Argument: the database's file. */
const db = new DatabaseSync(process.argv[2]!)
db.exec(
  'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE readings (id INTEGER PRIMARY KEY, body TEXT)',
)
const insert = db.prepare('INSERT INTO readings (body) VALUES (?)')
const app = Fastify({ logger: false })
app.post('/readings', async ({ body }) => ({ id: Number(insert.run(JSON.stringify(body)).lastInsertRowid) }))
await app.listen({ host: '127.0.0.1', port: 0 })
serve({}, (app.server.address() as AddressInfo).port)
