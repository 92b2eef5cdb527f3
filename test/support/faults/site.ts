import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import type { EdgeClient } from '#cli/edge-client.ts'
import type { ModelsList } from '#core/contracts/api.ts'
import type { ModelSummary } from '#core/contracts/deployment.ts'
import type { EdgewrightError } from '#core/contracts/errors.ts'
import type { AddressedEvent } from '#edge/journal/journal.ts'
import { type EdgeProcess, type SpawnOptions, spawnEdge } from '../edge-process.ts'
import type { Version } from '../versions.ts'
import { Traffic } from './traffic.ts'

/** How a command ended: `done`, or the code of the error that refused it. */
export interface Outcome {
  code: string
  message: string
  body?: unknown
}

const states =
  /^deployment\.(verifying|staged|qualifying|shadow|canary|running|previous|withdrawn|rolled-back|retired|refused)$/

export type Slots = [running: string | null, previous: string | null, staged: string | null]

export interface SiteOptions extends SpawnOptions {
  /** Mounts a file system of its own on the data folder; what it answers takes it off again. */
  mount?: (dataDir: string) => () => unknown
}

/** A data folder and the runtime on it, which may be killed and started again. */
export class Site {
  readonly dir: string
  readonly dataDir: string
  readonly #options: SpawnOptions
  readonly #unmount: (() => unknown) | undefined
  #edge: EdgeProcess | undefined

  constructor({ mount, ...options }: SiteOptions = {}) {
    this.dir = mkdtempSync(join(tmpdir(), 'edgewright-site-'))
    this.dataDir = join(this.dir, 'data')
    mkdirSync(this.dataDir)
    this.#unmount = mount?.(this.dataDir)
    this.#options = { ...options, env: { UV_THREADPOOL_SIZE: '1', ...options.env } }
  }

  get edge(): EdgeProcess {
    if (!this.#edge) throw new Error('no runtime runs here')
    return this.#edge
  }

  readonly client = (): EdgeClient => this.edge.client

  async start(): Promise<void> {
    this.#edge = await spawnEdge(this.dataDir, 0, this.#options)
  }

  async kill(): Promise<void> {
    await this.#edge?.kill()
  }

  async stop(): Promise<void> {
    await this.#edge?.stop()
  }

  async restart(): Promise<void> {
    await this.stop()
    await this.start()
  }

  async remove(): Promise<void> {
    await this.kill()
    this.#unmount?.()
    rmSync(this.dir, { recursive: true, force: true })
  }

  /** Readings from now on, whose ids begin with `name`. */
  traffic(model: string, name = 'reading'): Traffic {
    return new Traffic(model, this.client, name)
  }

  async #told(asking: Promise<Response>): Promise<Outcome> {
    try {
      return { code: 'done', message: '', body: await (await asking).json() }
    } catch (error) {
      const { code, message } = error as EdgewrightError
      return { code: code ?? 'cut off', message }
    }
  }

  install({ bytes }: Pick<Version, 'bytes'>): Promise<Outcome> {
    const init = { body: new Uint8Array(bytes), headers: { 'content-type': 'application/octet-stream' } }
    return this.#told(this.client().send('POST', '/api/models', init))
  }

  #step(model: string, step: string, body: object): Promise<Outcome> {
    const init = { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
    return this.#told(this.client().send('POST', `/api/models/${model}/${step}`, init))
  }

  activate(model: string, version: string, more: object = {}): Promise<Outcome> {
    return this.#step(model, 'activate', { version, mode: 'replace', reason: 'a test', ...more })
  }

  rollback(model: string): Promise<Outcome> {
    return this.#step(model, 'rollback', { reason: 'a test' })
  }

  drill(model: string): Promise<Outcome> {
    return this.#step(model, 'drill', { reason: 'a test' })
  }

  /** One reading. */
  ask(model: string, values: object = { a: 0, b: 0 }): Promise<Outcome> {
    return this.#step(model, 'readings', { asset: 'press-9', time: new Date().toISOString(), values })
  }

  async summary(model: string): Promise<ModelSummary> {
    const { models } = await this.client().json<ModelsList>('GET', '/api/models')
    const found = models.find(({ id }) => id === model)
    if (!found) throw new Error(`there is no ${model}`)
    return found
  }

  /** Version and state of each slot. */
  async slots(model: string): Promise<Slots> {
    const { running, previous, staged } = (await this.summary(model)).slots
    const words = (slot: typeof running) => slot && `${slot.version} ${slot.deployment.state}`
    return [words(running), words(previous), words(staged)]
  }

  /** A stream of the record, oldest first; only what is about this model. */
  async events(stream: 'events' | 'rollout', model: string): Promise<AddressedEvent[]> {
    const all: AddressedEvent[] = []
    for (let cursor: string | null = ''; cursor !== null; ) {
      const path: string = `/api/audit?stream=${stream}&limit=1000${cursor && `&cursor=${encodeURIComponent(cursor)}`}`
      const page: { rows: AddressedEvent[]; next: string | null } = await this.client().json('GET', path)
      all.push(...page.rows)
      cursor = page.next
    }
    return all.reverse().filter(({ body }) => {
      const { id, model: of } = body as { id?: string; model?: { id?: string } }
      return (id ?? of?.id) === model
    })
  }

  /** The states that versions of this model entered, in order. */
  async chain(model: string): Promise<string[]> {
    const rows = await this.events('rollout', model)
    return rows.flatMap(({ kind, body }) => {
      const state = states.exec(kind)?.[1]
      return state === undefined ? [] : `${(body as { version: string }).version} ${state}`
    })
  }

  /** Where the copy of a version lies. */
  folder(model: string, version: string): string {
    const above = join(this.dataDir, 'packages', model)
    const name = readdirSync(above).find((found) => found.startsWith(`${version}-`))
    if (name === undefined) throw new Error(`no copy of ${model} ${version} lies in ${above}`)
    return join(above, name)
  }

  /** Every byte of that copy, as one hash. */
  bytesOf(model: string, version: string): string {
    const folder = this.folder(model, version)
    const hash = createHash('sha256')
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    )
    for (const path of files.map((entry) => join(entry.parentPath, entry.name)).sort())
      hash.update(`${relative(folder, path)}\0`).update(readFileSync(path))
    return hash.digest('hex')
  }

  /** What an installation left behind. */
  leftovers(): string[] {
    try {
      return readdirSync(join(this.dataDir, 'staging'))
    } catch {
      return []
    }
  }
}
