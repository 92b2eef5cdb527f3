import { createHmac, randomUUID } from 'node:crypto'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DeviceDetail, JoinCodeView, MadeJoinCode } from '#core/contracts/fleet.ts'
import { anchored } from '#edge/update/metadata/refresh.ts'
import { type CentralSite, centralSite } from '#support/central/central-site.ts'
import { Joiner, joinCode, joined, readCode, testKey } from '#support/central/joining.ts'
import { signedSite } from '#support/signed-site.ts'

let site: CentralSite
let nowMs = Date.parse('2026-11-21T12:00:00Z')
const now = () => nowMs
const machine = () => new Joiner(site, now)
const ready = (more: Omit<Parameters<typeof joined>[1] & object, 'now'> = {}) =>
  joined(site, { ...more, now })

beforeAll(async () => {
  site = await centralSite({ now, publicUrl: 'https://central.example' }) // the same after a restart
})
afterAll(() => site.remove())

describe('joining', () => {
  it('makes a code that is told once, and kept as a digest', async () => {
    const { body } = await site.ask<MadeJoinCode>('POST', '/api/join-codes', {
      site: 'plant-a',
      groups: ['press'],
    })
    const code = readCode(body.code)
    expect(code).toMatchObject({ url: site.base.publicUrl(), site: 'plant-a', groups: ['press'], root: null })
    const list = await site.ask<{ items: JoinCodeView[] }>('GET', '/api/join-codes')
    expect(list.body.items[0]).toMatchObject({ id: body.id, state: 'open', createdBy: 'admin', device: null })
    expect(JSON.stringify(list.body)).not.toContain(code.token)
    const kept = await site.base.db.selectFrom('join_codes').selectAll().execute()
    expect(JSON.stringify(kept)).not.toContain(code.token)
  })

  it('names the newest root that is live, as a machine would call it', async () => {
    const dir = join(site.dataDir, 'repository')
    const signed = await signedSite({ dir })
    await signed.rotate('timestamp')
    const text = readFileSync(join(dir, 'metadata/2.root.json'), 'utf8')
    expect((await joinCode(site)).root).toBe(anchored(text).fingerprint)
    rmSync(dir, { recursive: true })
  })

  it('lets a machine wait until its fingerprint is compared, and only then sync', async () => {
    const one = machine()
    const code = await joinCode(site, { groups: ['press'], labels: ['line=2'] })
    const { status, body } = await one.enrol(code)
    expect([status, body]).toEqual([
      200,
      {
        device: one.device,
        state: 'waiting',
        site: 'plant-a',
        groups: [`device-${one.device.slice(0, 16)}`, 'press'],
        centralKey: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    ])
    const early = await one.askToken(await one.assertion())
    expect([early.status, early.body.error.code, early.body.state]).toEqual([
      401,
      'device-refused',
      'waiting',
    ])

    const path = `/api/devices/${one.device}/confirm`
    const wrong = await site.ask<{ error: { code: string } }>('POST', path, { fingerprint: '0'.repeat(16) })
    expect([wrong.status, wrong.body.error.code]).toEqual([409, 'fingerprint-differs'])
    const short = await site.ask('POST', path, { fingerprint: one.device.slice(0, 8) })
    expect(short.status).toBe(400)
    const spaced = one.device
      .slice(0, 16)
      .toUpperCase()
      .replaceAll(/(.{4})/g, '$1 ')
    expect((await site.ask('POST', path, { fingerprint: spaced })).status).toBe(200)
    expect((await site.ask('POST', path, { fingerprint: spaced })).status).toBe(409)

    await one.signIn()
    expect((await one.beat()).status).toBe(200)
    const { body: detail } = await site.ask<DeviceDetail>('GET', `/api/devices/${one.device}`)
    expect(detail).toMatchObject({
      state: 'enrolled',
      confirmedBy: 'admin',
      labels: ['line=2'],
      groups: ['press'],
    })
    expect(detail.log.map(({ kind }) => kind)).toEqual(['device.confirmed', 'device.enrolled'])
  })

  it('tells the same machine the same again where the answer was lost, also when the code has expired', async () => {
    const one = machine()
    const code = await joinCode(site)
    const first = await one.enrol(code)
    nowMs += 48 * 3_600_000
    expect((await one.enrol(code)).body).toEqual(first.body)
    const rows = await site.base.db
      .selectFrom('devices')
      .where('device', '=', one.device)
      .selectAll()
      .execute()
    expect(rows).toHaveLength(1)
  })

  it('refuses a used, expired, withdrawn, unknown and wrong-site code with 401 (row 47)', async () => {
    const used = await joinCode(site)
    expect((await machine().enrol(used)).status).toBe(200)
    const late = await joinCode(site, { ttlMs: 60_000 })
    const withdrawn = await site.ask<MadeJoinCode>('POST', '/api/join-codes', { site: 'plant-a' })
    expect((await site.ask('DELETE', `/api/join-codes/${withdrawn.body.id}`)).status).toBe(204)
    nowMs += 60_001
    const open = await joinCode(site)
    for (const [code, changes, why] of [
      [used, {}, /used before/],
      [late, {}, /expired/],
      [readCode(withdrawn.body.code), {}, /withdrawn/],
      [{ ...open, token: 'A'.repeat(43) }, {}, /no such join code/],
      [open, { site: 'plant-b' }, /another site/],
    ] as const) {
      const { status, body } = await machine().enrol(code, changes)
      expect([status, body.error.code]).toEqual([401, 'join-refused'])
      expect(body.error.message).toMatch(why)
    }
    expect((await machine().enrol(open)).status).toBe(200) // none of it has used it up
  })

  it('refuses a machine that does not prove that it holds its key', async () => {
    const code = await joinCode(site)
    const one = machine()
    for (const [changes, why] of [
      [{ key: testKey() }, /signature/],
      [{ claims: { aud: 'https://elsewhere.example' } }, /elsewhere/],
      [{ claims: { aud: [code.url] } }, /claims/],
      [{ claims: { token_sha256: '0'.repeat(64) } }, /another join code/],
    ] as const) {
      const { status, body } = await one.enrol(code, changes)
      expect([status, body.error.code]).toEqual([401, 'join-refused'])
      expect(body.error.message).toMatch(why)
    }
    const old = await one.enrol(code, { claims: { iat: 1e9, exp: 1e9 + 60 } })
    expect([old.status, old.body.error.code, old.body.serverMs]).toEqual([401, 'assertion-clock', nowMs])
    const claims = { iat: 1e9, exp: 1e9 + 60, nonce: old.body.nonce }
    expect((await machine().enrol(code, { claims })).status).toBe(401) // bound to the machine that was told
    expect((await one.enrol(code, { claims })).status).toBe(200)
  })

  it('gives one of many machines that use one code at once the place, and the others nothing', async () => {
    const code = await joinCode(site)
    const answers = await Promise.all(Array.from({ length: 8 }, () => machine().enrol(code)))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401, 401, 401, 401, 401, 401, 401])
  })

  it('lets a machine whose key is known join anew at another site, and a revoked one never', async () => {
    const one = await ready()
    const again = await one.enrol(await joinCode(site, { site: 'plant-c' }))
    expect(again.body).toMatchObject({ state: 'enrolled', site: 'plant-c' })
    await site.ask('POST', `/api/devices/${one.device}/revoke`, { reason: 'stolen' })
    const code = await joinCode(site)
    const refused = await one.enrol(code)
    expect([refused.status, refused.body.error.code, refused.body.state]).toEqual([
      401,
      'device-refused',
      'revoked',
    ])
    expect((await machine().enrol(code)).status).toBe(200)
  })
})

