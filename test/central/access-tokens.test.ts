import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { add, list, remove } from '#cli/central-tokens.ts'
import type { Io } from '#cli/io.ts'
import type { CentralSession, NewAccessTokenAnswer, NewAccountAnswer } from '#core/contracts/accounts.ts'
import type { ErrorBody } from '#core/contracts/errors.ts'
import { type CentralSite, centralSite } from '#support/central/central-site.ts'

const clock = { ms: Date.parse('2026-11-21T08:00:00Z') }
const dayMs = 24 * 3_600_000
let site: CentralSite
let account: number
const printed: string[] = []
const logged: { by?: string; token?: string; url?: string }[] = []
const io = (): Io => ({
  ...{ env: { EDGEWRIGHT_TOKEN: site.token }, json: false, note: () => undefined },
  print: (text) => printed.push(text),
})

beforeAll(async () => {
  const info = (fields: object) => logged.push(fields)
  site = await centralSite({ now: () => clock.ms, log: { info, warn: info, error: info } })
  const roles = ['publisher', 'approver']
  const { body } = await site.ask<NewAccountAnswer>('POST', '/api/accounts', { name: 'M. Keller', roles })
  account = body.account.id
})
afterAll(() => site.remove())

async function tokenOf(role: string, days = 30) {
  const made = { account, name: 'nightly export', role, days }
  const { body } = await site.ask<NewAccessTokenAnswer>('POST', '/api/tokens', made)
  const ask = <T>(method: string, path: string, sent?: unknown) =>
    site.ask<T>(method, path, sent, { authorization: `Bearer ${body.secret}` })
  return { ...body, ask }
}

describe('a token of a script', () => {
  it('asks in the name of its account, with its own role and no other of theirs', async () => {
    const { ask } = await tokenOf('publisher')
    const { body } = await ask<CentralSession>('GET', '/api/session')
    expect(body).toEqual({ name: 'M. Keller', roles: ['viewer', 'publisher'], account: null, until: null })
    expect((await ask('GET', '/api/feedback/export')).status).toBe(200)
    for (const [method, path] of [
      ['POST', '/api/rollouts/1/approve'],
      ['GET', '/api/accounts'],
      ['POST', '/api/tokens'],
      ['POST', `/api/accounts/${account}/password`],
    ] as const)
      expect((await ask<ErrorBody>(method, path, method === 'GET' ? undefined : {})).body.error.code).toBe(
        'not-allowed',
      )
  })

  it('reads and publishes nothing as a viewer', async () => {
    const { ask } = await tokenOf('viewer')
    expect((await ask('GET', '/api/feedback')).status).toBe(200)
    expect((await ask('GET', '/api/feedback/export')).status).toBe(403)
  })

  it.each(['approver', 'admin'])('is never %s', async (role) => {
    const body = { account, name: 'x', role, days: 1 }
    expect((await site.ask('POST', '/api/tokens', body)).status).toBe(400)
  })

  it('is refused once its days are over, once it is removed, and once its account is', async () => {
    const [short, removed, gone] = [
      await tokenOf('viewer', 1),
      await tokenOf('viewer'),
      await tokenOf('viewer'),
    ]
    clock.ms += dayMs
    expect((await short.ask('GET', '/api/session')).status).toBe(401)
    expect((await removed.ask('GET', '/api/session')).status).toBe(200)
    expect((await site.ask('DELETE', `/api/tokens/${removed.token.id}`)).status).toBe(204)
    expect((await removed.ask('GET', '/api/session')).status).toBe(401)
    expect((await site.ask('DELETE', `/api/tokens/${removed.token.id}`)).status).toBe(404)
    const { body } = await site.ask<{ items: { kind: string; body: object }[] }>(
      'GET',
      '/api/log?kind=token.',
    )
    expect(body.items[0]).toMatchObject({ kind: 'token.removed', body: { of: 'M. Keller' } })

    await site.ask('PUT', `/api/accounts/${account}/roles`, { roles: [] })
    await site.ask('DELETE', `/api/accounts/${account}`)
    expect((await gone.ask('GET', '/api/session')).status).toBe(401)
    const { body: again } = await site.ask<NewAccountAnswer>('POST', '/api/accounts', {
      ...{ name: 'M. Keller', roles: ['publisher'] },
    })
    account = again.account.id
  })

  it('loses what its account loses, and can have no more than that', async () => {
    const { ask } = await tokenOf('publisher')
    await site.ask('PUT', `/api/accounts/${account}/roles`, { roles: [] })
    expect((await ask('GET', '/api/feedback/export')).status).toBe(403)
    expect((await ask('GET', '/api/session')).status).toBe(200)
    const body = { account, name: 'x', role: 'publisher', days: 1 }
    expect((await site.ask<ErrorBody>('POST', '/api/tokens', body)).body.error.code).toBe('request-invalid')
    await site.ask('PUT', `/api/accounts/${account}/roles`, { roles: ['publisher'] })
  })

  it('is made, listed and removed at the command line, and lies nowhere as it is', async () => {
    const where = { central: site.url }
    const made = await add(io(), 'CI', { ...where, for: 'm. keller', role: 'publisher', days: 7 })
    expect(printed).toEqual([made.secret])
    expect(made.secret).toMatch(/^ewt_[\w-]{43}$/)
    await fetch(`${site.url}/api/session?secret=1`, { headers: { authorization: `Bearer ${made.secret}` } })
    const { tokens } = await list(io(), where)
    expect(tokens.at(-1)).toMatchObject({ name: 'CI', of: 'M. Keller', lastUsedAt: expect.any(String) })
    expect(logged).toContainEqual(
      expect.objectContaining({ by: 'M. Keller', token: 'CI', url: '/api/session' }),
    )
    const rows = await site.base.db.selectFrom('access_tokens').selectAll().execute()
    expect(rows.at(-1)?.hash).toBe(createHash('sha256').update(made.secret).digest('hex'))
    expect(JSON.stringify([rows, logged])).not.toContain(made.secret)
    const pages = await site.ask<{ items: object[]; next: string }>('GET', '/api/tokens?limit=1')
    const second = await site.ask<{ items: object[] }>('GET', `/api/tokens?limit=1&cursor=${pages.body.next}`)
    expect([...pages.body.items, ...second.body.items]).toEqual(tokens.slice(0, 2))
    expect((await site.ask('GET', '/api/tokens?cursor=99999999999')).status).toBe(400)
    await remove(io(), String(made.token.id), where)
    expect((await list(io(), where)).tokens.map(({ id }) => id)).not.toContain(made.token.id)
  })
})

it('a failure is logged without the query', async () => {
  await site.base.db.schema.alterTable('accounts').renameTo('elsewhere').execute()
  expect((await site.ask('GET', '/api/accounts?cursor=private')).status).toBe(500)
  await site.base.db.schema.alterTable('elsewhere').renameTo('accounts').execute()
  expect(logged).toContainEqual(expect.objectContaining({ url: '/api/accounts', err: expect.anything() }))
  expect(JSON.stringify(logged.map(({ url }) => url))).not.toContain('private')
})
