import { createHash } from 'node:crypto'
import type { Database } from '../store/database.ts'
import { spend } from '../store/devices-secrets.ts'
import { type Claims, leewayMs, timingOf } from './assertion.ts'
import { makeNonce, nonceEnd } from './nonce.ts'
import { ClockDiffers, DeviceRefused } from './refused.ts'

/**
 * Takes what a machine signed once and never again: of this minute, or with a nonce that this server gave to this very machine.
 * One that carries a nonce is never judged by its times, now or later.
 * @throws DeviceRefused it was used before, or lives too long · ClockDiffers with the nonce to use
 */
export async function takeOnce(
  db: Database,
  secret: Buffer,
  device: string,
  claims: Claims,
  nowMs: number,
): Promise<void> {
  const { nonce, jti, exp } = claims
  const timing = timingOf(claims, nowMs)
  if (timing === 'too-long') throw new DeviceRefused('the assertion is good for longer than 60 seconds')
  if (nonce === undefined && timing === 'clock')
    throw new ClockDiffers(makeNonce(secret, device, nowMs), nowMs)
  const endMs = nonce === undefined ? exp * 1000 + leewayMs : nonceEnd(secret, device, nonce, nowMs)
  if (endMs === undefined)
    throw new DeviceRefused(
      'the nonce in the assertion is not one that central gave to this machine just now',
    )
  const what = createHash('sha256').update(
    JSON.stringify([device, nonce ?? null, nonce === undefined ? jti : null]),
  )
  // Kept a little longer than it is of use, so that no turn of the clock brings it back.
  if (await spend(db, what.digest('hex'), new Date(endMs + leewayMs))) return
  throw new DeviceRefused('the assertion was used before')
}
