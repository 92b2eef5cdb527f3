import type { Manifest } from '#core/contracts/manifest.ts'
import { compileFallback, type FallbackValue, type Judgement } from '#core/rules/fallback.ts'
import type { Checked } from '../ingest/checked.ts'
import type { InferenceRecord } from '../journal/journal.ts'

export interface RuleJudge {
  /** Ids of the alert rules that the fallback rules speak for. */
  covers: ReadonlySet<string>
  judge(checked: Checked, row: number): Judgement
}

/** Judges rows of a batch by the manifest's fallback rules; undefined: it has none. */
export function createRuleJudge(
  manifest: Manifest,
  columns: InferenceRecord['features'],
): RuleJudge | undefined {
  const fallback = compileFallback(manifest)
  if (!fallback) return undefined
  /** As its sender said it: a category's column holds the number of its word. */
  const valueAt = (checked: Checked, index: number, row: number): FallbackValue => {
    const value = checked.values[index]![row] ?? null
    if (typeof value !== 'number') return value
    return Number.isNaN(value) ? null : (columns[index]!.words?.[String(value)] ?? value)
  }
  return {
    covers: fallback.covers,
    judge: (checked, row) =>
      fallback.judge(new Map(columns.map(({ name }, index) => [name, valueAt(checked, index, row)]))),
  }
}
