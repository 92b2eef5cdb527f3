import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Decision } from '#core/contracts/decision.ts'
import type { ErrorBody } from '#core/contracts/errors.ts'
import { startTestEdge, type TestEdge } from '#support/edge.ts'
import { logistic } from '#support/models.ts'
import { installOn, packaged } from '#support/package.ts'

const path = '/api/models/pump/readings'
const good = (n = 1) => ({
  asset: 'pump-1',
  time: new Date().toISOString(),
  values: { flow: n, pressure: 0.25 },
})
/** sigmoid(flow + 2·pressure − 0.5), by hand. */
const expected = (flow: number) => 1 / (1 + Math.exp(-(flow + 0.5 - 0.5)))

let edge: TestEdge
beforeAll(async () => {
  edge = await startTestEdge()
  await installOn(
    edge,
    await packaged({
      id: 'pump',
      model: logistic({ weights: [1, 2], bias: -0.5 }),
      features: ['flow', 'pressure'],
    }),
  )
})
afterAll(() => edge.remove())

const post = (
  body: string | Uint8Array<ArrayBuffer> | ReadableStream,
  type = 'application/json',
  init: RequestInit & { auth?: string | null; duplex?: 'half' } = {},
) =>
  edge.raw('POST', path, {
    ...init,
    body,
    headers: { 'content-type': type, ...(init.headers as Record<string, string>) },
  })
const decide = async (reading: unknown) => (await (await post(JSON.stringify(reading))).json()) as Decision
const errorOf = async (response: Response) => ({
  status: response.status,
  ...((await response.json()) as ErrorBody).error,
})

async function theNextReadingIsAnswered(): Promise<void> {
  const decision = await decide(good(1))
  expect(decision.verdict).not.toBe('rejected')
  expect(decision.probability).toBeCloseTo(expected(1), 6)
}

describe('a bad reading is answered with what is wrong, and the next one is decided', () => {
  it.each<[string, string, object]>([
    ['unknown-feature', '"flwo" is not a feature', { values: { flow: 1, pressure: 1, flwo: 1 } }],
    ['missing-feature', '"pressure" is missing', { values: { flow: 1 } }],
    ['wrong-type', 'the text "high"', { values: { flow: 'high', pressure: 1 } }],
    ['not-finite', 'float32', { values: { flow: 1e308, pressure: 1 } }],
    ['missing-feature', 'is null', { values: { flow: null, pressure: 1 } }],
    ['wrong-unit', '"psi"', { units: { pressure: 'psi' } }],
    ['time-in-future', 'ahead of this machine', { time: new Date(Date.now() + 3600_000).toISOString() }],
    ['time-invalid', 'RFC 3339', { time: '24.11.2026 14:32' }],
    ['malformed', '"asset"', { asset: 7 }],
  ])('%s', async (code, words, part) => {
    const decision = await decide({ ...good(), ...part })
    expect(decision).toMatchObject({ verdict: 'rejected', quality: [{ code }] })
    expect(decision.probability).toBeUndefined()
    expect(decision.quality[0]?.message).toContain(words)
    await theNextReadingIsAnswered()
  })

  it('NaN, which JSON does not have, makes a body unreadable', async () => {
    const error = await errorOf(
      await post(`{"asset":"pump-1","time":"${good().time}","values":{"flow":NaN,"pressure":1}}`),
    )
    expect(error).toMatchObject({ status: 400, code: 'body-unreadable' })
    expect(error.hint).not.toBe('')
    await theNextReadingIsAnswered()
  })

  it('time running backward for one asset', async () => {
    await decide({ ...good(), asset: 'clock' })
    const decision = await decide({
      ...good(),
      asset: 'clock',
      time: new Date(Date.now() - 60_000).toISOString(),
    })
    expect(decision.quality[0]).toMatchObject({ code: 'time-backward' })
    await theNextReadingIsAnswered()
  })

  it('one bad reading in an array does not touch its neighbours', async () => {
    const decisions = (await (
      await post(JSON.stringify([good(0), 'nonsense', good(2)]))
    ).json()) as Decision[]
    expect(decisions.map((d) => d.verdict === 'rejected')).toEqual([false, true, false])
    expect(decisions[2]?.probability).toBeCloseTo(expected(2), 6)
  })

  it('a repeated id gets its first decision again', async () => {
    const first = await decide({ ...good(1), id: 'batch-7/12' })
    const again = await decide({ ...good(9), id: 'batch-7/12' })
    expect(again).toEqual(first)
    expect(first.readingId).toBe('batch-7/12')
  })
})

