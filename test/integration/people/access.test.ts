import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Decision } from '#core/contracts/decision.ts'
import type { ModelSummary } from '#core/contracts/deployment.ts'
import type { LocalPerson, Role, Session } from '#core/contracts/people.ts'
import type { AddressedEvent } from '#edge/journal/journal.ts'
import { Browser } from '#support/browser.ts'
import { startTestEdge, type TestEdge } from '#support/edge.ts'
import { installOn } from '#support/package.ts'
import { smallBase, type Version, versionOf } from '#support/versions.ts'

let edge: TestEdge
let [one, two, three]: Version[] = []
const pins: Record<Role, string> = { operator: '314159265', technician: '271828182', admin: '141421356' }
const ids: Partial<Record<Role, string>> = {}
let screen: Browser

const person = (role: Role, name: string) =>
  edge.client.json<LocalPerson>('POST', '/api/people', { name, role, pin: pins[role] })

beforeAll(async () => {
  const base = await smallBase('m')
  one = await versionOf(base, { version: '1.1.0', release: 1 })
  two = await versionOf(base, { version: '1.2.0', release: 2 })
  three = await versionOf(base, {
    version: '1.3.0',
    release: 3,
    edit: (manifest) => Object.assign(manifest.people, { mayRollBack: ['technician'] }),
  })
  edge = await startTestEdge()
  await installOn(edge, one.bytes)
  await installOn(edge, two.bytes)
  await decide() // raises the alarm that stands from here on
  ids.operator = (await person('operator', 'T. Okafor')).id
  ids.technician = (await person('technician', 'M. Keller')).id
  ids.admin = (await person('admin', 'A. Berg')).id
})
afterAll(() => edge.remove())
beforeEach(async () => {
  screen = await Browser.at(edge.url, edge.signInCode())
})

const summary = async () =>
  (await edge.client.json<{ models: ModelSummary[] }>('GET', '/api/models')).models[0]!
const events = async () =>
  (await edge.client.json<{ rows: AddressedEvent[] }>('GET', '/api/audit?limit=1000')).rows
const decide = () =>
  edge.client.json<Decision[]>('POST', '/api/models/m/readings', [
    { asset: 'press 1', time: new Date().toISOString(), values: { a: 0.5, b: 0.25 } },
  ])
const signIn = (role: Role, browser = screen) => browser.signIn(ids[role]!, pins[role])

/** Every byte of every version on the disk. */
function packagesDigest(): string {
  const dir = join(edge.dataDir, 'packages')
  const files = readdirSync(dir, { recursive: true, encoding: 'utf8' }).sort()
  const hash = createHash('sha256')
  for (const file of files)
    if (statSync(join(dir, file)).isFile()) hash.update(file).update(readFileSync(join(dir, file)))
  return hash.digest('hex')
}

describe('row 51: an operator calls an import: denied', () => {
  const why = { reason: 'because' }
  const asks: [string, string, string, object | Buffer | undefined, Role][] = [
    ['a package is installed', 'POST', '/api/models', Buffer.alloc(70_000), 'technician'],
    [
      'a version is activated',
      'POST',
      '/api/models/m/activate',
      { version: '1.2.0', mode: 'replace', ...why },
      'technician',
    ],
    ['a candidate is promoted', 'POST', '/api/models/m/promote', why, 'technician'],
    ['a trial is ended', 'POST', '/api/models/m/abort', why, 'technician'],
    ['the way back is rehearsed', 'POST', '/api/models/m/drill', why, 'technician'],
    ['somebody is added', 'POST', '/api/people', { name: 'Me', role: 'admin', pin: '123456' }, 'admin'],
    ['somebody is removed', 'DELETE', '/api/people/x', undefined, 'admin'],
    ['a PIN is changed', 'POST', '/api/people/x/pin', { pin: '123456' }, 'admin'],
    ['a sign-in link is made', 'POST', '/api/session/code', {}, 'admin'],
  ]

  for (const who of ['nobody in particular', 'T. Okafor (operator)'] as const)
    it.each(asks)(`where ${who} asks that %s`, async (_, method, path, body, needs) => {
      if (who !== 'nobody in particular') await signIn('operator')
      const [packages, before, earlier] = [packagesDigest(), (await summary()).slots, (await events()).length]
      const answering = decide()
      const { status, error } = await screen.send(method, path, body)
      expect({ status, code: error?.code, needs: error?.needs }).toEqual({
        status: 403,
        code: 'not-allowed',
        needs,
      })
      const asked = who === 'nobody in particular' ? 'nobody is signed in' : `${who} asked for it`
      expect(error?.message).toContain(
        `${method} ${path} needs ${needs === 'admin' ? 'an admin' : 'a technician'}`,
      )
      expect(error?.message).toContain(asked)
      expect((await answering)[0]).toMatchObject({
        by: 'model',
        verdict: 'alert',
        model: { version: '1.1.0' },
      })
      expect((await decide())[0]).toMatchObject({ by: 'model', model: { version: '1.1.0' } })
      expect((await summary()).slots).toMatchObject({
        running: { version: before.running!.version, digest: before.running!.digest },
        staged: { version: before.staged!.version, digest: before.staged!.digest },
      })
      expect(packagesDigest()).toBe(packages)
      const rows = await events()
      expect(rows.slice(0, rows.length - earlier)).toMatchObject([
        {
          kind: 'access.denied',
          by: who === 'nobody in particular' ? 'operator' : who,
          body: { method, address: path, needs },
        },
      ])
    })

  it('and by the Open Inference Protocol nothing can be loaded or unloaded, by anybody', async () => {
    for (const path of ['/v2/repository/models/m/load', '/v2/repository/models/m/unload'])
      for (const browser of [screen, (await signIn('admin')) && screen])
        expect((await browser.send('POST', path, {})).status).toBe(404)
    expect((await decide())[0]).toMatchObject({ model: { version: '1.1.0' } })
  })
})

