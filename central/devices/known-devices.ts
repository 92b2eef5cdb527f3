import type { KeyObject } from 'node:crypto'
import type { DeviceState } from '#core/contracts/fleet.ts'
import type { Database } from '../store/database.ts'
import { knownDevice } from '../store/devices.ts'
import type { DeviceRef } from '../sync/projector.ts'
import { keyOf } from './assertion.ts'

export interface Known extends DeviceRef {
  state: DeviceState
  why: string | null
  key: KeyObject
}

/**
 * What every request of a machine needs to know of it, in memory. Whoever changes a machine calls `forget` once that is
 * committed, and the next request reads it anew: a revocation holds from then on.
 */
export class KnownDevices {
  readonly #db: Database
  readonly #known = new Map<string, Known>()
  /** Counts what was forgotten: a row that was read before is not kept after. */
  #turn = 0

  constructor(db: Database) {
    this.#db = db
  }

  async find(device: string): Promise<Known | undefined> {
    const here = this.#known.get(device)
    if (here) return here
    const turn = this.#turn
    const row = await knownDevice(this.#db, device)
    if (!row) return undefined
    const { id, name, site, state, why } = row
    const known = { id, device, name, site, state, why, key: keyOf(row.public_key) }
    if (turn === this.#turn) this.#known.set(device, known)
    return known
  }

  forget(device: string): void {
    this.#turn += 1
    this.#known.delete(device)
  }
}
