import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { EdgeClient } from '#cli/edge-client.ts'
import { type Io, readToken } from '#cli/io.ts'
import type { Alert } from '#core/contracts/alert.ts'
import type { AlertsPage, ModelsList } from '#core/contracts/api.ts'
import type { Slot } from '#core/contracts/deployment.ts'
import type { SyncStatus } from '#core/contracts/sync.ts'
import { simulateLine } from '../machine-failure/simulate.ts'
import { type Person, signIn } from './person.ts'
import type { Program, Programs } from './programs.ts'

const model = 'machine-failure'
const stepMs = 1000
/** Steps of the line that are older are left out: after a pause it goes on with the present. */
const lateSteps = 5

export interface MachineParts {
  io: Io
  dir: string
  name: string
  seed: number
  programs: Programs
  fail: (how: string) => void
  over: AbortSignal
}

/** One machine of the demo's fleet: a runtime of its own, the mills that it watches, and what people do there. */
export class Machine {
  readonly name: string
  readonly #io: Io
  readonly #dir: string
  readonly #seed: number
  readonly #programs: Programs
  readonly #fail: (how: string) => void
  readonly #over: AbortSignal
  #program: Program | undefined
  #client: EdgeClient | undefined
  #person: Person | undefined
  #hasLine = false

  constructor(parts: MachineParts) {
    this.name = parts.name
    this.#io = parts.io
    this.#dir = join(parts.dir, parts.name.toLowerCase().replaceAll(' ', '-'))
    this.#seed = parts.seed
    this.#programs = parts.programs
    this.#fail = parts.fail
    this.#over = parts.over
  }

  async start(): Promise<void> {
    const args = ['edge', '--data', this.#dir, '--port', '0', '--require-signed', '--machine', this.name]
    this.#program = await this.#programs.start(args)
    this.#client = new EdgeClient(this.#program.url, readToken({ ...this.#io, env: {} }, this.#dir))
  }

  get link(): string {
    return this.#program?.link ?? this.#program?.url ?? ''
  }

  get client(): EdgeClient {
    if (!this.#client) throw new Error(`${this.name} is not started`)
    return this.#client
  }

  sync(): Promise<SyncStatus> {
    return this.client.json<SyncStatus>('GET', '/api/sync')
  }

  async running(): Promise<Slot | null> {
    const { models } = await this.client.json<ModelsList>('GET', '/api/models')
    return models.find(({ id }) => id === model)?.slots.running ?? null
  }

  async checkForUpdates(): Promise<void> {
    await this.client.json('POST', '/api/updates/check', {})
  }

  /** Who stands at its screen. */
  async person(): Promise<Person> {
    this.#person ??= await signIn(this.client)
    return this.#person
  }

  async rollBack(reason: string): Promise<{ from: string; to: string; ms: number }> {
    return (await this.person()).post(`/api/models/${model}/rollback`, { reason })
  }

  async openAlerts(): Promise<Alert[]> {
    const { alerts } = await this.client.json<AlertsPage>('GET', '/api/alerts?state=unacknowledged&limit=20')
    return alerts.filter(({ rule }) => !rule.startsWith('guardrail:'))
  }

  async answer(alert: Alert, answer: 'real-acted' | 'false', note: string): Promise<void> {
    const person = await this.person()
    await person.post(`/api/alerts/${alert.id}/acknowledge`, {})
    await person.post(`/api/alerts/${alert.id}/feedback`, { answer, note })
  }

  /** Its mills report once a second from now on. */
  runLine(): void {
    if (this.#hasLine) return
    this.#hasLine = true
    this.#send().catch((error: unknown) => {
      if (!this.#over.aborted) this.#fail(`The line of ${this.name} broke: ${error}`)
    })
  }

  async #send(): Promise<void> {
    const signal = this.#over
    for (const readings of simulateLine({ seed: this.#seed, startMs: Date.now(), stepMs })) {
      const timeMs = Date.parse(readings[0]?.time ?? '') || Date.now()
      if (timeMs < Date.now() - lateSteps * stepMs) continue
      await sleep(Math.max(0, timeMs - Date.now()), undefined, { signal })
      await this.client.json('POST', `/api/models/${model}/readings`, readings)
    }
  }
}