describe('who has signed in', () => {
  it('does what the role allows, under their own name, whatever name is typed', async () => {
    expect((await screen.send<Session>('GET', '/api/session')).body).toEqual({
      role: 'operator',
      person: null,
      until: null,
    })
    expect((await signIn('technician')).body).toMatchObject({
      role: 'technician',
      person: { name: 'M. Keller' },
    })
    const ask = { version: '1.2.0', mode: 'replace', reason: 'better', person: 'A. Berg' }
    expect((await screen.send('POST', '/api/models/m/activate', ask)).status).toBe(200)
    expect((await summary()).slots.running?.deployment).toMatchObject({ by: 'M. Keller (technician)' })
    const back = await screen.send('POST', '/api/models/m/rollback', { reason: 'false alarms' })
    expect(back.status).toBe(200)
    expect((await summary()).lastRollback).toMatchObject({ by: 'M. Keller (technician)' })
    expect((await screen.send('DELETE', '/api/session/person')).status).toBe(204)
    expect((await screen.send<Session>('GET', '/api/session')).body.person).toBeNull()
    expect((await screen.send('POST', '/api/models/m/drill', { reason: 'x' })).status).toBe(403)
  })

  it('is known apart from a name that somebody typed', async () => {
    await edge.client.send('POST', '/api/models/m/activate', {
      body: JSON.stringify({ version: '1.2.0', mode: 'replace', reason: 'again' }),
      headers: { 'content-type': 'application/json' },
    })
    await screen.send('POST', '/api/models/m/rollback', { reason: 'false alarms', person: 'm. keller' })
    expect((await summary()).lastRollback?.by).toBe('m. keller, not signed in (operator)')
  })

  it('acknowledges as themselves; the cookie of before has gained nothing', async () => {
    const before = screen.cookie
    await signIn('technician')
    expect(screen.cookie).not.toBe(before)
    const old = await fetch(new URL('/api/session', edge.url), { headers: { cookie: before } })
    expect(await old.json()).toMatchObject({ role: 'operator', person: null })
    const { alerts } = await edge.client.json<{ alerts: { id: string; state: string }[] }>(
      'GET',
      '/api/alerts',
    )
    const open = alerts.find(({ state }) => state === 'unacknowledged')!
    const done = await screen.send<{ acknowledgedBy: string }>(
      'POST',
      `/api/alerts/${open.id}/acknowledge`,
      {},
    )
    expect(done.body.acknowledgedBy).toBe('M. Keller (technician)')
  })

  it('is signed out by a new PIN and by being removed, with the very next request', async () => {
    const { id } = await edge.client.json<LocalPerson>('POST', '/api/people', {
      name: 'J. Brandt',
      role: 'admin',
      pin: '600600',
    })
    const who = async () => (await screen.send<Session>('GET', '/api/session')).body.person?.name ?? null
    await screen.signIn(id, '600600')
    expect(await who()).toBe('J. Brandt')
    const change = { pin: '700700', current: '600600' }
    expect((await screen.send('POST', `/api/people/${id}/pin`, change)).status).toBe(200)
    expect(await who()).toBeNull()
    expect((await screen.signIn(id, '600600')).error?.code).toBe('pin-wrong')
    await screen.signIn(id, '700700')
    expect((await screen.send('DELETE', `/api/people/${id}`)).status).toBe(204)
    expect(await who()).toBeNull()
    expect((await screen.signIn(id, '700700')).error?.code).toBe('pin-wrong')
  })

  it('may give themselves another PIN, and nobody else', async () => {
    await signIn('technician')
    expect(
      (await screen.send('POST', `/api/people/${ids.admin}/pin`, { pin: '123456' })).error,
    ).toMatchObject({
      code: 'not-allowed',
      needs: 'admin',
    })
    const own = (body: object) => screen.send('POST', `/api/people/${ids.technician}/pin`, body)
    // A screen that was left alone must not give somebody else a PIN for good.
    expect((await own({ pin: '999999' })).error?.code).toBe('pin-wrong')
    expect((await own({ pin: '999999', current: '000000' })).error?.code).toBe('pin-wrong')
    expect((await own({ pin: pins.technician, current: pins.technician })).status).toBe(200)
  })

  it('is asked for six digits; the token has no use for a PIN', async () => {
    for (const pin of ['12345', '1234567890123', '12345a', ''])
      await expect(
        edge.client.json('POST', '/api/people', { name: 'X', role: 'operator', pin }),
      ).rejects.toMatchObject({ code: 'request-invalid' })
    const body = { person: ids.admin, pin: pins.admin }
    await expect(edge.client.json('POST', '/api/session/person', body)).rejects.toMatchObject({
      code: 'request-invalid',
    })
    expect(await edge.client.json('GET', '/api/session')).toEqual({
      role: 'admin',
      person: null,
      until: null,
    })
  })
})

