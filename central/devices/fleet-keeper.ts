import { EdgewrightError } from '#core/contracts/errors.ts'
import { type DeviceState, shownFingerprint } from '#core/contracts/fleet.ts'
import type { Base } from '../central.ts'
import { type Change, changeDevice } from '../store/devices.ts'
import { forgiveGone } from '../store/sync.ts'
import type { KnownDevices } from './known-devices.ts'

type Parts = Pick<Base, 'db' | 'now'>

/** What people do with a machine of the fleet. Each change and its line in the log are one transaction; it holds at once. */
export class FleetKeeper {
  readonly #base: Parts
  readonly #known: KnownDevices

  constructor(base: Parts, known: KnownDevices) {
    this.#base = base
    this.#known = known
  }

  /** @throws EdgewrightError fingerprint-differs where what was read at the machine is another one's */
  async confirm(device: string, fingerprint: string, by: string): Promise<void> {
    const given = fingerprint.replaceAll(/[\s:]/g, '').toLowerCase()
    if (!/^([0-9a-f]{16}|[0-9a-f]{64})$/.test(given))
      throw new EdgewrightError('request-invalid', 'a fingerprint is 16 or 64 digits, 0 to 9 and a to f')
    if (!device.startsWith(given))
      throw new EdgewrightError(
        'fingerprint-differs',
        `the machine that enrolled has the fingerprint ${shownFingerprint(device)}, and not the one given`,
      )
    const at = new Date(this.#base.now())
    await this.#change(device, 'device.confirmed', by, {
      from: ['waiting'],
      set: { state: 'enrolled', confirmed_at: at, confirmed_by: by, why: null },
      body: {},
    })
  }

  /** For good: its key is refused from the next request on. */
  revoke(device: string, reason: string, by: string): Promise<void> {
    return this.#change(device, 'device.revoked', by, {
      from: ['waiting', 'enrolled', 'quarantined'],
      set: { state: 'revoked', why: reason },
      body: { reason },
    })
  }

  quarantine(device: string, reason: string, by: string): Promise<void> {
    return this.#change(device, 'device.quarantined', by, {
      from: ['waiting', 'enrolled'],
      set: { state: 'quarantined', why: reason },
      body: { reason },
    })
  }

  /** By the server itself, which has seen that two are one; what stood there before stays. */
  async setApart(device: string, reason: string): Promise<void> {
    try {
      await this.quarantine(device, reason, 'central')
    } catch (error) {
      if (!(error instanceof EdgewrightError && error.code === 'device-state')) throw error
    }
  }

  /** Whoever lifts it has looked: a record that was gone may be back. Before it, as nothing may be told in between. */
  async lift(device: string, reason: string, by: string): Promise<void> {
    await forgiveGone(this.#base.db, device)
    await this.#change(device, 'device.quarantine-lifted', by, {
      from: ['quarantined'],
      set: ({ confirmed_at }) => ({
        state: confirmed_at ? 'enrolled' : 'waiting',
        why: null,
        boot_flips: 0,
        former_boot: null,
      }),
      body: { reason },
    })
  }

  label(device: string, labels: readonly string[], by: string): Promise<void> {
    const unique = [...new Set(labels)].sort()
    return this.#change(device, 'device.labelled', by, { set: { labels: unique }, body: { labels: unique } })
  }

  /** The machine hears of it with its next heartbeat. What runs there is decided by who signs for the site. */
  move(
    device: string,
    to: { site: string; groups: readonly string[] },
    reason: string,
    by: string,
  ): Promise<void> {
    const groups = [...new Set(to.groups)]
    return this.#change(device, 'device.moved', by, {
      from: ['waiting', 'enrolled', 'quarantined'],
      set: { site: to.site, groups, check_updates: true },
      body: { to: to.site, groups, reason },
    })
  }

  rename(device: string, name: string, reason: string | undefined, by: string): Promise<void> {
    const body = { to: name, ...(reason !== undefined && { reason }) }
    return this.#change(device, 'device.renamed', by, { set: { name }, body })
  }

  async #change(
    device: string,
    kind: string,
    by: string,
    { from, set, body }: { from?: readonly DeviceState[]; set: Change['set']; body: object },
  ): Promise<void> {
    const { db, now } = this.#base
    const log = { kind, by, at: new Date(now()), body }
    const done = await changeDevice(db, { device, set, log, ...(from && { from }) })
    this.#known.forget(device)
    if (done.outcome === 'unknown') throw unknownDevice(device)
    if (done.outcome === 'state')
      throw new EdgewrightError(
        'device-state',
        `this machine is ${done.state}, and only one that is ${from?.join(' or ')} can be`,
      )
  }
}

export const unknownDevice = (device: string): EdgewrightError =>
  new EdgewrightError('device-unknown', `there is no machine ${device.slice(0, 64)} in this fleet`)
