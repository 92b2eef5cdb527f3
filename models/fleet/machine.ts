import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { EdgeClient } from '#cli/edge-client.ts'
import { type Io, readToken } from '#cli/io.ts'
import type { Alert } from '#core/contracts/alert.ts'
import type { AlertsPage, ModelsList } from '#core/contracts/api.ts'
import type { Slot } from '#core/contracts/deployment.ts'
import type { SyncStatus } from '#core/contracts/sync.ts'
import { simulateLine } from '../machine-failure/simulate.ts'
import { type Program, startProgram } from './programs.ts'

const model = 'machine-failure'
const stepMs = 1000
/** Steps of the line that are older are left out: after a pause it goes on with the present. */
const lateSteps = 5

/** One machine of the demo's fleet: a runtime of its own, the mills that it watches, and what people do there. */
export class Machine {
  readonly name: string
  readonly #io: Io
  readonly #dir: string
  readonly #seed: number
  readonly #ended: (how: string) => void
  readonly #closing = new AbortController()
  #program: Program | undefined
  #client: EdgeClient | undefined
  #line: Promise<void> | undefined

  constructor(parts: { io: Io; dir: string; name: string; seed: number; ended: (how: string) => void }) {
    this.name = parts.name
    this.#io = parts.io
    this.#dir = join(parts.dir, parts.name.toLowerCase().replaceAll(' ', '-'))
    this.#seed = parts.seed
    this.#ended = parts.ended
  }

  async start(): Promise<void> {
    const args = ['edge', '--data', this.#dir, '--port', '0', '--require-signed', '--machine', this.name]
    this.#program = await startProgram(args, { ended: this.#ended })
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

  rollBack(reason: string): Promise<{ from: string; to: string; ms: number }> {
    return this.client.json('POST', `/api/models/${model}/rollback`, { reason })
  }

  async openAlerts(): Promise<Alert[]> {
    const { alerts } = await this.client.json<AlertsPage>('GET', '/api/alerts?state=unacknowledged&limit=20')
    return alerts.filter(({ rule }) => !rule.startsWith('guardrail:'))
  }

  async answer(alert: Alert, answer: 'real-acted' | 'false', note: string): Promise<void> {
    await this.client.json('POST', `/api/alerts/${alert.id}/acknowledge`, {})
    await this.client.json('POST', `/api/alerts/${alert.id}/feedback`, { answer, note })
  }

  /** Its mills report once a second from now on. */
  runLine(): void {
    this.#line ??= this.#send().catch((error: unknown) => {
      if (!this.#closing.signal.aborted) this.#ended(`The line of ${this.name} broke: ${error}`)
    })
  }

  async #send(): Promise<void> {
    const { signal } = this.#closing
    for (const readings of simulateLine({ seed: this.#seed, startMs: Date.now(), stepMs })) {
      const timeMs = Date.parse(readings[0]?.time ?? '') || Date.now()
      if (timeMs < Date.now() - lateSteps * stepMs) continue
      await sleep(Math.max(0, timeMs - Date.now()), undefined, { signal })
      await this.client.json('POST', `/api/models/${model}/readings`, readings)
    }
  }

  async stop(): Promise<void> {
    this.#closing.abort()
    await this.#line
    await this.#program?.stop()
  }
}
