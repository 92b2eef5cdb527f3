import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import { z } from 'zod'
import {
  type Alert,
  alertSchema,
  emptyRequestSchema,
  escalateRequestSchema,
  feedbackRequestSchema,
  shelveRequestSchema,
} from '#core/contracts/alert.ts'
import {
  alertsPageSchema,
  type EdgeEvents,
  liveReadingSchema,
  readingsPageSchema,
  type Status,
  statusSchema,
  trendSchema,
} from '#core/contracts/api.ts'
import { type ModelDetail, modelDetailSchema, modelSummarySchema } from '#core/contracts/deployment.ts'
import { type ErrorCode, errorRegistry } from '#core/contracts/errors.ts'
import { mills, overstrain, type Scene, sceneStartMs, statusAt } from './fake-scene.ts'

const types: Record<string, string> = {
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.woff2': 'font/woff2',
  '.woff': 'font/woff',
  '.svg': 'image/svg+xml',
}
const eventSchemas = {
  alert: alertSchema,
  deployment: modelSummarySchema,
  live: z.array(liveReadingSchema),
  health: statusSchema,
}

export interface FakeParts {
  alerts?: Alert[]
  models?: ModelDetail[]
  /** What sends readings, and what the model says to them: the mills where absent. */
  scene?: Scene
  /** Nobody is signed in before a code has been exchanged; the code that works is "good". */
  signedOut?: boolean
  /** No reading for this long, ms, and none to come. */
  silentMs?: number
}

/**
 * A runtime without a runtime: the built console under the real policy, the real addresses and contracts, and a scene that
 * a test can turn into what is hard to come by: a flood, silence, a lost link, a lane that failed.
 */
export class FakeEdge {
  readonly alerts: Map<string, Alert>
  models: ModelDetail[]
  /** Changes to the status on top of the scene's own. */
  status: Partial<Status> = {}
  /** How the next answers to addresses that contain a key go wrong: refused with a status, never, or as this text. */
  readonly trouble = new Map<string, { status: number; code: ErrorCode } | 'hang' | { body: string }>()
  scene: Scene
  readonly #server: Server
  readonly #readers = new Set<ServerResponse>()
  readonly #dir = join(import.meta.dirname, '../../dist/renderer/edge')
  readonly #startedMs = Date.now()
  #signedIn: boolean
  #silentSinceMs: number | null = null
  #linked = true
  #timers: NodeJS.Timeout[] = []

