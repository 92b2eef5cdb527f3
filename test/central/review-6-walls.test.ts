import { randomUUID } from 'node:crypto'
import { connect } from 'node:net'
import { zstdCompressSync } from 'node:zlib'
import type { RouteOptions } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DeviceDetail } from '#core/contracts/fleet.ts'
import { type CentralSite, centralSite } from '#support/central/central-site.ts'
import { FakeMachine } from '#support/central/fake-machine.ts'
import { Joiner, joinCode, reportOf } from '#support/central/joining.ts'

let site: CentralSite
const routes: { method: string; url: string }[] = []
beforeAll(async () => {
  site = await centralSite({
    onRoute: ({ method, url }: RouteOptions) => {
      for (const each of [method].flat())
        if (each !== 'HEAD' && each !== 'OPTIONS') routes.push({ method: each, url })
    },
  })
})
afterAll(() => site.remove())

/** Enrolled, confirmed, its epochs told. */
async function inTheFleet() {
  const record = new FakeMachine()
  const { privateKey, publicKey, device } = record
  const joiner = new Joiner(site, Date.now, { privateKey, publicKey, device })
  await joiner.enrol(await joinCode(site))
  await site.ask('POST', `/api/devices/${device}/confirm`, { fingerprint: device })
  await joiner.signIn()
  const headers = () => ({ authorization: `Bearer ${joiner.token}` })
  const tell = (epochs = record.epochs) => site.ask('PUT', `/sync/v1/${device}/epochs`, { epochs }, headers())
  await tell()
  const send = async (stream: 'events' | 'rollout' | 'metrics', from = 0) => {
    const answer = await fetch(`${site.url}/sync/v1/${device}/${stream}`, {
      method: 'POST',
      headers: { ...headers(), 'content-type': 'application/x-ndjson', 'content-encoding': 'zstd' },
      body: zstdCompressSync(record.batch(record.blocks.get(stream)!.slice(from))),
    })
    return {
      status: answer.status,
      body: (await answer.json()) as { ack?: number; error?: { message: string } },
    }
  }
  return { record, joiner, device, tell, send }
}

describe('a heartbeat that a dead process left on the line', () => {
  it('comes late, and sets nobody apart: not once, and not again after another restart', async () => {
    const { joiner } = await inTheFleet()
    for (let k = 0; k < 3; k++) {
      const old = joiner.bootId
      expect((await joiner.beat()).status).toBe(200)
      joiner.bootId = randomUUID() // the runtime was killed and starts anew
      expect((await joiner.beat()).status).toBe(200)
      const here = joiner.bootId
      joiner.bootId = old
      expect((await joiner.beat()).status).toBe(200)
      joiner.bootId = here
      expect((await joiner.beat()).status, `restart ${k}`).toBe(200)
    }
  })

  it('does not bring back how things were: the newest report counts, in whatever order they come', async () => {
    const { joiner, device } = await inTheFleet()
    const shown = async () =>
      (await site.ask<DeviceDetail>('GET', `/api/devices/${device}`)).body.models.map(
        ({ running }) => running,
      )
    const old = joiner.bootId
    await joiner.beat({ monoMs: 10, report: reportOf('1.0.0') })
    await joiner.beat({ monoMs: 30, report: reportOf('2.0.0') })
    await joiner.beat({ monoMs: 20, report: reportOf('1.0.0') })
    expect(await shown()).toEqual(['2.0.0'])
    joiner.bootId = randomUUID()
    await joiner.beat({ monoMs: 1, report: reportOf('3.0.0') })
    const here = joiner.bootId
    joiner.bootId = old
    await joiner.beat({ monoMs: 40, report: reportOf('2.0.0') })
    expect(await shown()).toEqual(['3.0.0'])
    joiner.bootId = here
    // Which of the two is the living one is not known yet: it is asked to say it again.
    expect((await joiner.beat({ monoMs: 2 })).body.wantReport).toBe(true)
    await joiner.beat({ monoMs: 3, report: reportOf('3.1.0') })
    expect(await shown()).toEqual(['3.1.0'])
  })

  it('but two that take turns are found out within minutes', async () => {
    const { joiner } = await inTheFleet()
    const boots = [randomUUID(), randomUUID()]
    const answers: number[] = []
    for (let k = 0; k < 8; k++) {
      joiner.bootId = boots[k % 2]!
      answers.push((await joiner.beat()).status)
    }
    expect(answers.indexOf(403)).toBeGreaterThan(2)
  })
})

