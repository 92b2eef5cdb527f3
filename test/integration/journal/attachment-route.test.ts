import Fastify, { type LightMyRequestResponse } from 'fastify'
import { describe, expect, it } from 'vitest'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { attachmentRoutes } from '#edge/api/attachments.ts'
import { answerFailures } from '#edge/api/failures.ts'
import { pages } from '#edge/api/pages.ts'
import type { Edge } from '#edge/edge.ts'
import { attachment, openIn, pictures, tamper, temporaryFolder } from './fixture.ts'

const [png, jpeg, series, page] = (
  [
    ['a', 'image/png'],
    ['b', 'image/jpeg'],
    ['12345678', 'application/octet-stream'],
    ['<script>alert(1)</script>', 'text/html'],
  ] as const
).map(([text, media]) => attachment(text, media)) as [Image, Image, Image, Image]
type Image = ReturnType<typeof attachment>

type Get = (address: string, headers?: Record<string, string>) => Promise<LightMyRequestResponse>

/** The route with the failures and headers of the server around it, over a journal that keeps the four. */
async function server(dir = temporaryFolder()): Promise<Get> {
  const journal = openIn(dir)
  await journal.write((tx) => tx.record(pictures([png, jpeg, series, page])))
  const deployments = {
    pipeline(id: string) {
      if (id !== 'triage') throw new EdgewrightError('model-unknown', `there is no model "${id}" here`)
    },
  } as Edge['deployments']
  const app = Fastify({ routerOptions: { maxParamLength: 300 } })
  answerFailures(app, { error: () => undefined })
  await pages(app, undefined)
  attachmentRoutes(app, { deployments, journal })
  return (address, headers = {}) => app.inject({ url: `/api/models/${address}`, headers })
}

describe('GET /api/models/{id}/attachments/{sha256}', () => {
  it.each<[string, Image, string, string]>([
    ['a PNG', png, 'image/png', 'inline'],
    ['a JPEG', jpeg, 'image/jpeg', 'inline'],
    ['a series', series, 'application/octet-stream', 'attachment'],
    ['what calls itself a page', page, 'application/octet-stream', 'attachment'],
  ])('gives %s as bytes in which nothing runs', async (_, sent, type, disposition) => {
    const get = await server()
    const answer = await get(`triage/attachments/${sent.sha256}`)
    expect(answer.statusCode).toBe(200)
    expect(answer.rawPayload).toEqual(sent.bytes)
    expect(answer.headers).toMatchObject({
      'content-type': type,
      'content-disposition': disposition,
      'content-length': String(sent.bytes.length),
      'cache-control': 'private, max-age=31536000, immutable',
      etag: `"${sent.sha256}"`,
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
      'cross-origin-resource-policy': 'same-origin',
    })
  })

  it('answers 304 to those who have it', async () => {
    const get = await server()
    const address = `triage/attachments/${png.sha256}`
    const again = await get(address, { 'if-none-match': `W/"x", "${png.sha256}"` })
    expect([again.statusCode, again.body]).toEqual([304, ''])
    expect((await get(address, { 'if-none-match': `"${jpeg.sha256}"` })).statusCode).toBe(200)
  })

  it.each([
    ['of an unknown model', `other/attachments/${png.sha256}`, 404, 'model-unknown'],
    ['that no reading brought', `triage/attachments/${'0'.repeat(64)}`, 404, 'not-found'],
    ['by half a name', `triage/attachments/${png.sha256.slice(1)}`, 400, 'request-invalid'],
    ['by its reference', `triage/attachments/sha256:${png.sha256}`, 400, 'request-invalid'],
    ['by a path', `triage/attachments/..%2f..%2fjournal.db`, 400, 'request-invalid'],
  ])('refuses one %s in the usual form, not to be cached', async (_, address, status, code) => {
    const answer = await (await server())(address)
    expect(answer.statusCode).toBe(status)
    expect(answer.json()).toEqual({ error: { code, message: expect.any(String), hint: expect.any(String) } })
    expect(answer.headers).toMatchObject({ 'cache-control': 'no-store' })
  })

  it('gives no edited bytes', async () => {
    const dir = temporaryFolder()
    const get = await server(dir)
    tamper(dir, "UPDATE attachments SET bytes = x'00'")
    const answer = await get(`triage/attachments/${png.sha256}`)
    expect(answer.statusCode).toBe(500)
    expect(answer.json()).toMatchObject({ error: { code: 'journal-damaged' } })
    expect(answer.headers).toMatchObject({ 'cache-control': 'no-store' })
  })
})
