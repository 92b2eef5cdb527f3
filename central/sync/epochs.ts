import type { RecordEpoch } from '#core/audit/format.ts'
import { genesis } from '#core/chain/chain.ts'
import { fromHex } from '#core/chain/hex.ts'

/** A life of a machine's journal, as it told of it before. */
export interface Known {
  epoch: string
  before: string | null
  gone: boolean
  tips: RecordEpoch['tips']
}

/**
 * What a machine tells of the lives of its journal, oldest first, held against what it told before. Pure.
 * changed: it tells another past. back: a life that it had left, and tells of as if nothing had come after. restored: lives that it told of are missing, because its journal was put back to a copy of before
 * them; what only they held is here, and no longer there.
 */
export function compareEpochs(
  known: readonly Known[],
  told: readonly RecordEpoch[],
): {
  fresh: (RecordEpoch & { before: string | null })[]
  changed?: string
  back?: string
  restored: string[]
} {
  const now = told.map((one, i) => ({ ...one, before: told[i - 1]?.epoch ?? null }))
  const byEpoch = new Map(now.map((one) => [one.epoch, one]))
  const nothing = { fresh: [], restored: [] }
  if (byEpoch.size !== told.length) return { ...nothing, changed: 'it names one life of its record twice' }
  for (const one of known) {
    const same = byEpoch.get(one.epoch)
    if (!same) continue
    if (same.before !== one.before || JSON.stringify(same.tips) !== JSON.stringify(one.tips))
      return {
        ...nothing,
        changed: `it says that what was before the record ${one.epoch} ended elsewhere than it said before`,
      }
  }
  const back = known.find(({ epoch, gone }) => gone && byEpoch.has(epoch))?.epoch
  const fresh = now.filter(({ epoch }) => !known.some((one) => one.epoch === epoch))
  if (back !== undefined) {
    const words = `the record ${back}, which it no longer had, is back`
    return fresh.length > 0 ? { ...nothing, changed: words } : { ...nothing, changed: words, back }
  }
  // Whoever was put back to a copy begins a new life. Without one, it is what a process that is dead by now had left on the line.
  const missing = known.filter(({ epoch, gone }) => !gone && !byEpoch.has(epoch)).map(({ epoch }) => epoch)
  return { fresh, restored: fresh.length > 0 ? missing : [] }
}

/** Whether a new life goes on from before rows that are here: they were recorded there, and are no longer. */
export const isShorter = (
  fresh: readonly (Pick<RecordEpoch, 'tips'> & { before: string | null })[],
  marks: readonly { stream: number; epoch: string; ack: number }[],
): boolean =>
  fresh.some(({ before, tips }) =>
    marks.some(({ stream, epoch, ack }) => epoch === before && ack > (tips[stream]?.seq ?? 0)),
  )

/** What the first block of a stream of this epoch has to name as the one before. */
export function beginning(
  stream: number,
  { epoch, before, tips }: Known,
  sha256: (bytes: Uint8Array) => Uint8Array,
): Uint8Array {
  const tip = before === null ? undefined : tips[stream]
  return genesis(
    stream,
    epoch,
    before !== null && tip ? { epoch: before, seq: tip.seq, digest: fromHex(tip.head) } : null,
    sha256,
  )
}

/** The row at which the machine said that an epoch ended, once it began another after it; undefined: it goes on. */
export function endOf(stream: number, epoch: string, known: readonly Known[]): number | undefined {
  const ends = known.flatMap(({ before, tips }) => (before === epoch ? [tips[stream]?.seq ?? 0] : []))
  return ends.length > 0 ? Math.min(...ends) : undefined
}