describe('a quarantine that an admin lifts', () => {
  it('is over, also where it was for a record that had been gone and was put back', async () => {
    const { record, tell, device } = await inTheFleet()
    const copy = record.clone()
    record.beginEpoch()
    await tell(record.epochs)
    copy.beginEpoch()
    expect((await tell(copy.epochs)).status).toBe(200) // the wrong copy
    record.beginEpoch()
    expect((await tell(record.epochs)).status).toBe(403) // the right one: but it might be two machines
    await site.ask('POST', `/api/devices/${device}/lift`, { reason: 'I put the wrong copy back first' })
    expect((await tell(record.epochs)).status).toBe(200)
    expect((await tell(record.epochs)).status).toBe(200)
    expect((await tell(copy.epochs)).status).toBe(200) // it may have been on the line
    expect((await tell(copy.epochs)).status).toBe(403)
  })
})

describe('what nobody who is known has sent', () => {
  it.each(['events', 'heartbeat', 'epochs'])('is refused before a byte of it is read: %s', async (path) => {
    const { port, hostname } = new URL(site.url)
    const [type, method] =
      path === 'events' ? ['x-ndjson', 'POST'] : ['json', path === 'epochs' ? 'PUT' : 'POST']
    const line = connect(Number(port), hostname)
    const said = new Promise<string>((resolve) => {
      let text = ''
      line.on('data', (piece) => {
        text += piece
        resolve(text)
      })
      line.setTimeout(60_000, () => resolve('silence'))
      line.on('error', () => resolve('error'))
    })
    line.write(
      `${method} /sync/v1/${'a'.repeat(64)}/${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer x.y.z\r\n` +
        `content-type: application/${type}\r\ncontent-length: 1000000\r\n\r\n{`,
    )
    expect((await said).split('\r\n')[0]).toMatch(/ 401 /)
    line.destroy()
  })
})

/** Words that no form is made for. */
const odd = [
  '\u0000',
  '\ud800',
  "'; DROP TABLE devices; --",
  '../../etc/passwd',
  '__proto__',
  '',
  '9'.repeat(30),
  '-1',
  '1e400',
  '𝒳'.repeat(2000),
]
const said = (word: string) => encodeURIComponent(word.toWellFormed())

