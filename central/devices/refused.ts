import { EdgewrightError } from '#core/contracts/errors.ts'
import type { DeviceState } from '#core/contracts/fleet.ts'

/** `state` stands beside the error, so that the machine knows whether to wait. */
export class DeviceRefused extends EdgewrightError {
  readonly beside: { state?: DeviceState }
  constructor(message: string, state?: DeviceState) {
    super(state === 'quarantined' ? 'device-quarantined' : 'device-refused', message)
    this.beside = state === undefined ? {} : { state }
  }
}

/** The two clocks differ by too much: the same again, with this nonce in it. */
export class ClockDiffers extends EdgewrightError {
  readonly beside: { nonce: string; serverMs: number }
  constructor(nonce: string, serverMs: number) {
    super('assertion-clock', 'the assertion is not of this minute by the clock of central')
    this.beside = { nonce, serverMs }
  }
}

/** What keeps a machine in this state out; undefined: nothing does. */
export function refusalOf(state: DeviceState, why: string | null): DeviceRefused | undefined {
  if (state === 'enrolled') return undefined
  const words = {
    waiting: 'the fingerprint of this machine has not been confirmed yet',
    quarantined: 'this machine is in quarantine',
    revoked: 'this machine was revoked',
  }[state]
  return new DeviceRefused(why === null ? words : `${words}: ${why}`, state)
}