  private constructor({
    alerts = [overstrain()],
    scene = mills,
    models = [scene.model()],
    signedOut = false,
    silentMs,
  }: FakeParts) {
    this.alerts = new Map(alerts.map((alert) => [alert.id, alert]))
    this.models = models
    this.scene = scene
    this.#signedIn = !signedOut
    if (silentMs !== undefined) this.#silentSinceMs = this.nowMs() - silentMs
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch((error: unknown) => {
        response
          .writeHead(500)
          .end(JSON.stringify({ error: { code: 'internal', message: String(error), hint: '' } }))
      })
    })
  }

  static async start(parts: FakeParts = {}): Promise<FakeEdge> {
    const fake = new FakeEdge(parts)
    await new Promise<void>((done) => fake.#server.listen(0, '127.0.0.1', done))
    fake.#timers = [setInterval(() => fake.#health(), 1000), setInterval(() => fake.#live(), 500)]
    return fake
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  nowMs(): number {
    return sceneStartMs + (Date.now() - this.#startedMs)
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer)
    this.#server.closeAllConnections()
    await new Promise((done) => this.#server.close(done))
  }

  /** Raises or changes alerts, and tells every reader. */
  put(...alerts: Alert[]): void {
    for (const alert of alerts) {
      this.alerts.set(alert.id, alert)
      this.send('alert', alert)
    }
    this.#health()
  }

  change(id: string, fields: Partial<Alert>): Alert {
    const alert = { ...this.alerts.get(id)!, ...fields }
    this.put(alert)
    return alert
  }

  /** No reading from now on. */
  silence(): void {
    this.#silentSinceMs = this.nowMs()
    this.#health()
  }

  /** Cuts every stream; new ones are refused until `reconnect`. */
  disconnect(): void {
    this.#linked = false
    for (const reader of this.#readers) reader.destroy()
  }

  reconnect(): void {
    this.#linked = true
  }

  send<K extends keyof EdgeEvents>(kind: K, payload: EdgeEvents[K]): void {
    const text = `event: ${kind}\ndata: ${JSON.stringify(eventSchemas[kind].parse(payload))}\n\n`
    this.sendRaw(text)
  }

  sendRaw(text: string): void {
    for (const reader of this.#readers) reader.write(text)
  }

  currentStatus(): Status {
    const nowMs = this.nowMs()
    const status = statusAt(nowMs, this.models, this.alerts.values())
    const silent = this.#silentSinceMs === null ? {} : { newestReadingAtMs: this.#silentSinceMs }
    return statusSchema.parse({ ...status, ...silent, ...this.status })
  }

  #health(): void {
    this.send('health', this.currentStatus())
  }

  #live(): void {
    if (this.#silentSinceMs === null && this.models.length > 0)
      this.send(
        'live',
        this.scene.assets.map((asset) => this.#reading(asset, this.nowMs())),
      )
  }

  #reading(asset: string, ms: number) {
    const { model, valueAt, said, stepMs = 500 } = this.scene
    const timeMs = Math.floor(Math.min(ms, this.#silentSinceMs ?? ms) / stepMs) * stepMs
    const { id, manifest } = model()
    const numbers = manifest.inputs.features.filter(({ kind }) => kind === 'number')
    const { values, ...rest } = said(asset, timeMs)
    const own = Object.fromEntries(numbers.map(({ name }) => [name, valueAt(name, asset, timeMs) ?? null]))
    return liveReadingSchema.parse({
      model: id,
      asset,
      timeMs,
      values: { ...own, ...values },
      verdict: 'normal',
      quality: [],
      ...rest,
    })
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const address = new URL(request.url ?? '/', this.url)
    const json = (status: number, body: unknown) =>
      response
        .writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
        .end(JSON.stringify(body))
    const refuse = (code: ErrorCode, message: string, status: number = errorRegistry[code].status) =>
      json(status, { error: { code, message, hint: errorRegistry[code].hint } })
    for (const [part, wrong] of this.trouble) {
      if (!address.pathname.includes(part)) continue
      if (wrong === 'hang') return
      if ('body' in wrong)
        return void response.writeHead(200, { 'content-type': 'application/json' }).end(wrong.body)
      return void refuse(wrong.code, 'this was made to go wrong', wrong.status)
    }
    if (!address.pathname.startsWith('/api/')) return this.#page(address.pathname, response)
    const body: unknown = request.method === 'POST' ? await readJson(request) : undefined
    if (address.pathname === '/api/session') {
      if ((body as { code?: string }).code !== 'good')
        return void refuse('code-spent', 'this sign-in code is not valid, or was used before')
      this.#signedIn = true
      return void response.writeHead(204).end()
    }
    if (!this.#signedIn)
      return void refuse('not-signed-in', 'no valid token or session came with this request')
    if (address.pathname === '/api/events') {
      if (!this.#linked) return void request.socket.destroy()
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
      this.#readers.add(response)
      response.on('close', () => this.#readers.delete(response))
      response.write(`retry: 1000\n\nevent: health\ndata: ${JSON.stringify(this.currentStatus())}\n\n`)
      return
    }
    if (!this.#linked) return void request.socket.destroy()
    if (address.pathname === '/api/status') return void json(200, this.currentStatus())
    const [, , kind, id, what] = address.pathname.split('/').map(decodeURIComponent)
    if (kind === 'models' && what === 'attachments') {
      const found = this.scene.attachments?.get(address.pathname.split('/').at(-1) ?? '')
      if (!found) return void refuse('not-found', 'no kept reading brought this')
      return void response.writeHead(200, { 'content-type': 'image/png' }).end(found)
    }
    if (kind === 'models') return void json(200, this.#model(id ?? '', what, address.searchParams))
    if (kind !== 'alerts') return void refuse('not-found', 'no such address')
    if (id === undefined) return void json(200, this.#list(address.searchParams))
    const alert = this.alerts.get(id)
    if (!alert) return void refuse('alert-unknown', `there is no alert "${id}"`)
    if (what === undefined) return void json(200, alertSchema.parse(alert))
    const changed = this.#act(alert, what, body)
    if (!changed) return void refuse('alert-transition', `this alert is ${alert.state}`)
    this.put(changed)
    json(200, changed)
  }

  #page(path: string, response: ServerResponse): void {
    const file = join(this.#dir, path)
    if (path.startsWith('/assets/') && !path.includes('..')) {
      if (!existsSync(file)) return void response.writeHead(404).end()
      return void response
        .writeHead(200, { 'content-type': types[extname(path)] ?? 'application/octet-stream' })
        .end(readFileSync(file))
    }
    const nonce = randomBytes(16).toString('base64')
    const policy = `default-src 'none'; script-src 'self'; style-src 'self' 'nonce-${nonce}'; font-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`
    const page = readFileSync(join(this.#dir, 'index.html'), 'utf8').replaceAll('__CSP_NONCE__', nonce)
    response
      .writeHead(200, {
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': policy,
        'cache-control': 'no-store',
      })
      .end(page)
  }

  #model(id: string, what: string | undefined, query: URLSearchParams): unknown {
    if (what === 'trend') return this.#trend(query)
    if (what === 'readings') return this.#readings(id, query)
    return modelDetailSchema.parse(this.models.find((model) => model.id === id))
  }

  #readings(id: string, query: URLSearchParams): unknown {
    const live = this.#reading(query.get('asset') ?? this.scene.assets[0]!, this.nowMs())
    const { asset, timeMs, values, texts, model: _, ...said } = live
    const decision = {
      ...said,
      readingId: 'r',
      by: 'model',
      model: { id, version: '1.0.4' },
      provider: 'cpu',
      ms: 1,
    }
    const reading = {
      readingId: 'r',
      asset,
      time: new Date(timeMs).toISOString(),
      values: { ...values, ...texts },
      decision,
    }
    return readingsPageSchema.parse({ readings: [reading], next: null })
  }

  #trend(query: URLSearchParams): unknown {
    const [asset, series] = [query.get('asset') ?? '', query.get('series') ?? '']
    const from = Date.parse(query.get('from') ?? '')
    const to = Math.min(Date.parse(query.get('to') ?? ''), this.#silentSinceMs ?? this.nowMs())
    const bucketMs = Math.max(
      1,
      (Date.parse(query.get('to') ?? '') - from) / Number(query.get('points') ?? 600),
    )
    const points: [number, number, number][] = []
    for (let at = from; at <= to; at += bucketMs) {
      const inside = [0, 0.25, 0.5, 0.75]
        .map((part) => this.scene.valueAt(series, asset, at + part * bucketMs))
        .filter((v) => v !== undefined)
      if (inside.length > 0) points.push([at, Math.min(...inside), Math.max(...inside)])
    }
    return trendSchema.parse({ asset, series, bucketMs, points })
  }

  #list(query: URLSearchParams): unknown {
    const states = query.get('state')?.split(',')
    const [limit, from] = [Number(query.get('limit') ?? 100), Number(query.get('cursor') ?? 0)]
    const found = [...this.alerts.values()]
      .filter((a) => states?.includes(a.state) ?? true)
      .filter(
        (a) => (query.get('model') ?? a.model.id) === a.model.id && (query.get('rule') ?? a.rule) === a.rule,
      )
      .sort((a, b) => b.raisedAt.localeCompare(a.raisedAt))
    return alertsPageSchema.parse({
      alerts: found.slice(from, from + limit),
      next: from + limit < found.length ? String(from + limit) : null,
    })
  }

  /** The alert after one touch; undefined where its state does not allow it. */
  #act(alert: Alert, what: string, body: unknown): Alert | undefined {
    const at = new Date(this.nowMs()).toISOString()
    const by = 'operator'
    switch (what) {
      case 'acknowledge': {
        emptyRequestSchema.parse(body)
        const done = { ...alert, acknowledgedAt: at, acknowledgedBy: by }
        if (alert.state === 'unacknowledged') return { ...done, state: 'acknowledged' }
        return alert.state === 'returned-unacknowledged' ? { ...done, state: 'normal' } : undefined
      }
      case 'done':
        emptyRequestSchema.parse(body)
        return alert.state === 'acknowledged' ? { ...alert, actionDoneAt: at } : undefined
      case 'escalate':
        escalateRequestSchema.parse(body)
        return { ...alert, escalatedAt: at }
      case 'shelve': {
        const { minutes, reason } = shelveRequestSchema.parse(body)
        return {
          ...alert,
          state: 'shelved',
          shelved: { until: new Date(this.nowMs() + minutes * 60_000).toISOString(), reason, by },
        }
      }
      case 'unshelve': {
        const { shelved: _, ...rest } = alert
        return alert.state === 'shelved' ? { ...rest, state: 'unacknowledged' } : undefined
      }
      case 'feedback':
        return { ...alert, feedback: { ...feedbackRequestSchema.parse(body), at, by } } as Alert
      default:
        return undefined
    }
  }
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return JSON.parse(Buffer.concat(chunks).toString() || '{}')
}
