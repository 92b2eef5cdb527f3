import type { Decision } from '#core/contracts/decision.ts'
import { addressId, type InferenceRecord, type Placed } from '../journal/journal.ts'
import { verdicts } from './decide.ts'

/** The decision on one row of a record, as the sender gets it. */
export function decisionAt(record: InferenceRecord, row: number, placed: Placed): Decision {
  const note = record.notes.get(row)
  const decision: Decision = {
    readingId: record.readingIds[row] ?? addressId(placed.epoch, placed.first + row),
    verdict: verdicts[record.verdicts[row]!]!,
    by: 'model',
    quality: note?.quality ?? [],
    model: { id: record.model, version: record.version },
    provider: record.provider,
    ms: Math.round(record.ms[row]! * 1000) / 1000,
  }
  const reported = record.reported[row]!
  if (reported >= 0) {
    const score = record.scores[reported]![row]!
    if (record.outputKind === 'regression') decision.value = score
    else decision.probability = score
    if (record.outputKind === 'multiclass' || record.outputKind === 'multilabel')
      decision.classes = Object.fromEntries(
        record.scoreNames.map((name, k) => [name, record.scores[k]![row]!]),
      )
  }
  if (note?.explanation) decision.explanation = note.explanation
  if (note?.alertId) decision.alertId = note.alertId
  return decision
}