describe('tokens (row 48)', () => {
  const b64 = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

  it('takes an assertion once, also when it comes twice at the same time', async () => {
    const one = await ready()
    const assertion = await one.assertion()
    const answers = await Promise.all([1, 2, 3].map(() => one.askToken(assertion)))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401, 401])
    const refused = answers.find(({ status }) => status === 401)
    expect(refused?.body.error.code).toBe('device-refused')
    await site.restart()
    expect((await one.askToken(assertion)).status).toBe(401)
  })

  it('refuses another audience, issuer, key, algorithm and length of life', async () => {
    const one = await ready()
    const other = await ready()
    const seconds = Math.floor(nowMs / 1000)
    const claims = {
      ...{ iss: one.device, sub: one.device, aud: site.base.publicUrl() },
      ...{ jti: randomUUID(), iat: seconds, exp: seconds + 60 },
    }
    const unsigned = `${b64({ alg: 'none' })}.${b64(claims)}.`
    const body = `${b64({ alg: 'HS256' })}.${b64(claims)}`
    const byPublicKey = createHmac('sha256', Buffer.from(one.key.publicKey, 'hex'))
      .update(body)
      .digest('base64url')
    for (const [name, assertion] of Object.entries({
      audience: await one.assertion({ aud: 'https://central.example/' }),
      'two audiences': await one.assertion({ aud: [site.base.publicUrl(), 'https://elsewhere.example'] }),
      'no audience': await one.assertion({ aud: undefined }),
      subject: await one.assertion({ sub: other.device }),
      key: await one.assertion({}, other.key),
      'nobody known': await machine().assertion(),
      'alg none': unsigned,
      'alg HS256': `${body}.${byPublicKey}`,
      'no jti': await one.assertion({ jti: undefined }),
      'no exp': await one.assertion({ exp: undefined }),
      'too long a life': await one.assertion({ exp: seconds + 61 }),
      'no JWT': 'ewj1.not-a-token',
    })) {
      const { status, body: answer } = await one.askToken(assertion)
      expect([name, status, answer.error.code]).toEqual([name, 401, 'device-refused'])
    }
  })

  it('answers expired and future ones with a nonce, which is good once, for that machine, for a minute', async () => {
    const one = await ready()
    const seconds = Math.floor(nowMs / 1000)
    for (const times of [
      { iat: seconds - 120, exp: seconds - 60 },
      { iat: seconds + 600, exp: seconds + 660 },
    ]) {
      const first = await one.askToken(await one.assertion(times))
      expect([first.status, first.body.error.code, first.body.serverMs]).toEqual([
        401,
        'assertion-clock',
        nowMs,
      ])
      const other = await ready()
      expect(
        (await other.askToken(await other.assertion({ ...times, nonce: first.body.nonce }))).status,
      ).toBe(401)
      const answer = await one.assertion({ ...times, nonce: first.body.nonce })
      expect((await one.askToken(answer)).status).toBe(200)
      expect((await one.askToken(answer)).status).toBe(401)
      expect((await one.askToken(await one.assertion({ ...times, nonce: first.body.nonce }))).status).toBe(
        401,
      )
    }
    const { body } = await one.askToken(await one.assertion({ iat: 1, exp: 61 }))
    nowMs += 60_001
    expect((await one.askToken(await one.assertion({ iat: 1, exp: 61, nonce: body.nonce }))).status).toBe(401)
    expect((await one.askToken(await one.assertion({ nonce: `${nowMs + 1000}.x.y` }))).status).toBe(401)
  })

  it('forgets what was used only when it would be refused anyway', async () => {
    const one = await ready()
    const assertion = await one.assertion()
    expect((await one.askToken(assertion)).status).toBe(200)
    nowMs += 64_000
    await site.restart() // forgets at its start what is over
    const late = await one.askToken(assertion)
    expect([late.status, late.body.error.code]).toEqual([401, 'device-refused'])
    nowMs += 60_000
    await site.restart()
    expect((await one.askToken(assertion)).body.error.code).toBe('assertion-clock')
    expect(await site.base.db.selectFrom('spent').selectAll().execute()).toEqual([])
  })
})

