import type { Explanation, QualityMark } from '#core/contracts/decision.ts'
import type { Manifest } from '#core/contracts/manifest.ts'
import type { Baseline } from '#core/contracts/package.ts'
import type { FloatTensor } from '../inference/lane.ts'
import { type Checked, fitness } from '../ingest/validate.ts'
import type { InferenceRecord, RowNotes } from '../journal/journal.ts'
import { createExplain, type Explain } from './explain.ts'
import { scoreNames, toScores } from './scores.ts'

export const verdicts = ['alert', 'normal', 'abstain', 'rejected'] as const
const code = { alert: 0, normal: 1, abstain: 2, rejected: 3 } as const

/** What the model said to the rows that were fit for it. */
export interface ModelAnswer {
  /** `raw[at[row]]` answers reading `row`; -1: it never reached the model, or got no answer. */
  raw: FloatTensor | undefined
  at: Int32Array
  /** Why a fit row has no answer, by row. */
  failures: Map<number, QualityMark>
}

export interface Decider {
  /** Probability or value each alert rule watches: its score column, or -1. */
  watched: number[]
  explain: Explain
  decide(checked: Checked, answer: ModelAnswer, tookMs: number): InferenceRecord
}

/** Compiles how this model's raw output becomes scores and verdicts. Whether a row is an alert is up to its alarms. */
export function createDecider(manifest: Manifest, baseline: Baseline, provider: string): Decider {
  const output = manifest.outputs[0]!
  const names = scoreNames(output)
  const watched = manifest.decision.alerts.map((rule) => names.indexOf(rule.class ?? 'value'))
  const candidates = reportable(output.kind, names, output.positive, watched)
  const features = manifest.inputs.features.map((f) =>
    f.codes
      ? {
          name: f.name,
          words: Object.fromEntries(Object.entries(f.codes).map(([word, n]) => [String(n), word])),
        }
      : { name: f.name },
  )

  function decide(checked: Checked, answer: ModelAnswer, tookMs: number): InferenceRecord {
    const { rows } = checked
    const scores = toScores(output, answer.raw, answer.at)
    const verdictCodes = new Uint8Array(rows)
    const reported = new Int8Array(rows).fill(-1)
    const notes = new Map<number, RowNotes>()
    for (const [row, quality] of checked.marks) notes.set(row, { quality })
    for (const [row, sent] of checked.sent) notes.set(row, { ...notes.get(row), sent })
    for (let row = 0; row < rows; row++) {
      if (checked.fit[row] !== fitness.fit) {
        verdictCodes[row] = checked.fit[row] === fitness.rejected ? code.rejected : code.abstain
        continue
      }
      const mark = answer.failures.get(row) ?? whyNoScore(scores, row)
      if (mark) {
        verdictCodes[row] = code.abstain
        for (const column of scores) column[row] = Number.NaN
        notes.set(row, { ...notes.get(row), quality: [...(notes.get(row)?.quality ?? []), mark] })
        continue
      }
      verdictCodes[row] = code.normal
      reported[row] = largest(scores, candidates, row)
    }
    return {
      model: manifest.id,
      version: manifest.version,
      provider,
      features,
      scoreNames: names,
      outputKind: output.kind,
      reported,
      rows,
      readingIds: checked.ids,
      assets: checked.assets,
      timesMs: checked.timesMs,
      verdicts: verdictCodes,
      values: checked.values,
      scores,
      ms: new Float32Array(rows).fill(tookMs),
      notes,
    }
  }

  return { watched, explain: createExplain(manifest.inputs.features, baseline), decide }
}

/** Marks a row as part of an active alarm, with the reason that a person will read. */
export function markAlert(
  record: InferenceRecord,
  row: number,
  alertId: string,
  explanation: Explanation,
): void {
  record.verdicts[row] = code.alert
  record.notes.set(row, { ...record.notes.get(row), alertId, explanation })
}

function whyNoScore(scores: Float32Array[], row: number): QualityMark | undefined {
  for (const column of scores)
    if (!Number.isFinite(column[row]))
      return { code: 'output-not-finite', message: 'the model gave no finite answer' }
  return undefined
}

/** The score columns among which the largest is reported as `probability`. */
function reportable(
  kind: string,
  names: string[],
  positive: string | undefined,
  watched: number[],
): number[] {
  if (kind === 'regression') return [0]
  if (kind === 'binary') return [names.indexOf(positive ?? '')]
  const alarmed = [...new Set(watched)].filter((k) => k >= 0)
  return alarmed.length > 0 ? alarmed : names.map((_, k) => k)
}

function largest(scores: Float32Array[], candidates: number[], row: number): number {
  let best = candidates[0]!
  for (const k of candidates) if (scores[k]![row]! > scores[best]![row]!) best = k
  return best
}