/** Whatever answered with 5xx. */
async function broken(
  requests: readonly { method: string; path: string; body?: unknown }[],
): Promise<string[]> {
  const left = [...requests]
  const broke: string[] = []
  const one = async () => {
    for (let next = left.pop(); next; next = left.pop()) {
      const { method, path, body } = next
      const answer = await fetch(`${site.url}${path}`, {
        ...{ method, redirect: 'manual' as const },
        headers: {
          authorization: `Bearer ${site.token}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
      await answer.arrayBuffer()
      if (answer.status >= 500)
        broke.push(`${answer.status} ${method} ${path.slice(0, 150)} ${JSON.stringify(body)}`)
    }
  }
  await Promise.all(Array.from({ length: 8 }, one))
  return broke
}

describe('no request breaks the server', () => {
  it('whatever stands in the address and in the body', async () => {
    const bodies = [undefined, [], {}, 'x', { reason: 'a\u0000\ud800', name: '\u0000', roles: ['admin'] }]
    const api = routes.filter(({ url }) => /^\/(api|repository|sync)/.test(url))
    const asked = api.flatMap(({ method, url }, at) => {
      const words = /[:*]/.test(url) ? [...odd, '1', '2147483647'] : odd.slice(0, bodies.length)
      return words.map((word, k) => ({
        method,
        path: url.replace(/:\w+(\([^)]*\))?|\*/g, said(word).slice(0, 250)),
        ...(method !== 'GET' && { body: bodies[(k + at) % bodies.length] }),
      }))
    })
    expect(asked.length).toBeGreaterThan(500)
    // What the next major version of the driver of PostgreSQL throws at, such as a time that is none.
    const warned: string[] = []
    const hear = ({ message }: Error) => warned.push(message)
    process.on('warning', hear)
    expect(await broken(asked)).toEqual([])
    process.off('warning', hear)
    expect(warned).toEqual([])
  })

  it('whatever is asked of lists', async () => {
    const cursor = (text: string) => Buffer.from(text).toString('base64url')
    const words = [
      ...[
        '\u0000',
        '__proto__',
        '9'.repeat(30),
        '1e400',
        '275760-09-13T00:00:00Z',
        '+099999-01-01T00:00:00Z',
      ],
      ...[cursor('[99999999999999999999,"a",{},1e300]'), cursor('[1e300,1e300,1e300,1e300]')],
      ...[
        cursor('["\\u0000","\\u0000",1]'),
        cursor('[1,"\\u0000","\\u0000",1]'),
        cursor('[-1,1.5,"x",null]'),
      ],
    ]
    const { body } = await site.ask<Api>('GET', '/openapi.json')
    const asked = Object.entries(body.paths).flatMap(([path, { get }]) =>
      (get?.parameters?.filter((one) => one.in === 'query') ?? []).flatMap(({ name }) =>
        words.map((word) => {
          const needsModel = name !== 'model' && /deployments$|performance$/.test(path)
          const query = `${name}=${said(word).slice(0, 900)}${needsModel ? '&model=m' : ''}`
          return { method: 'GET', path: `${path.replace(/\{\w+\}/g, '1')}?${query}` }
        }),
      ),
    )
    expect(asked.length).toBeGreaterThan(500)
    // What the next major version of the driver of PostgreSQL throws at, such as a time that is none.
    const warned: string[] = []
    const hear = ({ message }: Error) => warned.push(message)
    process.on('warning', hear)
    expect(await broken(asked)).toEqual([])
    process.off('warning', hear)
    expect(warned).toEqual([])
  })
})
interface Api {
  paths: Record<string, Record<string, { parameters?: { name: string; in: string }[] }>>
}

describe('an event that no machine of ours would write', () => {
  const window = {
    ...{ model: 'm', version: '1', digest: 'd', fromMs: 0, toMs: 60_000, readings: 1, alert: 0, normal: 1 },
    ...{ abstain: 0, rejected: 0, byRules: 0, marked: 0, alertsRaised: 0, latency: {} },
  }
  const nul = 'a\u0000b\ud800'
  const far = 8.7e15
  const alert = {
    ...{ state: 'unacknowledged', priority: 'high', model: { id: nul, version: nul }, rule: nul, asset: nul },
    ...{
      raisedAt: nul,
      respondWithinMin: 1e308,
      respondBy: nul,
      title: nul,
      owner: nul,
      escalateTo: { name: nul, contact: nul },
    },
  }
  const firing = {
    ...{
      id: nul,
      version: nul,
      guardrail: nul,
      metric: nul,
      feature: nul,
      value: 1e308,
      limit: -1e308,
      n: Number.MAX_SAFE_INTEGER,
    },
    ...{ window: { from: nul, to: nul }, action: nul, decidedBy: { name: nul } },
  }
  const cases: ['events' | 'rollout' | 'metrics', string, unknown][] = [
    ['events', 'alert.raised', { alertId: nul, readingId: nul, alert }],
    ['events', 'alert.acknowledged', { alertId: nul, readingId: nul }],
    ['events', 'alert.shelved', { alertId: nul, minutes: 1e308 }],
    ['events', 'alert.unshelved-active', { alertId: nul }],
    ['events', 'alert.feedback', { alertId: nul, answer: 'false', note: nul }],
    ['events', 'alert.cleared', { alertId: nul }],
    [
      'events',
      'feedback.example',
      {
        alertId: nul,
        readingId: nul,
        model: nul,
        version: nul,
        digest: null,
        rule: nul,
        asset: nul,
        time: nul,
        features: { [nul]: nul, __proto__: 1 },
        withheld: [nul],
        pseudonymised: [nul],
        decision: null,
        answer: 'false',
        note: nul,
        by: nul,
        at: nul,
      },
    ],
    ['rollout', 'deployment.running', { id: nul, version: nul, digest: nul, reason: nul }],
    ['rollout', 'guardrail.fired', firing],
    ['rollout', 'retraining.requested', firing],
    ['rollout', 'guardrail.cleared', firing],
    ['rollout', 'deployment.failed', null],
    ['rollout', 'deployment.failed', [1]],
    ['metrics', 'metrics.window', { ...window, model: nul, version: nul, digest: nul }],
    ['metrics', 'metrics.window', { ...window, fromMs: -9e15, toMs: 9e15 }],
    ['metrics', 'metrics.window', { ...window, fromMs: 9e15, toMs: 9e15, merged: 2 ** 40 }],
    [
      'metrics',
      'metrics.window',
      { ...window, answers: { [nul]: 1 }, latency: { [nul]: 3, x: 9e15, '-5': -1, '99999999': 2 } },
    ],
    ['metrics', 'metrics.window', { ...window, readings: Number.MAX_SAFE_INTEGER, alert: -5 }],
  ]
  it.each(cases)('on %s: %s does not hold up what comes behind it (%#)', async (stream, kind, body) => {
    const { record, send } = await inTheFleet()
    record.append(stream, [{ kind, timeMs: far, by: nul, body }])
    record.append(stream, [{ kind, timeMs: 1.8e12, by: nul, body }])
    record.append(stream, [{ kind: 'runtime.started', timeMs: 1.8e12, by: 'runtime', body: {} }])
    expect(await send(stream)).toMatchObject({ status: 200, body: { ack: 3 } })
    for (const path of [
      '/api/performance?model=m',
      '/api/performance/models',
      '/api/deployments/history',
      '/api/alerts',
      '/api/feedback/reviews',
    ])
      expect((await site.ask('GET', path)).status, path).toBeLessThan(500)
  })

  it('and thousands of one block are taken as one', async () => {
    const { record, send } = await inTheFleet()
    record.append(
      'rollout',
      Array.from({ length: 7_000 }, (_, k) => ({
        kind: 'deployment.running',
        timeMs: 1.8e12,
        by: 'x',
        body: { id: 'm', n: k },
      })),
    )
    expect(await send('rollout')).toMatchObject({ status: 200, body: { ack: 7_000 } })
  })
})
