import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Accounts } from '#central/accounts/accounts.ts'
import { type Derive, PasswordDesk } from '#central/accounts/passwords.ts'
import { Sessions } from '#central/accounts/sessions.ts'
import type { Account, CentralSession, CodeAnswer, NewAccountAnswer } from '#core/contracts/accounts.ts'
import type { ErrorBody } from '#core/contracts/errors.ts'
import { type CentralSite, centralSite } from '#support/central/central-site.ts'

/** Passwords that cost nothing. */
const cheapDerive: Derive = async (text, salt, length) =>
  createHash('shake256', { outputLength: length }).update(salt).update(text).digest()
const clock = { ms: Date.parse('2026-11-21T08:00:00Z') }
const password = 'correct horse battery'
let site: CentralSite

beforeAll(async () => {
  site = await centralSite({ now: () => clock.ms, derive: cheapDerive })
})
afterAll(() => site.remove())

/** A browser: its cookie, and the Origin of the server's own pages. */
function browser(headers: Record<string, string> = {}) {
  let cookie = ''
  return {
    cookie: () => cookie,
    ask: async <T>(method: string, path: string, body?: unknown) => {
      const answer = await fetch(`${site.url}${path}`, {
        method,
        headers: {
          ...(cookie && { cookie }),
          ...(method !== 'GET' && { origin: site.url }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
      const set = answer.headers.get('set-cookie')
      if (set) cookie = set.split(';')[0]!
      const text = await answer.text()
      return { status: answer.status, set, body: (text ? JSON.parse(text) : undefined) as T }
    },
  }
}

async function invited(name: string, roles: string[]) {
  const { body } = await site.ask<NewAccountAnswer>('POST', '/api/accounts', { name, roles })
  const page = browser()
  const code = body.invitation!.code
  expect((await page.ask('POST', '/api/session/code', { code })).body).toEqual({
    is: 'password-wanted',
    name,
  })
  expect((await page.ask('POST', '/api/session/password', { code, password })).status).toBe(200)
  return { page, code, account: body.account }
}

describe('people', () => {
  it('has a link for the first admin, who sets name and password with it, once', async () => {
    const code = site.firstLink!.split('#code=')[1]
    const page = browser()
    const first = await page.ask<CentralSession>('POST', '/api/session/password', {
      ...{ code, name: 'M. Sato', password },
    })
    expect(first.body).toMatchObject({ name: 'M. Sato', roles: ['viewer', 'admin'] })
    expect(first.set).toMatch(/HttpOnly; SameSite=Strict/)
    const people = await page.ask<{ items: Account[] }>('GET', '/api/accounts')
    expect(people.body.items).toMatchObject([{ name: 'M. Sato', lastSignInAt: expect.any(String) }])
    const again = await browser().ask<ErrorBody>('POST', '/api/session/password', {
      ...{ code, name: 'Somebody', password },
    })
    expect([again.status, again.body.error.code]).toEqual([401, 'code-spent'])
  })

  it('lets each do what their roles say, told by the server and not by the page', async () => {
    const { page, code } = await invited('R. Lind', ['publisher'])
    expect((await page.ask<CentralSession>('GET', '/api/session')).body.roles).toEqual([
      'viewer',
      'publisher',
    ])
    expect((await page.ask<ErrorBody>('GET', '/api/accounts')).body.error.code).toBe('not-allowed')
    expect((await browser().ask('POST', '/api/session/code', { code })).status).toBe(401)
  })

  it('asks a session for its own page and its own name, and a token for neither', async () => {
    const { page } = await invited('Page', ['admin'])
    const elsewhere = browser({ cookie: page.cookie(), origin: 'http://evil.example' })
    expect((await elsewhere.ask<ErrorBody>('DELETE', '/api/session')).body.error.code).toBe('origin-refused')
    const none = await fetch(`${site.url}/api/session`, {
      method: 'DELETE',
      headers: { cookie: page.cookie() },
    })
    expect(none.status).toBe(403)
    expect((await site.ask('GET', '/api/session', undefined, { origin: 'http://evil.example' })).status).toBe(
      200,
    )
  })

  it('ends a session that is signed out, of somebody who is removed, and after half a day of nothing', async () => {
    const [out, gone, idle] = [await invited('Out', []), await invited('Gone', []), await invited('Idle', [])]
    expect((await out.page.ask('DELETE', '/api/session')).status).toBe(204)
    expect((await site.ask('DELETE', `/api/accounts/${gone.account.id}`)).status).toBe(204)
    expect((await gone.page.ask('GET', '/api/session')).status).toBe(401)
    expect((await idle.page.ask('GET', '/api/session')).status).toBe(200)
    clock.ms += 11 * 3_600_000
    expect((await idle.page.ask('GET', '/api/session')).status).toBe(200)
    clock.ms += 12 * 3_600_000 + 1
    expect((await idle.page.ask('GET', '/api/session')).status).toBe(401)
  })

  it('signs in by a link of the token’s holder, who may be anybody', async () => {
    const { account } = await invited('Linked', ['approver'])
    const { body } = await site.ask<{ code: string }>('POST', '/api/session/link', { account: account.id })
    const page = browser()
    const answer = await page.ask<CodeAnswer>('POST', '/api/session/code', { code: body.code })
    expect(answer.body).toMatchObject({ is: 'session', session: { name: 'Linked' } })
    expect((await page.ask('GET', '/api/session')).status).toBe(200)
  })

  it('changes one’s own password with the one that holds, and ends all other sessions', async () => {
    const { page, account } = await invited('Own', [])
    const other = browser()
    expect((await other.ask('POST', '/api/session', { name: ' own ', password })).status).toBe(200)
    const path = `/api/accounts/${account.id}/password`
    const wrong = await page.ask<ErrorBody>('POST', path, {
      current: 'not this one',
      password: 'another dozen',
    })
    expect(wrong.body.error.code).toBe('password-wrong')
    expect((await page.ask('POST', path, { current: password, password: 'another dozen' })).status).toBe(200)
    expect((await page.ask('GET', '/api/session')).status).toBe(200)
    expect((await other.ask('GET', '/api/session')).status).toBe(401)
    expect((await browser().ask('POST', path, { password: 'another dozen!' })).status).toBe(401)
  })

  it('refuses a short password, a name that stands for something else, and one that is taken', async () => {
    const add = (name: string, secret?: string) =>
      site.ask<ErrorBody>('POST', '/api/accounts', { name, roles: [], ...(secret && { password: secret }) })
    expect((await add('Short', 'elevenchars')).body.error.code).toBe('request-invalid')
    expect((await add('ADMIN')).body.error.code).toBe('account-exists')
    expect((await add('m.  SATO')).body.error.code).toBe('account-exists')
    expect((await add('M. Sa\u200bto')).body.error.code).toBe('account-exists')
    expect((await add('Ad\u00admin')).body.error.code).toBe('account-exists')
  })
})

const cheap = () => {
  const sessions = new Sessions(site.base)
  const passwords = new PasswordDesk(cheapDerive)
  return new Accounts({ ...site.base, passwords, sessions })
}
const tried = (accounts: Accounts, name: string, secret: string) =>
  accounts.signIn(name, secret).then(
    () => 'in',
    (error: { code: string }) => error.code,
  )

describe('ten wrong passwords', () => {
  it('lock the account for a while, across a restart, and somebody who is not there just the same', async () => {
    await cheap().add({ name: 'Locked', roles: ['viewer'], password }, 'admin')
    for (const name of ['Locked', 'Nobody at all']) {
      const answers: string[] = []
      for (let n = 0; n < 11; n++) answers.push(await tried(cheap(), name, 'wrong wrong wrong'))
      expect(answers).toEqual([...Array(9).fill('password-wrong'), 'locked-out', 'locked-out'])
    }
    expect(await tried(cheap(), 'locked', password)).toBe('locked-out')
    clock.ms += 60_000
    expect(await tried(cheap(), 'locked', password)).toBe('in')
    expect(await tried(cheap(), 'locked', 'wrong wrong wrong')).toBe('password-wrong')
  })

  it('keeps no password and no code as it was typed', async () => {
    const { rows } = await site.base.db
      .selectFrom('accounts')
      .selectAll()
      .execute()
      .then((all) => ({ rows: all }))
    expect(rows.length).toBeGreaterThan(3)
    expect(JSON.stringify(rows)).not.toContain(password)
    const kept = rows.find(({ name }) => name === 'M. Sato')!.password!
    expect(kept).toMatchObject({ N: 131_072, r: 8, p: 1 })
  })
})

it('takes no more than twenty sign-ins a minute from one address', async () => {
  await site.restart()
  const page = browser()
  const answers = await Promise.all(
    Array.from({ length: 25 }, () => page.ask<ErrorBody>('POST', '/api/session/code', { code: 'none' })),
  )
  expect(answers.filter(({ status }) => status === 401)).toHaveLength(20)
  expect(answers.filter(({ status }) => status === 429)).toHaveLength(5)
})
