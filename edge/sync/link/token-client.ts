import type { z } from 'zod'
import { tokenAnswerSchema, type tokenRequestSchema } from '#core/contracts/sync.ts'
import type { CentralAnswer, CentralClient, CentralRequest } from '../client.ts'
import { type Signer, tokenAssertion } from './assertion.ts'
import { ask, type Fetch, nonceIn, unreachable } from './line.ts'

export interface TokenClientParts {
  /** Where and as whom; undefined: this machine is not enrolled. */
  who: () => { url: string; signer: Signer } | undefined
  fetch: Fetch
  now: () => number
  /** Monotonic, ms: how old a token is, whatever the clock does. */
  elapsedMs: () => number
  randomUUID: () => string
  /** Hears of every answer and of every failure, with central's clock where it was told. Must not throw. */
  heard: (outcome: { ok: true; serverMs?: number } | { ok: false; why: string }) => void
  /** For one token. */
  tokenDeadlineMs?: number
}

interface Token {
  text: string
  url: string
  device: string
  endsMs: number
}

const defaultTokenDeadlineMs = 15_000
/** Renewed this much before its end, but not before half of its life is over. */
const renewEarlyMs = 60_000

/** The way to central, with this machine's token. */
export class TokenClient implements CentralClient {
  readonly #parts: TokenClientParts
  #token: Token | undefined
  /** One renewal at a time, whoever waits for it. */
  #renewing: Promise<Token | CentralAnswer> | undefined

  constructor(parts: TokenClientParts) {
    this.#parts = parts
  }

  /** The machine is another one from now on, or central another. */
  forget(): void {
    this.#token = undefined
  }

  async post(path: string, body: unknown, options: CentralRequest): Promise<CentralAnswer> {
    const first = await this.#usable(options.signal)
    if ('status' in first) return first
    const answer = await this.#send(path, body, options, first)
    if (answer.status !== 401) return answer
    // Central was restored, or its secret renewed: once with a fresh one.
    if (this.#token === first) this.#token = undefined
    const second = await this.#usable(options.signal)
    return 'status' in second ? second : this.#send(path, body, options, second)
  }

  async #send(path: string, body: unknown, options: CentralRequest, token: Token): Promise<CentralAnswer> {
    const { method = 'POST', encoding, signal } = options
    const isBytes = body instanceof Uint8Array
    const contentType = options.contentType ?? 'application/json'
    return this.#ask(`${rooted(token.url)}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token.text}`,
        ...(body !== undefined && { 'content-type': contentType }),
        ...(encoding !== undefined && { 'content-encoding': encoding }),
      },
      ...(body !== undefined && { body: isBytes ? body : JSON.stringify(body) }),
      signal,
    })
  }

  async #ask(url: string, asking: Parameters<typeof ask>[2]): Promise<CentralAnswer> {
    const { fetch, heard } = this.#parts
    try {
      const answer = await ask(fetch, url, asking)
      heard({ ok: true })
      return answer
    } catch (error) {
      // Whoever gave up himself has learned nothing about the line.
      const isOurs =
        asking.signal.aborted && (asking.signal.reason as Error | undefined)?.name !== 'TimeoutError'
      if (!isOurs) heard({ ok: false, why: error instanceof Error ? error.message : String(error) })
      throw error
    }
  }

  /** A token that holds, or what central says instead of giving one. */
  async #usable(signal: AbortSignal): Promise<Token | CentralAnswer> {
    const who = this.#parts.who()
    if (!who) throw unreachable('this machine is not enrolled')
    const held = this.#token
    const isOurs = held?.url === who.url && held.device === who.signer.device
    if (held && isOurs && this.#parts.elapsedMs() < held.endsMs) return held
    this.#renewing ??= this.#renew(who).finally(() => {
      this.#renewing = undefined
    })
    return Promise.race([this.#renewing, ended(signal)])
  }

  async #renew(who: { url: string; signer: Signer }): Promise<Token | CentralAnswer> {
    const startedMs = this.#parts.elapsedMs()
    let answer = await this.#assert(who, undefined)
    const wrong = nonceIn(answer)
    if (wrong) {
      this.#parts.heard({ ok: true, ...(wrong.serverMs !== undefined && { serverMs: wrong.serverMs }) })
      answer = await this.#assert(who, wrong.nonce)
    }
    const given = answer.status === 200 ? tokenAnswerSchema.safeParse(answer.body).data : undefined
    if (!given) {
      if (answer.status === 200)
        throw unreachable('what answers there is not central (no token in its answer)')
      return answer
    }
    const lifeMs = 1000 * given.expires_in
    this.#token = {
      ...{ text: given.access_token, url: who.url, device: who.signer.device },
      endsMs: startedMs + Math.max(lifeMs / 2, lifeMs - renewEarlyMs),
    }
    return this.#token
  }

  async #assert({ url, signer }: { url: string; signer: Signer }, nonce: string | undefined) {
    const { now, randomUUID, tokenDeadlineMs = defaultTokenDeadlineMs } = this.#parts
    const request: z.infer<typeof tokenRequestSchema> = {
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: await tokenAssertion(signer, { aud: url, nowMs: now(), jti: randomUUID(), nonce }),
    }
    return this.#ask(`${rooted(url)}/sync/v1/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(request),
      signal: AbortSignal.timeout(tokenDeadlineMs),
    })
  }
}

/** What paths are put behind: an address may end with a stroke, and `aud` must keep it. */
export const rooted = (url: string): string => url.replace(/\/+$/, '')

const ended = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    const stop = () => reject(unreachable('it did not answer in time'))
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })
