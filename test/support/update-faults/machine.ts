import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { EdgeClient } from '#cli/edge-client.ts'
import type { ModelsList } from '#core/contracts/api.ts'
import type { ErrorBody } from '#core/contracts/errors.ts'
import type { Updates } from '#core/contracts/update.ts'
import type { AddressedEvent } from '#edge/journal/journal.ts'

export const id = 'machine-failure'
/** Speed and torque change with the time: a sensor that says the same for two minutes is taken for stuck, and rules answer. */
export const reading = (asset = 'mill-1', timeMs = Date.now()) => ({
  asset,
  time: new Date(timeMs).toISOString(),
  values: {
    type: 'M',
    air_temperature: 300,
    process_temperature: 310,
    rotational_speed: 1500 + (timeMs % 7),
    torque: 40 + (timeMs % 5) / 10,
    tool_wear: 100,
  },
})

/** How a check ended: `done`, or the error that refused it. */
export interface Checked {
  code: string
  message: string
  status: number
  /** Once nothing is under way any more. */
  updates: Updates
}

/** One runtime, as its updates are seen from outside. */
export class Machine {
  readonly #edge: () => { client: EdgeClient; url: string; dataDir: string }
  constructor(edge: () => { client: EdgeClient; url: string; dataDir: string }) {
    this.#edge = edge
  }

  readonly client = (): EdgeClient => this.#edge().client

  updates(): Promise<Updates> {
    return this.client().json('GET', '/api/updates')
  }

  trust(root: string, site: string, source: string, recover = true): Promise<Updates> {
    return this.client().json('POST', '/api/trust', { root, site, source, recover })
  }

  async settled(): Promise<Updates> {
    for (;;) {
      const status = await this.updates()
      if (!status.busy) return status
      await sleep(10)
    }
  }

  async check(): Promise<Checked> {
    const { url, dataDir } = this.#edge()
    const token = readFileSync(join(dataDir, 'token'), 'utf8').trim()
    const response = await fetch(new URL('/api/updates/check', url), {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
    })
    const { error } = (await response.json()) as Partial<ErrorBody>
    const how = { code: error?.code ?? 'done', message: error?.message ?? '', status: response.status }
    return { ...how, updates: await this.settled() }
  }

  /** Version and state of each slot, `running` first. */
  async slots(): Promise<(string | null)[]> {
    const { models } = await this.client().json<ModelsList>('GET', '/api/models')
    const found = models.find((model) => model.id === id)?.slots
    return [found?.running, found?.previous, found?.staged].map((slot) =>
      slot ? `${slot.version} ${slot.deployment.state}` : null,
    )
  }

  /** Every byte of what is installed, as one hash. */
  packages(): string {
    return treeHash(join(this.#edge().dataDir, 'packages'))
  }

  /** What downloads and installations have left behind. */
  leftovers(): string[] {
    return ['staging', 'updates'].flatMap((name) => filesIn(join(this.#edge().dataDir, name)))
  }

  async #newest(limit: number): Promise<AddressedEvent[]> {
    const path = `/api/audit?stream=events&limit=${limit}`
    return (await this.client().json<{ rows: AddressedEvent[] }>('GET', path)).rows
  }

  /** Marks the end of the record as it is now; gives what was refused since, oldest first. */
  async refusals(): Promise<() => Promise<{ kind: string; reason: string }[]>> {
    const [last] = await this.#newest(1)
    return async () =>
      (await this.#newest(50))
        .filter(({ epoch, seq }) => !last || epoch !== last.epoch || seq > last.seq)
        .filter(({ kind }) => /refused|unreachable|failed|denied/.test(kind))
        .map(({ kind, body }) => ({ kind, reason: (body as { reason: string }).reason }))
        .reverse()
  }
}

function filesIn(dir: string): string[] {
  try {
    return readdirSync(dir, { recursive: true, withFileTypes: true }).flatMap((entry) =>
      entry.isFile() ? [join(entry.parentPath, entry.name)] : [],
    )
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

function treeHash(dir: string): string {
  const hash = createHash('sha256')
  for (const path of filesIn(dir).sort())
    hash
      .update(`${relative(dir, path)}\0`)
      .update(readFileSync(path))
      .update('\0')
  return hash.digest('hex')
}