describe('a bad request is refused in words, and the next one is answered', () => {
  it('truncated JSON', async () => {
    expect(await errorOf(await post('[{"asset":"pump-1",'))).toMatchObject({
      status: 400,
      code: 'body-unreadable',
    })
    await theNextReadingIsAnswered()
  })
  it('a body of 50 MB', async () => {
    const chunk = new Uint8Array(1_000_000).fill(0x20)
    let sent = 0
    const body = new ReadableStream({
      pull(controller) {
        if (sent++ < 50) controller.enqueue(chunk)
        else controller.close()
      },
    })
    // The runtime answers and closes while the rest is still coming; a client may see either first.
    const outcome = await post(body, 'application/json', { duplex: 'half' }).then(
      errorOf,
      (error: Error) => error.message,
    )
    if (typeof outcome !== 'string') expect(outcome).toMatchObject({ status: 413, code: 'body-too-large' })
    await theNextReadingIsAnswered()
    const announced = await post(new Uint8Array(9 * 1024 * 1024)).then(errorOf, () => undefined)
    if (announced) expect(announced).toMatchObject({ status: 413, code: 'body-too-large' })
    expect(typeof outcome === 'string' && announced === undefined).toBe(false)
    await theNextReadingIsAnswered()
  })
  it('10,000 readings in one array are all decided', async () => {
    const nowMs = Date.now()
    const readings = Array.from({ length: 10_000 }, (_, i) => ({
      asset: 'many',
      time: new Date(nowMs).toISOString(),
      values: { flow: i % 7, pressure: 0.25 },
    }))
    const decisions = (await (await post(JSON.stringify(readings))).json()) as Decision[]
    expect(decisions).toHaveLength(10_000)
    expect(decisions.every((d, i) => Math.abs((d.probability ?? -1) - expected(i % 7)) < 1e-6)).toBe(true)
    expect(new Set(decisions.map((d) => d.readingId)).size).toBe(10_000)
  })
  it('a body of a type nobody asked for', async () => {
    expect(await errorOf(await post('flow=1', 'application/x-www-form-urlencoded'))).toMatchObject({
      status: 400,
      code: 'body-unreadable',
    })
  })
  it('a number for a body', async () => {
    expect(await errorOf(await post('42'))).toMatchObject({ status: 400, code: 'body-unreadable' })
  })
  it('an unknown model', async () => {
    expect(
      await errorOf(
        await edge.raw('POST', '/api/models/ghost/readings', {
          body: JSON.stringify(good()),
          headers: { 'content-type': 'application/json' },
        }),
      ),
    ).toMatchObject({ status: 404, code: 'model-unknown' })
  })
  it('NDJSON with a broken line answers it and goes on', async () => {
    const response = await post(
      `${JSON.stringify(good(0))}\n{broken\n${JSON.stringify(good(2))}\n`,
      'application/x-ndjson',
    )
    expect(response.headers.get('content-type')).toContain('application/x-ndjson')
    const decisions = (await response.text())
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Decision)
    expect(decisions.map((d) => d.quality[0]?.code)).toEqual([undefined, 'malformed', undefined])
  })
  it('a client that hangs in the middle of a request stops nobody', async () => {
    const { port, hostname } = new URL(edge.url)
    const hanging = connect(Number(port), hostname)
    hanging.write(
      `POST ${path} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nAuthorization: Bearer ${edge.token}\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"asset"`,
    )
    await new Promise((resolve) => hanging.once('connect', resolve))
    await theNextReadingIsAnswered()
    hanging.destroy()
    await theNextReadingIsAnswered()
  })
})

describe('who may ask', () => {
  it.each<[string, string | null]>([
    ['no token', null],
    ['a wrong token', 'x'.repeat(43)],
  ])('%s', async (_, auth) => {
    for (const address of ['/api/models', '/api/alerts', '/metrics', '/v2', '/api/events'])
      expect(
        await errorOf(await edge.raw('GET', address, { auth })).then(
          (e) => e.status,
          () => 401,
        ),
      ).toBe(401)
    expect((await post(JSON.stringify(good()), 'application/json', { auth })).status).toBe(401)
  })
  it('health is open', async () => {
    expect((await edge.raw('GET', '/healthz', { auth: null })).status).toBe(200)
    expect((await edge.raw('GET', '/readyz', { auth: null })).status).toBe(200)
  })
  it('a foreign Host header, as a page that rebound its name would send', async () => {
    const { port, hostname } = new URL(edge.url)
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(Number(port), hostname, () =>
        socket.write(
          `GET /api/models HTTP/1.1\r\nHost: evil.example\r\nAuthorization: Bearer ${edge.token}\r\nConnection: close\r\n\r\n`,
        ),
      )
      let text = ''
      socket
        .setEncoding('utf8')
        .on('data', (part: string) => (text += part))
        .on('close', () => resolve(text))
    })
    expect(answer).toMatch(/^HTTP\/1.1 403/)
    expect(answer).toContain('host-refused')
  })
  it('a foreign Origin', async () => {
    expect(
      await errorOf(
        await post(JSON.stringify(good()), 'application/json', {
          headers: { origin: 'http://evil.example' },
        }),
      ),
    ).toMatchObject({ status: 403, code: 'origin-refused' })
  })
  it('a sign-in code works once and brings a cookie that cannot be read, sent across sites, or used without an Origin', async () => {
    const code = edge.signInCode()
    const signIn = () =>
      edge.raw('POST', '/api/session', {
        auth: null,
        body: JSON.stringify({ code }),
        headers: { 'content-type': 'application/json' },
      })
    const first = await signIn()
    expect(first.status).toBe(204)
    const cookie = first.headers.get('set-cookie') ?? ''
    expect(cookie).toMatch(/HttpOnly/i)
    expect(cookie).toMatch(/SameSite=Strict/i)
    expect(await errorOf(await signIn())).toMatchObject({ status: 401, code: 'code-spent' })
    const session = { cookie: cookie.split(';')[0] ?? '' }
    expect((await edge.raw('GET', '/api/models', { auth: null, headers: session })).status).toBe(200)
    const change = (headers: Record<string, string>) =>
      edge.raw('POST', path, {
        auth: null,
        body: JSON.stringify(good()),
        headers: { 'content-type': 'application/json', ...headers },
      })
    expect((await change({ ...session, origin: edge.url })).status).toBe(200)
    expect(await errorOf(await change(session))).toMatchObject({ status: 403, code: 'origin-refused' })
    const forged = { cookie: session.cookie.replace(/=\d/, '=9') }
    expect((await edge.raw('GET', '/api/models', { auth: null, headers: forged })).status).toBe(401)
  })
  it('every page carries a policy that lets no other code in', async () => {
    const response = await edge.raw('GET', '/', { auth: null })
    const policy = response.headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).not.toContain('unsafe')
  })
})
