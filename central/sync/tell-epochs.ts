import type { RecordEpoch } from '#core/audit/format.ts'
import { streamNames } from '#core/chain/streams.ts'
import type { Watermarks } from '#core/contracts/sync.ts'
import type { Base } from '../central.ts'
import { addFinding } from '../store/findings.ts'
import * as store from '../store/sync.ts'
import { compareEpochs, isShorter } from './epochs.ts'
import type { FormerLives } from './former-lives.ts'
import type { DeviceRef } from './projector.ts'
import { Forked } from './refusals.ts'

/**
 * A machine tells of all lives of its journal. One that another machine has too is a cloned disk; one that is gone was put back to a
 * copy, which is kept as a finding: what only it held is here, and no longer there.
 * @throws Forked
 */
export async function tellEpochs(
  { db, now, former }: Pick<Base, 'db' | 'now'> & { former: FormerLives },
  device: DeviceRef,
  told: readonly RecordEpoch[],
): Promise<Watermarks> {
  const time = new Date(now())
  return db.transaction().execute(async (tx) => {
    await store.lockDevice(tx, device.id)
    const known = await store.journalsOf(tx, device.id)
    const { fresh, changed, back, restored } = compareEpochs(known, told)
    const isLate = back !== undefined && !former.speaksAgain(device.id, back, 'epochs')
    if (changed !== undefined && !isLate) throw new Forked(changed, { told: told.map(({ epoch }) => epoch) })
    // Copies of one disk have their first life in common: of two that tell at the same moment, the second sees the first.
    if (fresh.length > 0) await store.lockLife(tx, told[0]!.epoch)
    const others = await store.othersWith(
      tx,
      device.id,
      fresh.map(({ epoch }) => epoch),
    )
    const other = others.find(({ state }) => state !== 'revoked')
    if (other)
      throw new Forked(
        `its record is also that of ${other.name} (${other.device.slice(0, 16)}): one of the two is a copy of the other`,
        {
          other: other.device,
        },
      )
    await store.addJournals(
      tx,
      device.id,
      fresh.map((one, i) => ({ ...one, n: known.length + i })),
      time,
    )
    const marks = await store.watermarksOf(tx, device.id)
    if (restored.length > 0 || isShorter(fresh, marks)) {
      await store.markGone(tx, device.id, restored)
      const words =
        'The machine was put back to an earlier copy of its record. What was recorded after that copy is here, and no longer there.'
      await addFinding(tx, device.id, { at: time, kind: 'restored', words, detail: { gone: restored } })
    } else if (known.length > 0 && fresh.some(({ before }) => before === null)) {
      const words =
        'The machine began a record anew, as if it never had one. What it recorded before is here.'
      await addFinding(tx, device.id, {
        at: time,
        kind: 'began-anew',
        words,
        detail: { fresh: fresh.map(({ epoch }) => epoch) },
      })
    }
    return {
      watermarks: marks.map(({ stream, epoch, ack }) => ({ stream: streamNames[stream]!, epoch, ack })),
    }
  })
}
