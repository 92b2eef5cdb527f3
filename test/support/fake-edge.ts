import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { z } from 'zod'
import { type Alert, alertSchema } from '#core/contracts/alert.ts'
import {
  alertsPageSchema,
  type EdgeEvents,
  liveReadingSchema,
  readingsPageSchema,
  type Status,
  statusSchema,
  trendSchema,
} from '#core/contracts/api.ts'
import type { Comparison } from '#core/contracts/comparison.ts'
import { type ModelDetail, modelDetailSchema, modelSummarySchema } from '#core/contracts/deployment.ts'
import { type ErrorCode, errorRegistry } from '#core/contracts/errors.ts'
import { acted } from './fake-alerts.ts'
import { comparisonOf, moved, rehearsal, withPackage } from './fake-deploy.ts'
import { type FakeHardware, hardware } from './fake-hardware.ts'
import { FakeLink } from './fake-link.ts'
import { page, readBody } from './fake-page.ts'
import { FakePeople, type FakePerson } from './fake-people.ts'
import { mills, overstrain, type Scene, sceneStartMs, statusAt } from './fake-scene.ts'
import { FakeUpdates } from './fake-updates.ts'

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
  /** Who can sign in; absent: nobody, and nothing needs it. */
  people?: FakePerson[]
  /** No reading for this long, ms, and none to come. */
  silentMs?: number
  /** What the version beside the running one has shown. */
  comparison?: Comparison
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
  /** What the version beside the running one has shown; null: nothing is compared. */
  comparison: Comparison | null
  hardware: FakeHardware = hardware()
  readonly people: FakePeople
  readonly updates = new FakeUpdates()
  readonly link = new FakeLink()
  /** What the record says of itself when it is verified. */
  record: object = { ok: true, blocks: 812, rows: 604_800, dropped: 0 }
  /** Every request that changes something, in order. */
  readonly asked: { path: string; body: unknown }[] = []
  scene: Scene
  /** Resolves once a page hears the events: none that is sent from then on is lost. */
  readonly heard: Promise<void>
  #isHeard: () => void = () => undefined
  readonly #server: Server
  readonly #readers = new Set<ServerResponse>()
  readonly #turns = new Map<string, () => void>()
  #passedMs = 0
  #signedIn: boolean
  #silentSinceMs: number | null = null
  #linked = true
  #timers: NodeJS.Timeout[] = []

  private constructor({
    alerts = [overstrain()],
    scene = mills,
    models = [scene.model()],
    signedOut = false,
    people,
    silentMs,
    comparison,
  }: FakeParts) {
    this.heard = new Promise((done) => {
      this.#isHeard = done
    })
    this.comparison = comparison ?? null
    this.alerts = new Map(alerts.map((alert) => [alert.id, alert]))
    this.models = models
    this.scene = scene
    this.#signedIn = !signedOut
    this.people = new FakePeople(people, () => this.nowMs())
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

  /** Stands still, so that no test depends on how long its machine takes; the page's own goes on between two events. */
  nowMs(): number {
    return sceneStartMs + this.#passedMs
  }

  /** Time passes. */
  pass(ms: number): void {
    this.#passedMs += ms
    this.#health()
  }

  /** Happens as the next request to an address that contains `part` arrives, and before it is answered. */
  before(part: string, turn: () => void): void {
    this.#turns.set(part, turn)
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

  /** Changes a model, and tells every reader. */
  putModel(model: ModelDetail): void {
    this.models = this.models.map((each) => (each.id === model.id ? model : each))
    this.send('deployment', modelSummarySchema.parse(model))
    this.#health()
  }

  /** No reading from now on. */
  silence(): void {
    this.#silentSinceMs = this.nowMs()
    this.#health()
  }

  /** Cuts every stream; new ones are refused until `reconnect`. */
  disconnect(): void {
    this.#linked = false
    this.disconnectEvents()
  }

  /** Cuts every stream, and leaves the rest as it is. */
  disconnectEvents(): void {
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
    for (const [part, turn] of this.#turns)
      if (address.pathname.includes(part) && this.#turns.delete(part)) turn()
    for (const [part, wrong] of this.trouble) {
      if (!address.pathname.includes(part)) continue
      if (wrong === 'hang') return
      if ('body' in wrong)
        return void response.writeHead(200, { 'content-type': 'application/json' }).end(wrong.body)
      return void refuse(wrong.code, 'this was made to go wrong', wrong.status)
    }
    if (!address.pathname.startsWith('/api/')) return page(address.pathname, response)
    const body: unknown = request.method === 'POST' ? await readBody(request) : undefined
    const method = request.method ?? 'GET'
    const denied = this.people.refused(method, address.pathname)
    if (method === 'POST' && !denied) this.asked.push({ path: address.pathname, body })
    if (address.pathname === '/api/session' && request.method === 'POST') {
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
      return this.#isHeard()
    }
    if (!this.#linked) return void request.socket.destroy()
    const person = denied ?? this.people.answer(method, address.pathname, body)
    if (person && 'body' in person) return void json(person.status, person.body)
    if (person) {
      const { code, ...said } = person
      return void json(errorRegistry[code].status, {
        error: { code, hint: errorRegistry[code].hint, ...said },
      })
    }
    const update = this.updates.answer(method, address.pathname)
    if (update === null) return void response.writeHead(204).end()
    if (update) return void json(200, update)
    const linked = this.link.answer(method, address.pathname, body)
    if (linked && 'refused' in linked) return void refuse('join-refused', String(linked.refused))
    if (linked) return void json(200, linked)
    if (address.pathname === '/api/status') return void json(200, this.currentStatus())
    const [, , kind, id, what] = address.pathname.split('/').map(decodeURIComponent)
    if (kind === 'models' && what === 'attachments') {
      const found = this.scene.attachments?.get(address.pathname.split('/').at(-1) ?? '')
      if (!found) return void refuse('not-found', 'no kept reading brought this')
      return void response.writeHead(200, { 'content-type': 'image/png' }).end(found)
    }
    if (kind === 'hardware') return void json(200, this.hardware)
    if (kind === 'audit') return void json(200, this.record)
    if (kind === 'models') {
      const said = this.#model(id, what, body, address.searchParams)
      return void ('refused' in said ? refuse(said.code, said.refused) : json(200, said))
    }
    if (kind !== 'alerts') return void refuse('not-found', 'no such address')
    if (id === undefined) return void json(200, this.#list(address.searchParams))
    const alert = this.alerts.get(id)
    if (!alert) return void refuse('alert-unknown', `there is no alert "${id}"`)
    if (what === undefined) return void json(200, alertSchema.parse(alert))
    const changed = acted(alert, what, body, new Date(this.nowMs()))
    if (!changed) return void refuse('alert-transition', `this alert is ${alert.state}`)
    this.put(changed)
    json(200, changed)
  }

  #model(
    id: string | undefined,
    what: string | undefined,
    body: unknown,
    query: URLSearchParams,
  ): object | { refused: string; code: ErrorCode } {
    if (what === 'trend') return this.#trend(query)
    if (what === 'readings') return this.#readings(id ?? '', query)
    const model = this.models.find((each) => id === undefined || each.id === id)
    if (!model) return { refused: `there is no model "${id}"`, code: 'model-unknown' }
    if (what === 'guardrails') return rehearsal(model, query.get('from') ?? '', query.get('to') ?? '')
    if (what === 'comparison')
      return (
        comparisonOf(model, this.comparison) ?? { refused: 'nothing is compared', code: 'not-found' as const }
      )
    if (body === undefined) return modelDetailSchema.parse(model)
    if (id === undefined) {
      const next = withPackage(model, '1.2.0')
      this.putModel(next)
      return modelSummarySchema.parse(next)
    }
    const done = moved(model, what ?? '', body, this.nowMs())
    if (!done) return { refused: 'no such address', code: 'not-found' }
    if ('refused' in done) return { refused: done.refused, code: 'model-exists' }
    this.putModel(done.model)
    return done.answer
  }

  #readings(id: string, query: URLSearchParams): object {
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

  #trend(query: URLSearchParams): object {
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
}
