import { createPublicKey, verify } from 'node:crypto'
import { countersignedBytes, whyUnsigned } from '#core/audit/checkpoint.ts'
import type { KeptCheckpoint, RecordTools } from '#core/audit/format.ts'
import { fromHex } from '#core/chain/hex.ts'
import { type Stream, streams } from '#core/chain/streams.ts'
import { canonicalJson } from '#core/update/canonical-json.ts'
import type { Base } from '../central.ts'
import * as kept from '../store/checkpoints.ts'
import type { Database } from '../store/database.ts'
import * as store from '../store/sync.ts'
import type { CentralKey } from './central-key.ts'
import { endOf } from './epochs.ts'
import type { FormerLives } from './former-lives.ts'
import { sha256 } from './ingest.ts'
import type { DeviceRef } from './projector.ts'
import { Forked } from './refusals.ts'

export type Countersignature = NonNullable<KeptCheckpoint['countersignature']>

/** These have to be here, whole, before central signs for a checkpoint; of the others it compares what it has. */
const needed: readonly Stream[] = ['events', 'rollout']

const tools: RecordTools = {
  sha256,
  fromBase64: (text) => Buffer.from(text, 'base64'),
  isSigned: (publicKey, bytes, signature) => {
    try {
      const x = Buffer.from(publicKey, 'hex').toString('base64url')
      const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
      return verify(null, bytes, key, Buffer.from(signature, 'base64'))
    } catch {
      return false // no key, or no signature: either way not signed
    }
  },
}

/**
 * Signs that this checkpoint was here at this moment, and contradicts nothing that came before: so nobody, not even a root user of
 * the machine, can later tell another past up to it. null: what it speaks of is not all here yet.
 * @throws Forked where it does contradict: another head at the same row, two of one number, or fewer rows than before
 */
export async function countersign(
  { db, now, key, former }: Pick<Base, 'db' | 'now'> & { key: CentralKey; former: FormerLives },
  device: DeviceRef,
  given: KeptCheckpoint,
): Promise<Countersignature | null> {
  const unsigned = whyUnsigned(given, tools)
  const { signed } = given.checkpoint
  if (unsigned !== undefined || signed.device !== device.device)
    throw new Forked(
      `a checkpoint came that this machine did not sign: ${unsigned ?? 'another device did'}`,
      { counter: signed.counter },
    )
  return db.transaction().execute(async (tx) => {
    await store.lockDevice(tx, device.id)
    const same = await kept.numbered(tx, device.id, signed)
    if (same) {
      if (canonicalJson(same.checkpoint.checkpoint.signed) === canonicalJson(signed))
        return same.countersignature
      throw new Forked(`there are two checkpoints ${signed.counter}`, { counter: signed.counter })
    }
    const before = (await kept.newest(tx, device.id))?.checkpoint.checkpoint.signed
    if (before && !(await follows(tx, device, before, signed, former))) return null
    if (!(await holds(tx, device, signed))) return null
    const at = new Date(now())
    const words = { by: key.publicKey, at: at.toISOString() }
    const countersignature = { ...words, signature: key.sign(countersignedBytes(given.checkpoint, words)) }
    await kept.add(tx, device.id, given, countersignature, at)
    return countersignature
  })
}

type Signed = KeptCheckpoint['checkpoint']['signed']

/**
 * Whether it comes after the one before. false: central has not heard of its life yet; or it was held up on the line, says nothing
 * that is not so, and is of no use any more. A later life of the journal may count from where a copy stood (an admin put the
 * data folder back: the finding of its epochs says so).
 */
async function follows(
  tx: Database,
  device: DeviceRef,
  before: Signed,
  next: Signed,
  former: FormerLives,
): Promise<boolean> {
  const known = await store.journalsOf(tx, device.id)
  const lifeOf = ({ epoch }: Signed) => known.findIndex((one) => one.epoch === epoch)
  if (lifeOf(next) < 0 || lifeOf(next) > lifeOf(before)) return lifeOf(next) >= 0
  const isSame = next.epoch === before.epoch
  if (isSame && next.counter > before.counter) {
    compareWith(before, next)
    return true
  }
  await holds(tx, device, next)
  for (const [name, { seq }] of Object.entries(next.streams)) {
    const most = isSame ? before.streams[name]?.seq : endOf(streams[name as Stream], next.epoch, known)
    if (seq <= (most ?? Number.POSITIVE_INFINITY)) continue
    if (!isSame && !former.speaksAgain(device.id, next.epoch, 'checkpoints')) return false
    throw new Forked(
      `checkpoint ${next.counter} came after ${before.counter}, and speaks of more rows of ${name}: the record was set back`,
      { counter: next.counter, stream: name },
    )
  }
  return false
}

function compareWith(before: Signed, next: Signed): void {
  for (const [stream, { seq }] of Object.entries(before.streams))
    if ((next.streams[stream]?.seq ?? 0) < seq)
      throw new Forked(
        `${stream} had ${seq} rows, and now has ${next.streams[stream]?.seq ?? 0}: its end was cut off`,
        { stream },
      )
}

/** Whether all that must be here is here, and nothing that is contradicts it. */
async function holds(tx: Database, device: DeviceRef, { epoch, streams: told }: Signed): Promise<boolean> {
  const marks = await store.watermarksOf(tx, device.id)
  for (const [name, { seq, head }] of Object.entries(told)) {
    const stream = streams[name as Stream]
    const mark = marks.find((one) => one.epoch === epoch && one.stream === stream)
    const ack = mark?.ack ?? 0
    if (ack < seq && needed.includes(name as Stream)) return false
    if (seq === 0 || ack < seq) continue
    const place = { deviceId: device.id, stream, epoch }
    const there = ack === seq ? mark?.digest : (await store.digestsAt(tx, place, [seq])).get(seq)
    const isWithin = !there && (await store.endsWithin(tx, place, [seq])).size > 0
    if (isWithin || (there && Buffer.compare(there, fromHex(head)) !== 0))
      throw new Forked(`row ${seq} of ${name} is another one than the checkpoint says`, { stream: name, seq })
  }
  return true
}
