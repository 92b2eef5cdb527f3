import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { watchTls } from '#central/server/tls.ts'
import { type CentralSite, centralSite } from '#support/central/central-site.ts'
import { certificates } from '#support/central/certificates.ts'

const dir = mkdtempSync(join(tmpdir(), 'edgewright-tls-'))
const tls = { cert: join(dir, 'cert.pem'), key: join(dir, 'key.pem') }
const [first, second] = certificates
let site: CentralSite

const write = ({ cert, key }: { cert: string; key: string }) => {
  writeFileSync(tls.cert, cert)
  writeFileSync(tls.key, key)
}

/** A request that believes the first certificate alone. */
const ask = (method: string, path: string, headers: Record<string, string>, body = '') =>
  new Promise<{ status: number | undefined; cookie: string }>((resolve, reject) => {
    const asked = request(`${site.url}${path}`, { method, headers, ca: first.cert }, (answer) => {
      answer.resume()
      resolve({ status: answer.statusCode, cookie: String(answer.headers['set-cookie'] ?? '') })
    })
    asked.on('error', reject)
    asked.end(body)
  })

beforeAll(async () => {
  write(first)
  site = await centralSite({ tls })
})
afterAll(async () => {
  await site.remove()
  rmSync(dir, { recursive: true, force: true })
})

it('speaks TLS with the certificate that it was given, and keeps its cookie to it', async () => {
  expect(site.url).toMatch(/^https:/)
  const code = site.firstLink!.split('#code=')[1]
  const body = JSON.stringify({ code, name: 'M. Sato', password: 'correct horse battery' })
  const headers = { 'content-type': 'application/json', origin: site.url }
  const { status, cookie } = await ask('POST', '/api/session/password', headers, body)
  expect(status).toBe(200)
  expect(cookie).toMatch(/^__Host-edgewright=[^;]+; Path=\/; .*HttpOnly; Secure; SameSite=Strict/)
  const held = { cookie: cookie.split(';')[0]! }
  expect((await ask('GET', '/api/session', held)).status).toBe(200)
  const plain = { ...held, origin: site.url.replace('https', 'http') }
  expect((await ask('DELETE', '/api/session', plain)).status).toBe(403)
})

it('takes a certificate that was renewed, and none that does not go with its key', async () => {
  const used: string[] = []
  const look = watchTls(tls, ({ cert }) => used.push(String(cert)))
  await look()
  writeFileSync(tls.cert, second.cert)
  await expect(look()).rejects.toMatchObject({ code: 'file-unreadable' })
  expect(used).toEqual([])
  write(second)
  await look()
  expect(used).toEqual([second.cert])
})
