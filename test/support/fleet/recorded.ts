import { zstdCompressSync } from 'node:zlib'
import type { SyncBlock } from '#core/contracts/sync.ts'
import type { CentralSite } from '../central/central-site.ts'
import { FakeMachine } from '../central/fake-machine.ts'
import { Joiner, joinCode } from '../central/joining.ts'

export interface SyncAnswer {
  ack: number
  inserted: number
  dup: number
  expected?: number | null
  error?: { code: string; message: string }
}

/** A machine with a record and without a runtime: enrolled and confirmed at a whole central, it says everything over HTTP. */
export class Recorded {
  readonly machine: FakeMachine
  readonly joiner: Joiner
  readonly #site: CentralSite

  private constructor(site: CentralSite, machine: FakeMachine) {
    this.#site = site
    this.machine = machine
    const { privateKey, publicKey, device } = machine
    this.joiner = new Joiner(site, site.base.now, { privateKey, publicKey, device })
  }

  static async join(site: CentralSite, machine = new FakeMachine()): Promise<Recorded> {
    const one = new Recorded(site, machine)
    await one.joiner.enrol(await joinCode(site))
    await site.ask('POST', `/api/devices/${machine.device}/confirm`, {
      fingerprint: machine.device.slice(0, 16),
    })
    await one.joiner.signIn()
    return one
  }

  /** The same key, the same token, and a disk that was copied at this moment. */
  copy(): Recorded {
    const copy = new Recorded(this.#site, this.machine.clone())
    copy.joiner.token = this.joiner.token
    return copy
  }

  tell() {
    const { device, epochs } = this.machine
    return this.#send<SyncAnswer>(
      'PUT',
      `/sync/v1/${device}/epochs`,
      'application/json',
      JSON.stringify({ epochs }),
    )
  }

  send(blocks: readonly SyncBlock[]) {
    const body = zstdCompressSync(this.machine.batch(blocks))
    return this.#send<SyncAnswer>(
      'POST',
      `/sync/v1/${this.machine.device}/${blocks[0]!.stream}`,
      'application/x-ndjson',
      body,
    )
  }

  /** The heartbeat that brings this machine's newest checkpoint. */
  checkpoint() {
    return this.joiner.beat({ epoch: this.machine.epoch, checkpoint: this.machine.checkpoint() })
  }

  async #send<T>(method: string, path: string, type: string, body: string | Uint8Array) {
    const response = await fetch(`${this.#site.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.joiner.token}`,
        'content-type': type,
        ...(typeof body !== 'string' && { 'content-encoding': 'zstd' }),
      },
      body: typeof body === 'string' ? body : Buffer.from(body),
    })
    return { status: response.status, body: (await response.json()) as T }
  }
}
