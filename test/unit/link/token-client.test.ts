import { generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { deviceOf } from '#core/audit/checkpoint.ts'
import { publicKeyOf, recordTools } from '#edge/audit/tools.ts'
import { ask, whyNot } from '#edge/sync/link/line.ts'
import { TokenClient } from '#edge/sync/link/token-client.ts'
import { address, FakeCentral } from './fake-central.ts'

interface Scene {
  central: FakeCentral
  client: TokenClient
  clock: { elapsedMs: number }
  heard: string[]
  beat: () => ReturnType<TokenClient['post']>
  tokensAsked: () => number
}

function scene(key: KeyObject = generateKeyPairSync('ed25519').privateKey): Scene {
  const central = new FakeCentral()
  central.state = 'enrolled'
  const publicKey = publicKeyOf(key)
  central.know(publicKey)
  const clock = { elapsedMs: 0 }
  const heard: string[] = []
  const device = deviceOf(publicKey, recordTools.sha256)
  const client = new TokenClient({
    who: () => ({ url: address, signer: { device, privateKey: key } }),
    fetch: central.fetch,
    now: () => central.nowMs,
    elapsedMs: () => clock.elapsedMs,
    randomUUID,
    heard: (outcome) => heard.push(outcome.ok ? 'answer' : outcome.why),
  })
  return {
    ...{ central, client, clock, heard },
    beat: () => client.post(`/sync/v1/${device}/heartbeat`, {}, { signal: AbortSignal.timeout(5000) }),
    tokensAsked: () => central.asked.filter((path) => path === '/sync/v1/token').length,
  }
}

const signal = AbortSignal.timeout(5000)

describe('the way to central', () => {
  it('asks for a token once, whoever waits for it, and for another before it ends', async () => {
    const { beat, tokensAsked, clock } = scene()
    const answers = await Promise.all([beat(), beat(), beat()])
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(tokensAsked()).toBe(1)
    clock.elapsedMs = 539_000
    await beat()
    expect(tokensAsked()).toBe(1)
    clock.elapsedMs = 541_000 // a minute before its end
    await beat()
    expect(tokensAsked()).toBe(2)
  })

  it('asks once more where a token does not hold, and no further', async () => {
    const { central, beat, tokensAsked } = scene()
    await beat()
    central.tokens.clear()
    expect((await beat()).status).toBe(200)
    expect(tokensAsked()).toBe(2)
    central.tokens = new Set() // new ones never hold
    central.tokens.add = () => central.tokens
    expect((await beat()).status).toBe(401)
    expect(tokensAsked()).toBe(3)
  })

  it('brings the nonce where the clock is wrong', async () => {
    const { central, beat, tokensAsked } = scene()
    central.nonce = 'n-1'
    expect((await beat()).status).toBe(200)
    expect(tokensAsked()).toBe(2)
  })

  it('gives back why there is no token, and what this machine is to central', async () => {
    const { central, beat } = scene()
    central.state = 'revoked'
    expect(await beat()).toMatchObject({ status: 401, body: { state: 'revoked' } })
  })

  it('says in words why nobody answers, and tells an answer from silence', async () => {
    const { central, beat, heard } = scene()
    central.isAway = true
    await expect(beat()).rejects.toMatchObject({
      code: 'central-unreachable',
      message: 'nothing listens at this address',
    })
    central.isAway = false
    await beat()
    expect(heard).toEqual(['nothing listens at this address', 'answer', 'answer'])
  })

  it('gives up with whoever asked, and goes on for the others', async () => {
    const { client, beat, heard } = scene()
    const device = 'x'
    const gone = client.post(`/sync/v1/${device}/heartbeat`, {}, { signal: AbortSignal.abort() })
    const stays = beat()
    await expect(gone).rejects.toMatchObject({ code: 'central-unreachable' })
    expect((await stays).status).toBe(200)
    expect(heard).not.toContain('it did not answer in time')
  })
})

describe('one request', () => {
  const answering = (response: Response) => (async () => response) as typeof fetch
  const asking = { method: 'POST', headers: {}, signal }

  it.each([
    ['a captive portal', new Response('<html>', { status: 200 }), /not central \(HTTP 200, no JSON\)/],
    [
      'a redirect, which is not followed',
      new Response('moved', { status: 302, headers: { location: 'https://portal.test/' } }),
      /sends to https:\/\/portal\.test/,
    ],
    ['an answer without an end', new Response(new Uint8Array(1024 * 1024 + 1)), /no end/],
  ])('takes %s for no answer of central', async (_, response, message) => {
    await expect(ask(answering(response), address, asking)).rejects.toThrow(message)
  })

  it('takes an answer without a body for one', async () => {
    expect(await ask(answering(new Response(null, { status: 204 })), address, asking)).toEqual({
      status: 204,
      body: undefined,
    })
  })

  it.each([
    ['SELF_SIGNED_CERT_IN_CHAIN', /EDGEWRIGHT_CA/],
    ['CERT_HAS_EXPIRED', /expired/],
    ['ERR_TLS_CERT_ALTNAME_INVALID', /another name/],
    ['ENOTFOUND', /name is not known/],
  ])('tells %s in words', (code, words) => {
    const cause = Object.assign(new Error('raw'), { code })
    expect(whyNot(new TypeError('fetch failed', { cause }))).toMatch(words)
  })

  it('tells the first of several tries, and what it does not know as it is', () => {
    const refused = Object.assign(new Error('raw'), { code: 'ECONNREFUSED' })
    expect(whyNot(new TypeError('fetch failed', { cause: new AggregateError([refused]) }))).toMatch(
      /nothing listens/,
    )
    expect(whyNot(new TypeError('fetch failed', { cause: new Error('odd') }))).toBe('odd')
    expect(whyNot(AbortSignal.timeout(0).reason ?? new DOMException('', 'TimeoutError'))).toMatch(/in time/)
  })
})
