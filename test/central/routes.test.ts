import type { RouteOptions } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { needed } from '#central/api/access.ts'
import type { NewAccountAnswer } from '#core/contracts/accounts.ts'
import { type CentralSite, centralSite } from '#support/central/central-site.ts'

let site: CentralSite
let viewer: string
const routes: { method: string; url: string; needs: string; documented: boolean }[] = []

/** Pages and their files are no part of the API. */
const isPage = (url: string) => url === '/' || url.startsWith('/:screen') || url.startsWith('/assets')

beforeAll(async () => {
  site = await centralSite({
    onRoute: ({ method, url, config }: RouteOptions) => {
      for (const each of [method].flat())
        if (each !== 'HEAD' && each !== 'OPTIONS' && !isPage(url))
          routes.push({ method: each, url, needs: needed(config ?? {}, each), documented: !!config?.doc })
    },
  })
  const { body } = await site.ask<NewAccountAnswer>('POST', '/api/accounts', { name: 'Viewer', roles: [] })
  const answer = await fetch(`${site.url}/api/session/password`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: site.url },
    body: JSON.stringify({ code: body.invitation?.code, password: 'correct horse battery' }),
  })
  viewer = answer.headers.get('set-cookie')!.split(';')[0]!
})
afterAll(() => site.remove())

/** What everybody may do for themselves, what only reads, and what depends on more than the address. */
const lookItself = new Set([
  'DELETE /api/session',
  'POST /api/accounts/:id/password',
  'POST /api/devices/choose',
  'PUT /api/registry/models/:model/aliases/:alias',
  'POST /api/registry/signatures',
])

const at = (url: string) => `${site.url}${url.replace(/:\w+(\([^)]*\))?/g, '1').replace('*', 'x')}`

describe('every route', () => {
  it('is of the API, and there are some', () => {
    expect(routes.length).toBeGreaterThan(15)
  })

  it('lets nobody in without token or session but where it says so', async () => {
    const wrong: string[] = []
    for (const { method, url, needs } of routes) {
      const { status } = await fetch(at(url), { method, headers: { authorization: 'Bearer wrong' } })
      if (needs === 'anyone' ? status === 500 : status !== 401) wrong.push(`${method} ${url} ${status}`)
    }
    // A join token is what enrolment goes by, and an assertion what a token does: they look at the body first.
    expect(wrong.filter((each) => !/ \/sync\/v1\/(enrol|token) 4\d\d$/.test(each))).toEqual([])
  })

  it('that needs a role refuses who only reads', async () => {
    const wrong: string[] = []
    for (const { method, url, needs } of routes) {
      if (!['publisher', 'approver', 'admin'].includes(needs)) continue
      const headers = { cookie: viewer, ...(method !== 'GET' && { origin: site.url }) }
      const { status } = await fetch(at(url), { method, headers })
      if (status !== 403) wrong.push(`${method} ${url} ${status}`)
    }
    expect(wrong).toEqual([])
  })

  it('that changes something names its role, or looks at it itself', () => {
    const open = routes.filter(({ method, needs }) => method !== 'GET' && needs === 'viewer')
    expect(open.map(({ method, url }) => `${method} ${url}`).filter((each) => !lookItself.has(each))).toEqual(
      [],
    )
  })

  it('is documented out of the schemas that it parses with', async () => {
    expect(
      routes.filter(({ documented }) => !documented).map(({ method, url }) => `${method} ${url}`),
    ).toEqual([])
    const { body } = await site.ask<OpenApi>('GET', '/openapi.json')
    const listed = Object.entries(body.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    )
    const registered = routes.map(
      ({ method, url }) => `${method} ${url.replace(/:(\w+)/g, '{$1}').replace(/\*$/, '{path}')}`,
    )
    expect(listed.sort()).toEqual(registered.sort())
    const account = body.paths['/api/accounts']!['post']!
    expect(account.requestBody.content['application/json'].schema.required).toEqual(['name', 'roles'])
  })
})

interface OpenApi {
  paths: Record<
    string,
    Record<string, { requestBody: { content: { 'application/json': { schema: { required: string[] } } } } }>
  >
}

it('gives figures to a viewer, and to the holder of the token that reads nothing else', async () => {
  const { readFile } = await import('node:fs/promises')
  const token = (await readFile(`${site.dataDir}/metrics-token`, 'utf8')).trim()
  const headers = { authorization: `Bearer ${token}` }
  const figures = await (await fetch(`${site.url}/metrics`, { headers })).text()
  expect(figures).toMatch(
    /edgewright_central_request_seconds_count\{[^}]*route="\/api\/accounts"[^}]*\} [1-9]/,
  )
  expect(figures).toMatch(/edgewright_central_database_connections \d/)
  expect((await fetch(`${site.url}/api/accounts`, { headers })).status).toBe(401)
  expect((await fetch(`${site.url}/metrics`, { headers: { cookie: viewer } })).status).toBe(200)
})

it('serves the console’s page for its addresses under a strict policy, and no page for those of the API', async () => {
  for (const path of ['/', '/rollouts', '/devices/abc', '/apiary'])
    expect((await fetch(`${site.url}${path}`)).headers.get('content-security-policy')).toContain(
      "script-src 'self'",
    )
  for (const path of ['/api/nothing', '/sync/x', '/openapi.json'])
    expect((await fetch(`${site.url}${path}`)).headers.get('content-type')).not.toContain('html')
})
