import { createHash } from 'node:crypto'
import { deviceOf } from '#core/audit/checkpoint.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { ownGroup } from '#core/contracts/fleet.ts'
import type { EnrolAnswer, EnrolRequest } from '#core/contracts/sync.ts'
import type { Base } from '../central.ts'
import { addDevice, joinAgain, lockDevice, lockJoinCode, spendJoinCode } from '../store/devices-join.ts'
import { record } from '../store/log.ts'
import type { JoinCodeRow } from '../store/tables/devices.ts'
import { addressOf } from './address.ts'
import { keyOf, proofSchema, signedClaims } from './assertion.ts'
import { shownText } from './clean.ts'
import type { KnownDevices } from './known-devices.ts'
import { takeOnce } from './once.ts'
import { refusalOf } from './refused.ts'

export interface EnrolParts {
  base: Pick<Base, 'db' | 'now' | 'publicUrl'>
  known: KnownDevices
  secret: () => Buffer
  /** Central's own, by which it countersigns; hex. */
  centralKey: string
}

export const sha256Hex = (data: string | Uint8Array): string =>
  createHash('sha256').update(data).digest('hex')

/**
 * `POST /sync/v1/enrol`: the token is used up in the very transaction that makes the machine, or neither happens. The same key
 * with the same token is told the same again: its first answer was lost.
 * @throws EdgewrightError join-refused, assertion-clock, device-refused, device-quarantined
 */
export async function enrol(
  { base, known, secret, centralKey }: EnrolParts,
  request: EnrolRequest,
): Promise<EnrolAnswer> {
  const { token, publicKey, site, machine, proof } = request
  const device = deviceOf(publicKey, (bytes) => createHash('sha256').update(bytes).digest())
  const tokenHash = sha256Hex(token)
  const claims = await provenBy(publicKey, proof, tokenHash, addressOf(base))
  const nowMs = base.now()
  const answer = await base.db.transaction().execute(async (tx) => {
    const code = await lockJoinCode(tx, tokenHash)
    if (!code) throw refused('central knows no such join code')
    if (code.site !== site) throw refused(`the join code is for another site than ${site}`)
    const here = await lockDevice(tx, device)
    const isRepeat = code.device_id !== null && code.device_id === here?.id
    if (!isRepeat) {
      assertOpen(code, nowMs)
      await takeOnce(tx, secret(), device, claims, nowMs)
    }
    const refusal = here && here.state !== 'waiting' ? refusalOf(here.state, here.why) : undefined
    if (refusal) throw refusal
    if (isRepeat && here) return answerOf(here)
    const at = new Date(nowMs)
    const { groups, labels } = code
    const joining = { device, publicKey, name: shownText(machine), site, groups, labels, at }
    const row = here ? await joinAgain(tx, here.id, joining) : await addDevice(tx, joining)
    await spendJoinCode(tx, code.id, row.id, at)
    const kind = here ? 'device.enrolled-again' : 'device.enrolled'
    await record(tx, nowMs, kind, ownGroup(device), {
      device,
      name: joining.name,
      site,
      groups,
      joinCode: code.id,
    })
    return answerOf(row)
  })
  known.forget(device)
  return { ...answer, centralKey }
}

async function provenBy(publicKey: string, proof: string, tokenHash: string, address: string) {
  const signed = await signedClaims(proof, keyOf(publicKey), proofSchema)
  if ('problem' in signed)
    throw refused(`the machine does not prove that it holds its key: ${signed.problem}`)
  if (signed.claims.aud !== address)
    throw refused(`the proof is for ${signed.claims.aud.slice(0, 200)}, and this is ${address}`)
  if (signed.claims.token_sha256 !== tokenHash) throw refused('the proof is for another join code')
  return signed.claims
}

function assertOpen({ used_at, withdrawn_at, expires_at }: JoinCodeRow, nowMs: number): void {
  if (used_at) throw refused('the join code was used before')
  if (withdrawn_at) throw refused('the join code was withdrawn')
  if (expires_at.getTime() <= nowMs) throw refused('the join code has expired')
}

const refused = (message: string) => new EdgewrightError('join-refused', message)

const answerOf = (row: { device: string; state: string; site: string; groups: string[] }): EnrolAnswer => ({
  device: row.device,
  state: row.state === 'enrolled' ? 'enrolled' : 'waiting',
  site: row.site,
  groups: [ownGroup(row.device), ...row.groups],
})