describe('access', () => {
  it('holds for ten minutes, for one machine, across a restart', async () => {
    const one = await ready()
    const other = await ready()
    expect((await one.beat()).status).toBe(200)
    const foreign = await one.beat({}, other.device)
    expect([foreign.status, foreign.body.error.code]).toEqual([401, 'device-refused'])
    await site.restart()
    expect((await one.beat()).status).toBe(200)
    one.token = site.token
    expect((await one.beat()).body.error.code).toBe('not-signed-in')
    await one.signIn()
    nowMs += 600_001
    const over = await one.beat()
    expect([over.status, over.body.error.code]).toEqual([401, 'not-signed-in'])
  })

  it('ends at once with a revocation or a quarantine, and comes back when that is lifted', async () => {
    const one = await ready()
    const path = `/api/devices/${one.device}`
    expect((await one.beat()).status).toBe(200)
    await site.ask('POST', `${path}/quarantine`, { reason: 'two of it' })
    const apart = await one.beat()
    expect([apart.status, apart.body.error.code, apart.body.state]).toEqual([
      403,
      'device-quarantined',
      'quarantined',
    ])
    expect((await one.askToken(await one.assertion())).status).toBe(403)
    await site.ask('POST', `${path}/lift`, { reason: 'the copy is gone' })
    expect((await one.beat()).status).toBe(200)
    await site.ask('POST', `${path}/revoke`, { reason: 'stolen' })
    const gone = await one.beat()
    expect([gone.status, gone.body.error.code, gone.body.state]).toEqual([401, 'device-refused', 'revoked'])
    expect((await one.askToken(await one.assertion())).body.state).toBe('revoked')
    expect((await site.ask('POST', `${path}/lift`, { reason: 'x' })).status).toBe(409)
  })

  it('sets apart a machine whose former boot is heard of again and again: two take turns', async () => {
    const one = await ready()
    const copy = new Joiner(site, now, one.key)
    copy.token = one.token
    expect((await one.beat()).status).toBe(200)
    one.bootId = randomUUID() // it starts anew: nothing wrong with that
    expect((await one.beat()).status).toBe(200)
    for (const next of [copy, one, copy, one]) expect((await next.beat()).status).toBe(200)
    expect((await copy.beat()).body.state).toBe('quarantined')
    const { body } = await site.ask<DeviceDetail>('GET', `/api/devices/${one.device}`)
    expect(body).toMatchObject({ state: 'quarantined', why: expect.stringMatching(/two machines/) })
    expect(body.log[0]).toMatchObject({ kind: 'device.quarantined', by: 'central' })
    await site.ask('POST', `/api/devices/${one.device}/lift`, { reason: 'found' })
    expect((await one.beat()).status).toBe(200)
  })
})
