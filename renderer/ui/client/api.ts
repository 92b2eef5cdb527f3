import type { z } from 'zod'
import type { Role } from '#core/contracts/people.ts'
import { Failure, refusal } from './failure.ts'

/** Long enough for a runtime on a busy small machine, short enough that nobody waits without a reason. */
export const timeoutMs = 10_000

/** What becomes of requests that change something. */
export interface ApiParts {
  fetch: typeof fetch
  /** Asks for somebody who may; true: they have signed in, and it is worth another try. */
  mayI: (needs: Role) => Promise<boolean>
  /** One was done. */
  done: () => void
}

/** Asks the runtime that served this page; every answer is checked against its contract. */
export class Api {
  readonly #parts: ApiParts
  constructor(parts: ApiParts) {
    this.#parts = parts
  }

  get<S extends z.ZodType>(
    schema: S,
    path: string,
    signal?: AbortSignal,
    limitMs: number = timeoutMs,
  ): Promise<z.output<S>> {
    return this.#ask(path, { method: 'GET' }, schema, signal, limitMs)
  }

  /** `limitMs`: for what takes longer than an ordinary answer, such as qualifying a version. */
  post<S extends z.ZodType>(
    schema: S,
    path: string,
    body: object,
    limitMs: number = timeoutMs,
  ): Promise<z.output<S>> {
    return this.#ask(path, this.#json(body), schema, undefined, limitMs)
  }

  put<S extends z.ZodType>(schema: S, path: string, body: object): Promise<z.output<S>> {
    return this.#ask(path, { ...this.#json(body), method: 'PUT' }, schema)
  }

  /** For answers without a body (204). */
  async send(path: string, body: object, method = 'POST'): Promise<void> {
    await this.#answer(path, { ...this.#json(body), method })
  }

  async delete(path: string): Promise<void> {
    await this.#answer(path, { method: 'DELETE' })
  }

  /** Whether there is an answer at all; what is in it is left alone. */
  async reach(path: string, signal?: AbortSignal): Promise<true> {
    await (await this.#answer(path, { method: 'GET' }, signal)).body?.cancel()
    return true
  }

  #json(body: object): RequestInit {
    return { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
  }

  async #ask<S extends z.ZodType>(
    path: string,
    init: RequestInit,
    schema: S,
    signal?: AbortSignal,
    limitMs?: number,
  ): Promise<z.output<S>> {
    const response = await this.#answer(path, init, signal, limitMs)
    const parsed = schema.safeParse(await response.json().catch(() => undefined))
    if (parsed.success) return parsed.data
    throw new Failure(
      'unreadable',
      `${path}: ${parsed.error.issues[0]?.path.join('.') ?? ''} ${parsed.error.issues[0]?.message ?? ''}`,
    )
  }

  async #answer(
    path: string,
    init: RequestInit,
    signal?: AbortSignal,
    limitMs: number = timeoutMs,
    tries = 0,
  ): Promise<Response> {
    const limit = AbortSignal.timeout(limitMs)
    let response: Response
    try {
      response = await this.#parts.fetch(path, {
        ...init,
        credentials: 'same-origin',
        cache: 'no-store',
        signal: signal ? AbortSignal.any([signal, limit]) : limit,
      })
    } catch (error) {
      if (limit.aborted)
        throw new Failure('timeout', `${path}: no answer in ${limitMs} ms`, undefined, limitMs)
      if (signal?.aborted) throw error
      throw new Failure('unreachable', `${path}: ${String(error)}`)
    }
    const changes = init.method !== 'GET'
    if (response.ok && changes) this.#parts.done()
    if (response.ok) return response
    const refused = refusal(path, response.status, await response.json().catch(() => undefined))
    // Once only: who signs in with too little again is told so.
    if (changes && refused.needs && tries === 0 && (await this.#parts.mayI(refused.needs)))
      return this.#answer(path, init, signal, limitMs, tries + 1)
    throw refused
  }
}
