import { randomUUID } from 'node:crypto'
import { openJournal } from '#edge/journal/open.ts'
import { placeOf, type SwapLedger } from './swap-ledger.ts'

export interface SwapRecord {
  rows: number
  /** Readings by the version that answered them. */
  byVersion: Record<string, number>
  /** In the order of the record: how often another version answered than before. */
  turns: number
  /** What is not as the senders saw it, in words; the first of it. */
  problems: string[]
}

/** Holds the journal of a runtime that has stopped against what its senders saw: each reading once, in order, by the same version. */
export async function swapRecord(dataDir: string, model: string, ledger: SwapLedger): Promise<SwapRecord> {
  const journal = openJournal(dataDir, { now: Date.now, randomUUID })
  const found: SwapRecord = { rows: 0, byVersion: {}, turns: 0, problems: [] }
  const problem = (words: string) => found.problems.length < 20 && found.problems.push(words)
  /** By asset, the number that its next reading must have. */
  const nextOf = new Map<string, number>()
  let last: string | undefined
  try {
    for await (const { record, missing } of journal.arrivals({ model, fromMs: 0, toMs: 8e15 })) {
      if (!record) {
        problem(`a block cannot be read: ${missing}`)
        continue
      }
      const { version, readingIds, assets } = record
      if (last !== undefined && version !== last) found.turns += 1
      last = version
      found.rows += record.rows
      found.byVersion[version] = (found.byVersion[version] ?? 0) + record.rows
      for (const [row, id] of readingIds.entries()) {
        const { asset, n } = placeOf(id ?? '')
        const next = nextOf.get(asset) ?? 0
        if (asset !== assets[row]) problem(`${id} stands in the record as of ${assets[row]}`)
        if (n !== next) problem(`${id} stands in the record where ${asset}:${next} should`)
        nextOf.set(asset, n + 1)
        const seen = ledger.answers.get(asset)?.[n]
        if (seen !== version) problem(`${id}: its sender heard ${seen}, the record says ${version}`)
      }
    }
    for (const [asset, { length }] of ledger.answers)
      if ((nextOf.get(asset) ?? 0) !== length)
        problem(`${asset} sent ${length}, and ${nextOf.get(asset) ?? 0} stand in the record`)
    const chain = await journal.verify()
    if (!chain.ok) problem(`the chain does not hold: ${chain.problem}`)
    return found
  } finally {
    await journal.close()
  }
}
