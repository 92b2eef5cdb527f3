import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Imported, ImportSummary, Updates } from '#core/contracts/update.ts'
import { startTestEdge, type TestEdge } from '#support/edge.ts'
import { type SignedSite, signedSite } from '#support/signed-site.ts'

let site: SignedSite
let silent: Server
let asked: Promise<void>
let edge: TestEdge

beforeAll(async () => {
  site = await signedSite()
  const first = Promise.withResolvers<void>()
  asked = first.promise
  silent = createServer(() => first.resolve()) // and never answers
  await new Promise<void>((done) => silent.listen(0, '127.0.0.1', done))
  edge = await startTestEdge({ allowUnsigned: false })
})
afterAll(async () => {
  silent.closeAllConnections()
  silent.close()
  await edge.remove()
  site.remove()
})

const trust = (source: string) =>
  edge.raw('POST', '/api/trust', {
    body: JSON.stringify({ root: site.root(), site: site.site, source }),
    headers: { 'content-type': 'application/json' },
  })
const secret = () => `http://127.0.0.1:${(silent.address() as AddressInfo).port}/r?sig=hidden-part`

it('takes no address that it could never use', async () => {
  const response = await trust('http://user:hidden-part@127.0.0.1:1/')
  expect(response.status).toBe(400)
  expect(await edge.client.json<Updates>('GET', '/api/updates')).toMatchObject({
    trust: 'none',
    source: null,
  })
})

it('shows nobody what stands behind the ? of an address, and records who set it', async () => {
  const response = await trust(secret())
  expect(response.status).toBe(200)
  expect(await response.text()).not.toContain('hidden-part')
  const status = await (await edge.raw('GET', '/api/updates')).text()
  expect(status).not.toContain('hidden-part')
  const { rows } = await edge.client.json<{ rows: object[] }>('GET', '/api/audit')
  expect(JSON.stringify(rows)).not.toContain('hidden-part')
  expect(rows).toContainEqual(
    expect.objectContaining({
      kind: 'trust.placed',
      by: 'admin',
      body: expect.objectContaining({ site: site.site }),
    }),
  )
})

it('lets a stick in while a server keeps the runtime waiting, and goes on asking afterwards', async () => {
  await asked
  const summary = await edge.client.json<ImportSummary>('POST', '/api/updates/import', { path: site.dir })
  const hung = new AbortController()
  const done = await Promise.race([
    edge.client.json<Imported>('POST', `/api/updates/import/${summary.id}/confirm`, {}),
    sleep(20_000, 'it hung', { signal: hung.signal }),
  ])
  hung.abort()
  expect(done).toMatchObject({ packages: [] })
  expect(await edge.client.json<Updates>('GET', '/api/updates')).toMatchObject({ trust: 'current' })
})
