import type { RecordedReading } from '#core/contracts/decision.ts'
import type { Value } from '#core/contracts/reading.ts'
import { decisionAt } from '../decide/decision-at.ts'
import type { InferenceRecord, Placed } from './journal.ts'
import { isMoment } from './record.ts'

/**
 * One row of a record as the API gives it. The decision comes from the function that answered the sender the first time,
 * so that a repeated id gets the same answer. A reading without a usable time is given the one when it was journaled.
 */
export function rebuild(record: InferenceRecord, row: number, placed: Placed, atMs: number): RecordedReading {
  const decision = decisionAt(record, row, placed)
  const timeMs = record.timesMs[row]!
  return {
    readingId: decision.readingId,
    asset: record.assets[row]!,
    time: new Date(isMoment(timeMs) ? timeMs : atMs).toISOString(),
    values: record.notes.get(row)?.sent ?? valuesAt(record, row),
    decision,
  }
}

function valuesAt(record: InferenceRecord, row: number): Record<string, Value> {
  return Object.fromEntries(
    record.features.map(({ name, words }, i) => {
      const x = record.values[i]![row]!
      return [name, Number.isNaN(x) ? null : (words?.[String(x)] ?? x)]
    }),
  )
}
