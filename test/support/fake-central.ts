import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { CentralSession } from '#core/contracts/accounts.ts'
import { type CentralRole, mayAtCentral } from '#core/contracts/central.ts'
import { type ErrorCode, errorRegistry } from '#core/contracts/errors.ts'
import type { DeviceSummary } from '#core/contracts/fleet.ts'
import type { RolloutDetail } from '#core/contracts/rollout.ts'
import { type Answer, Refused } from './fake-answer.ts'
import { answersOf } from './fake-central-answers.ts'
import { fleetStartMs, machinesOf } from './fake-fleet.ts'
import { page, readBody } from './fake-page.ts'
import { earlyRollout } from './fake-rollout.ts'

export interface FakeCentralParts {
  machines?: DeviceSummary[]
  rollouts?: RolloutDetail[]
  /** Roles of M. Sato, who is signed in. */
  roles?: CentralRole[]
  signedOut?: boolean
  /** false: nobody has an account. */
  people?: boolean
  /** No list holds more on a page, however many are asked for. */
  rows?: number
}

export const password = 'correct horse battery'
/** Links that work once: one signs in, one wants a password first. */
export const codes = { enters: 'good', first: 'first' } as const

/** A central without a central: the built console under the real policy, the real addresses and contracts, and a fleet. */
export class FakeCentral {
  machines: DeviceSummary[]
  rollouts: RolloutDetail[]
  session: CentralSession | null
  readonly people: boolean
  /** Every request that changes something, in order. */
  readonly asked: { method: string; path: string; body: unknown }[] = []
  /** How the next answers to addresses that contain a key go wrong. */
  readonly trouble = new Map<string, { code: ErrorCode } | 'hang'>()
  /** Answers by `GET /api/…` with `:name` for a part; a test or another screen adds its own. */
  readonly answers: Map<string, Answer>
  readonly #roles: readonly CentralRole[]
  readonly #rows: number
  readonly #server: Server
  #there = true

  private constructor(parts: FakeCentralParts) {
    this.machines = parts.machines ?? machinesOf()
    this.rollouts = parts.rollouts ?? [earlyRollout()]
    this.people = parts.people ?? true
    this.#rows = parts.rows ?? Number.POSITIVE_INFINITY
    this.#roles = parts.roles ?? ['viewer', 'publisher', 'approver', 'admin']
    this.session = parts.signedOut ? null : this.newSession()
    this.answers = answersOf(this)
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch((error: unknown) => {
        const said = { code: 'internal', message: String(error), hint: '' }
        response.writeHead(500).end(JSON.stringify({ error: said }))
      })
    })
  }

  static async start(parts: FakeCentralParts = {}): Promise<FakeCentral> {
    const fake = new FakeCentral(parts)
    await new Promise<void>((done) => fake.#server.listen(0, '127.0.0.1', done))
    return fake
  }

  newSession(): CentralSession {
    return { name: 'M. Sato', roles: [...this.#roles], account: 1, until: null }
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Stands still, so that no test depends on how long its machine takes. */
  nowMs(): number {
    return fleetStartMs
  }

  /** Nothing answers from now on, as when the line or the server is gone. */
  disconnect(): void {
    this.#there = false
  }

  reconnect(): void {
    this.#there = true
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((done) => this.#server.close(done))
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname: path, searchParams } = new URL(request.url ?? '/', this.url)
    const method = request.method ?? 'GET'
    if (!path.startsWith('/api/')) return page(path, response, 'central')
    if (!this.#there) return void request.socket.destroy()
    const json = (status: number, body: unknown) =>
      response
        .writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
        .end(JSON.stringify(body))
    const refuse = (code: ErrorCode, message: string) => {
      const { status, hint } = errorRegistry[code]
      return json(status, { error: { code, message, hint } })
    }
    for (const [part, wrong] of this.trouble) {
      if (!path.includes(part)) continue
      return wrong === 'hang' ? undefined : void refuse(wrong.code, 'this was made to go wrong')
    }
    const body = method === 'GET' || method === 'DELETE' ? undefined : await readBody(request)
    if (method !== 'GET') this.asked.push({ method, path, body })
    const isOpen = path === '/api/server' || (path.startsWith('/api/session') && method === 'POST')
    if (!isOpen && !this.session)
      return void refuse('not-signed-in', 'no valid token or session came with this request')
    const found = this.#find(method, path)
    if (!found) return void refuse('not-found', `there is nothing at ${method} ${path}`)
    try {
      const query = Object.fromEntries(searchParams)
      if ('limit' in query) query['limit'] = String(Math.min(this.#rows, Number(query['limit'])))
      const answer = found.answer({ query, body, params: found.params })
      if (answer === undefined) return void response.writeHead(204).end()
      json(200, answer)
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      refuse(error.code, error.message)
    }
  }

  #find(method: string, path: string): { answer: Answer; params: Record<string, string> } | undefined {
    const given = path.split('/').map(decodeURIComponent)
    for (const [key, answer] of this.answers) {
      const [how, pattern = ''] = key.split(' ')
      const wanted = pattern.split('/')
      if (how !== method || wanted.length !== given.length) continue
      if (!wanted.every((part, i) => part.startsWith(':') || part === given[i])) continue
      const params = wanted.flatMap((part, i) =>
        part.startsWith(':') ? [[part.slice(1), given[i] ?? '']] : [],
      )
      return { answer, params: Object.fromEntries(params) }
    }
    return undefined
  }

  /** Who is signed in must have this role. */
  needs(role: CentralRole): void {
    if (!mayAtCentral(this.session?.roles ?? [], role))
      throw new Refused('not-allowed', `it needs the role ${role}`)
  }
}
