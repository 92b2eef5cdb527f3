import { createHash, createPublicKey, generateKeyPairSync } from 'node:crypto'
import { jwtVerify } from 'jose'
import { countersignedBytes } from '#core/audit/checkpoint.ts'
import type { KeptCheckpoint } from '#core/audit/format.ts'
import type { EnrolRequest, Heartbeat, HeartbeatAnswer } from '#core/contracts/sync.ts'
import { publicKeyOf, signWith } from '#edge/audit/tools.ts'

export const address = 'http://central.test'
const raw = { kty: 'OKP', crv: 'Ed25519' }

/** What a test sets, and what came. Answers as core/contracts/sync.ts says. */
export class FakeCentral {
  state: 'waiting' | 'enrolled' | 'revoked' | 'quarantined' = 'waiting'
  joinToken = 'j'.repeat(43)
  /** Next requests get no answer, though central has done what they asked. */
  losesAnswers = 0
  isAway = false
  /** An assertion is only taken with this. */
  nonce: string | undefined
  nowMs = 1_800_000_000_000
  tokenLifeS = 600
  answer: Partial<HeartbeatAnswer> = {}
  /** It countersigns what heartbeats bring. */
  signs = false
  key = generateKeyPairSync('ed25519').privateKey
  site = 'north'
  groups: string[] = ['presses']
  readonly asked: string[] = []
  readonly beats: Heartbeat[] = []
  readonly jtis = new Set<string>()
  /** Tokens that hold. */
  tokens = new Set<string>()
  #keys = new Map<string, string>()
  #spentBy: string | undefined

  readonly fetch: typeof globalThis.fetch = async (input, init) => {
    const url = String(input)
    this.asked.push(url.slice(address.length))
    await new Promise((resolve) => setImmediate(resolve))
    if (this.isAway)
      throw new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code: 'ECONNREFUSED' }) })
    const [status, body] = await this.#answer(url, init)
    if (this.losesAnswers > 0) {
      this.losesAnswers -= 1
      throw new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code: 'ECONNRESET' }) })
    }
    return new Response(JSON.stringify(body), { status })
  }

  async #answer(url: string, init: RequestInit | undefined): Promise<[number, unknown]> {
    const body: unknown = JSON.parse(String(init?.body ?? '{}'))
    if (url.endsWith('/sync/v1/enrol')) return this.#enrol(body as EnrolRequest)
    if (url.endsWith('/sync/v1/token')) return this.#token(body as { client_assertion: string })
    const authorization = new Headers(init?.headers).get('authorization') ?? ''
    if (!this.tokens.has(authorization.slice('Bearer '.length)))
      return refused(401, 'device-refused', 'the token does not hold')
    if (this.state !== 'enrolled')
      return [401, { error: error('device-refused', `it is ${this.state}`), state: this.state }]
    this.beats.push(body as Heartbeat)
    return [
      200,
      {
        serverMs: this.nowMs,
        grant: { bytesPerS: null, maxBatch: 100 },
        wantReport: false,
        countersignature: this.signs ? this.countersigned((body as Heartbeat).checkpoint) : null,
        checkUpdates: false,
        site: this.site,
        groups: this.groups,
        ...this.answer,
      },
    ]
  }

  countersigned(kept: KeptCheckpoint | undefined) {
    if (!kept) return null
    const words = { by: publicKeyOf(this.key), at: '2026-11-21T12:00:00.000Z' }
    return { ...words, signature: signWith(this.key, countersignedBytes(kept.checkpoint, words)) }
  }

  async #enrol({ token, publicKey, proof, site }: EnrolRequest): Promise<[number, unknown]> {
    const clock = await this.#checked(publicKey, proof)
    if (clock) return clock
    const device = createHash('sha256').update(Buffer.from(publicKey, 'hex')).digest('hex')
    if (token !== this.joinToken || (this.#spentBy ?? device) !== device)
      return refused(401, 'join-refused', 'the code was used already')
    this.#spentBy = device
    this.#keys.set(device, publicKey)
    return [200, { device, state: this.state, site, groups: this.groups, centralKey: publicKeyOf(this.key) }]
  }

  async #token({ client_assertion: jwt }: { client_assertion: string }): Promise<[number, unknown]> {
    const { sub } = JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()) as {
      sub: string
    }
    const key = this.#keys.get(sub)
    if (key === undefined) return refused(401, 'device-refused', 'no such device')
    const clock = await this.#checked(key, jwt)
    if (clock) return clock
    if (this.state !== 'enrolled')
      return [401, { error: error('device-refused', `it is ${this.state}`), state: this.state }]
    const text = `token-${this.jtis.size}`
    this.tokens.add(text)
    return [200, { access_token: text, token_type: 'Bearer', expires_in: this.tokenLifeS }]
  }

  async #checked(publicKey: string, jwt: string): Promise<[number, unknown] | undefined> {
    const key = createPublicKey({
      key: { ...raw, x: Buffer.from(publicKey, 'hex').toString('base64url') },
      format: 'jwk',
    })
    const { payload } = await jwtVerify(jwt, key, { audience: address, currentDate: dateIn(jwt) })
    if (this.jtis.has(payload.jti ?? '')) return refused(401, 'device-refused', 'replayed')
    this.jtis.add(payload.jti ?? '')
    if (this.nonce === undefined || payload['nonce'] === this.nonce) return undefined
    return [
      401,
      { error: error('assertion-clock', 'the clocks differ'), nonce: this.nonce, serverMs: this.nowMs },
    ]
  }

  know(publicKey: string): void {
    this.#keys.set(createHash('sha256').update(Buffer.from(publicKey, 'hex')).digest('hex'), publicKey)
  }
}

const dateIn = (jwt: string): Date =>
  new Date(
    1000 * (JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()) as { iat: number }).iat,
  )
const error = (code: string, message: string) => ({ code, message, hint: 'x' })
const refused = (status: number, code: string, message: string): [number, unknown] => [
  status,
  { error: error(code, message) },
]

export const codeFor = (central: FakeCentral, root: string | null = null, site = 'north'): string =>
  `ewj1.${Buffer.from(
    JSON.stringify({ url: address, token: central.joinToken, site, groups: central.groups, root }),
  ).toString('base64url')}`