it('a package decides by role who rolls back', async () => {
  await installOn(edge, three!.bytes)
  await edge.client.json('POST', '/api/models/m/activate', {
    version: '1.3.0',
    mode: 'replace',
    reason: 'newest',
  })
  const why = { reason: 'false alarms' }
  await signIn('operator')
  const refused = await screen.send('POST', '/api/models/m/rollback', why)
  expect(refused.error).toMatchObject({ code: 'not-allowed', needs: 'technician' })
  expect(refused.error?.message).toContain('T. Okafor (operator)')
  expect((await events())[0]).toMatchObject({ kind: 'rollback.refused', by: 'T. Okafor (operator)' })
  await signIn('technician')
  expect((await screen.send('POST', '/api/models/m/rollback', why)).body).toMatchObject({
    from: '1.3.0',
    to: '1.1.0',
  })
})

describe('wrong PINs', () => {
  it('in a flood stop no reading, and are turned away beyond a short queue', async () => {
    const tries = Array.from({ length: 30 }, () => screen.signIn(ids.admin!, '000000'))
    const decided = await Promise.all(Array.from({ length: 20 }, decide))
    expect(decided.flat().every(({ by, verdict }) => by === 'model' && verdict === 'alert')).toBe(true)
    const codes = (await Promise.all(tries)).map(({ error }) => error?.code)
    expect(codes.filter((code) => code === 'queue-full').length).toBeGreaterThanOrEqual(20)
    expect(codes).toContain('locked-out')
    const refused = await signIn('admin')
    expect(refused).toMatchObject({ status: 429, error: { code: 'locked-out' } })
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(30)
  })

  it('are forgotten by no restart; whoever was signed in is the screen’s operator after it', async () => {
    const browser = await Browser.at(edge.url, edge.signInCode())
    await signIn('technician', browser)
    const [cookie, port] = [browser.cookie, new URL(edge.url).port]
    const secrets = Object.values(pins)
    edge = await edge.restart()
    const { people } = await edge.client.json<{ people: LocalPerson[] }>('GET', '/api/people')
    expect(people.find(({ id }) => id === ids.admin)?.lockedUntil).toMatch(/^20/)
    const named = cookie.replace(`edgewright_${port}`, `edgewright_${new URL(edge.url).port}`)
    const again = await fetch(new URL('/api/session', edge.url), { headers: { cookie: named } })
    expect(await again.json()).toEqual({ role: 'operator', person: null, until: null })
    const all = readdirSync(edge.dataDir, { recursive: true, encoding: 'utf8' })
      .map((name) => join(edge.dataDir, name))
      .filter((path) => statSync(path).isFile())
    const holding = all.filter((path) => secrets.some((secret) => readFileSync(path).includes(secret)))
    expect(holding).toEqual([])
  })
})
