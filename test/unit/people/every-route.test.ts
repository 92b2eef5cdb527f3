import type { FastifyContextConfig, RouteOptions } from 'fastify'
import { beforeAll, describe, expect, it } from 'vitest'
import { needed } from '#edge/api/access.ts'
import { buildServer } from '#edge/api/server.ts'
import type { Edge } from '#edge/edge.ts'

/** Answers to whatever is asked of it while routes are registered; none of it runs. */
const anything: unknown = new Proxy(() => undefined, { get: () => anything, apply: () => anything })
const parts = new Proxy({ token: 'x'.repeat(32), hosts: () => ['127.0.0.1:1'] } as unknown as Edge, {
  get: (own, name) => Reflect.get(own, name) ?? anything,
})

const reading = new Set(['GET', 'HEAD', 'OPTIONS'])
const routes: { method: string; url: string; config: FastifyContextConfig }[] = []

beforeAll(async () => {
  const heard = ({ method, url, config = {} }: RouteOptions) => {
    for (const each of [method].flat()) routes.push({ method: each, url, config })
  }
  const app = await buildServer(parts, undefined, { error: () => undefined }, heard)
  await app.ready()
  await app.close()
})

const roleOf = (wanted: string) => {
  const found = routes.find(({ method, url }) => `${method} ${url}` === wanted)
  return found && (found.config.open ? 'open' : needed(found.config, found.method))
}

describe('every route of the runtime', () => {
  it('is seen by this test', () => {
    expect(routes.length).toBeGreaterThan(40)
  })

  it('says itself which role it needs, where it changes something', () => {
    const silent = routes
      .filter(({ method, config }) => !reading.has(method) && !config.open && config.role === undefined)
      .map(({ method, url }) => `${method} ${url}`)
    expect(silent).toEqual([])
  })

  it('is open to nobody at all, but for the way in, health and the pages', () => {
    const open = routes.filter(({ method, config }) => config.open && method !== 'HEAD')
    expect(
      open.map(({ method, url }) => `${method} ${url}`).filter((each) => each.includes('/api/')),
    ).toEqual(['POST /api/session'])
    expect(open.filter(({ method }) => !reading.has(method))).toHaveLength(1)
  })

  it('under /v2/repository, which loads and unloads models, would need a technician', () => {
    const lower = routes
      .filter(({ url }) => url.startsWith('/v2/repository'))
      .filter(({ config, method }) => needed(config, method) === 'operator')
    expect(lower).toEqual([])
  })

  it.each([
    ['POST /api/models', 'technician'],
    ['POST /api/models/:id/activate', 'technician'],
    ['POST /api/models/:id/promote', 'technician'],
    ['POST /api/models/:id/abort', 'technician'],
    ['POST /api/models/:id/drill', 'technician'],
    ['POST /api/models/:id/rollback', 'operator'],
    ['POST /api/models/:id/readings', 'operator'],
    ['POST /api/alerts/:id/acknowledge', 'operator'],
    ['POST /api/alerts/:id/feedback', 'operator'],
    ['POST /v2/models/:model/infer', 'operator'],
    ['POST /api/people', 'admin'],
    ['DELETE /api/people/:id', 'admin'],
    ['POST /api/session/code', 'admin'],
    ['POST /api/session/person', 'operator'],
    ['GET /api/status', 'operator'],
    ['GET /healthz', 'open'],
  ])('%s: %s', (route, role) => {
    expect(roleOf(route)).toBe(role)
  })

  it('that names no role is an admin’s alone, where it changes something', () => {
    expect(['POST', 'PUT', 'PATCH', 'DELETE', 'GET'].map((method) => needed({}, method))).toEqual([
      'admin',
      'admin',
      'admin',
      'admin',
      'operator',
    ])
  })
})
