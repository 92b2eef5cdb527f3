import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { EdgeClient } from '#cli/edge-client.ts'
import type { SyncStatus } from '#core/contracts/sync.ts'
import type { Version } from '../versions.ts'
import { base, Ledger } from './ledger.ts'
import { type Program, startProgram } from './program.ts'

const program = fileURLToPath(new URL('./edge-program.ts', import.meta.url))
const model = 'small'

/** A machine that is killed, restored and worked on all the time; what it was told is kept is remembered here. */
export class FleetMachine {
  readonly name: string
  readonly dataDir: string
  readonly #copy: string
  readonly ledger = new Ledger()
  /** Numbers of which it said that they are kept. */
  readonly kept = new Set<number>()
  device = ''
  readingsKept = 0
  swaps = 0
  #program: Program | undefined
  #client: EdgeClient | undefined
  #n = 0
  #working: Promise<void> | undefined
  #isWorking = false

  constructor(dir: string, name: string) {
    this.name = name
    this.dataDir = join(dir, name)
    this.#copy = join(dir, `${name}-copy`)
    mkdirSync(dir, { recursive: true })
  }

  async start(): Promise<void> {
    this.#program = await startProgram([
      program,
      JSON.stringify({ dataDir: this.dataDir, machine: this.name }),
    ])
    this.#client = new EdgeClient(this.#program.url, readFileSync(join(this.dataDir, 'token'), 'utf8').trim())
  }

  get client(): EdgeClient {
    return this.#client!
  }

  get isUp(): boolean {
    return this.#program !== undefined && !this.#program.over()
  }

  sync(): Promise<SyncStatus> {
    return this.client.json<SyncStatus>('GET', '/api/sync')
  }

  async kill(): Promise<void> {
    await this.#program?.kill()
  }

  async install(dir: string, { bytes, manifest }: Version): Promise<void> {
    const file = join(dir, `${manifest.version}.ewp`)
    writeFileSync(file, bytes)
    const { url } = this.#program!
    const answer = await fetch(`${url}/api/models`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${readFileSync(join(this.dataDir, 'token'), 'utf8').trim()}`,
        'content-type': 'application/octet-stream',
      },
      body: new Uint8Array(bytes),
    })
    if (!answer.ok) throw new Error(`install answered ${answer.status}: ${await answer.text()}`)
  }

  /** People and sensors, one after the other, until `rest`; what fails is not tried again. */
  work(): void {
    this.#isWorking = true
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined
    })
  }

  async rest(): Promise<void> {
    this.#isWorking = false
    await this.#working
  }

  async #work(): Promise<void> {
    while (this.#isWorking) {
      const n = this.#n++
      const asked = [
        this.client
          .json('PUT', '/api/sync/limits', { bytesPerS: base + n, window: null })
          .then(() => this.kept.add(n)),
        ...(n % 3 === 0 ? [this.#readings(n)] : []),
      ]
      // Killed in the middle: it said nothing of that one.
      await Promise.allSettled(asked)
      await sleep(this.isUp ? 15 : 100)
    }
  }

  async #readings(n: number): Promise<void> {
    const readings = [0, 1, 2].map((k) => ({
      asset: `a${k}`,
      id: `r${n}-${k}`,
      features: { a: 0.1 * k, b: 0.2 },
    }))
    await this.client.json('POST', `/api/models/${model}/readings`, readings)
    this.readingsKept += readings.length
  }

  /** To the version that does not run: rows of the rollout stream. False: it was just killed, or is on trial. */
  async swap(): Promise<boolean> {
    const reason = 'to and fro'
    const ask = (path: string, body: object) => this.client.json('POST', `/api/models/${model}/${path}`, body)
    const activate = (version: string) => ask('activate', { version, mode: 'replace', reason })
    const is = await ask('rollback', { reason })
      .catch(() => activate('1.0.2'))
      .catch(() => activate('1.0.1'))
      .then(
        () => true,
        () => false,
      )
    if (is) this.swaps += 1
    return is
  }

  /** Of the data folder, while nothing runs on it. */
  copy(): void {
    rmSync(this.#copy, { recursive: true, force: true })
    cpSync(this.dataDir, this.#copy, { recursive: true, preserveTimestamps: true })
  }

  get hasCopy(): boolean {
    return existsSync(this.#copy)
  }

  /** Puts the copy back; what was written since then is remembered in the ledger alone. */
  async restore(): Promise<void> {
    await this.ledger.harvest(this.dataDir)
    rmSync(this.dataDir, { recursive: true, force: true })
    cpSync(this.#copy, this.dataDir, { recursive: true, preserveTimestamps: true })
  }
}
