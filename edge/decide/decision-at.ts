import type { Decision, Said } from '#core/contracts/decision.ts'
import { intervalAround } from '#core/contracts/output-tensor.ts'
import { addressId, type InferenceRecord, type OutputShape, type Placed } from '../journal/journal.ts'
import { verdicts } from './decide.ts'

/** The decision on one row of a record, as the sender gets it. */
export function decisionAt(record: InferenceRecord, row: number, placed: Placed): Decision {
  const note = record.notes.get(row)
  const decision: Decision = {
    readingId: record.readingIds[row] ?? addressId(placed.epoch, placed.first + row),
    verdict: verdicts[record.verdicts[row]!]!,
    by: note?.by ?? 'model',
    quality: note?.quality ?? [],
    model: { id: record.model, version: record.version },
    provider: note?.by === 'rules' ? 'none' : record.provider,
    ms: Math.round(record.ms[row]! * 1000) / 1000,
    ...saidAt(record, row),
  }
  if (note?.explanation) decision.explanation = note.explanation
  if (note?.alertId) decision.alertId = note.alertId
  return decision
}

/** What each output said to one row: the first plainly, the others by their names. Nothing where there is no answer. */
export function saidAt(record: InferenceRecord, row: number): Said & Pick<Decision, 'outputs'> {
  const reported = record.reported[row]!
  if (reported < 0) return {}
  const shapes: OutputShape[] = record.outputs ?? [
    { name: '', kind: record.outputKind, names: record.scoreNames },
  ]
  let from = 0
  const [first, ...others] = shapes.map((shape, k) => {
    const scores = shape.names.map((_, column) => record.scores[from + column]![row]!)
    from += scores.length
    return [shape.name, said(shape, scores, k === 0 ? reported : undefined)] as const
  })
  return { ...first?.[1], ...(others.length > 0 && { outputs: Object.fromEntries(others) }) }
}

function said(shape: OutputShape, scores: number[], reported: number | undefined): Said {
  const { kind, names } = shape
  if (kind === 'regression') {
    if (names.length > 1) return { targets: named(names, scores) }
    const value = scores[0]!
    const interval = intervalAround(value, shape)
    return { value, ...(interval && { interval }) }
  }
  if (shape.label) return { label: names[scores.indexOf(1)]! }
  const positive = kind === 'binary' ? names.indexOf(shape.positive ?? '') : -1
  const probability = scores[reported ?? (positive >= 0 ? positive : scores.indexOf(Math.max(...scores)))]!
  return kind === 'binary' ? { probability } : { probability, classes: named(names, scores) }
}

const named = (names: readonly string[], scores: readonly number[]) =>
  Object.fromEntries(names.map((name, k) => [name, scores[k]!]))
