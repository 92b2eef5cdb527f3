import type { Explanation, QualityMark } from '#core/contracts/decision.ts'
import type { Feature, Manifest } from '#core/contracts/manifest.ts'
import { type OutputTensor, scoreNames } from '#core/contracts/output-tensor.ts'
import type { Baseline } from '#core/contracts/package.ts'
import { type Checked, fitness } from '../ingest/checked.ts'
import type { Attachment, InferenceRecord, OutputShape, RowNotes } from '../journal/journal.ts'
import { createRuleJudge } from './by-rules.ts'
import { createExplain, type Explain } from './explain.ts'
import { columnNames, type RawOutputs, toScores } from './scores.ts'

export const verdicts = ['alert', 'normal', 'abstain', 'rejected'] as const
const code = { alert: 0, normal: 1, abstain: 2, rejected: 3 } as const

/** What the model said to the rows that were fit for it. */
export interface ModelAnswer {
  /** Row `at[row]` of each output answers reading `row`; -1: it never reached the model, or got no answer. */
  raw: RawOutputs | undefined
  at: Int32Array
  /** Why a fit row has no answer, by row. */
  failures: Map<number, QualityMark>
  /** The execution provider that answered; 'none' where the model answered nothing. */
  provider: string
}

export interface Decider {
  /** Probability or value each alert rule watches: its score column, or -1. */
  watched: number[]
  /** The alert rules that fallback rules speak for where they decide in the model's place. */
  covered: ReadonlySet<string>
  explain: Explain
  decide(checked: Checked, answer: ModelAnswer, tookMs: number): InferenceRecord
}

/** Compiles how this model's raw output becomes scores and verdicts. Whether a row is an alert is up to its alarms. */
export function createDecider(manifest: Manifest, baseline: Baseline): Decider {
  const { outputs } = manifest
  const output = outputs[0]!
  const names = columnNames(outputs)
  const watched = manifest.decision.alerts.map((rule) => {
    const name = rule.class ?? 'value'
    const first = rule.output === undefined || rule.output === output.name
    return names.indexOf(first ? name : `${rule.output}/${name}`)
  })
  const candidates = reportable(output, watched)
  const features = manifest.inputs.features.map(columnOf)
  const shapes = shapesOf(outputs)
  const rules = createRuleJudge(manifest, features)

  function decide(checked: Checked, answer: ModelAnswer, tookMs: number): InferenceRecord {
    const { rows } = checked
    const scores = toScores(outputs, answer.raw, answer.at)
    const verdictCodes = new Uint8Array(rows)
    const reported = new Int8Array(rows).fill(-1)
    const notes = new Map<number, RowNotes>()
    for (const [row, quality] of checked.marks) notes.set(row, { quality })
    for (const [row, sent] of checked.sent) notes.set(row, { ...notes.get(row), sent })
    for (let row = 0; row < rows; row++) {
      if (checked.fit[row] !== fitness.fit) {
        verdictCodes[row] = checked.fit[row] === fitness.rejected ? code.rejected : code.abstain
        if (verdictCodes[row] === code.abstain) decideByRules(row)
        continue
      }
      const mark = answer.failures.get(row) ?? whyNoScore(scores, row)
      if (mark) {
        // A file that is no image is the sender's fault; a blank one, the camera's.
        verdictCodes[row] = mark.code === 'image-unreadable' ? code.rejected : code.abstain
        for (const column of scores) column[row] = Number.NaN
        addMark(row, mark)
        if (verdictCodes[row] === code.abstain) decideByRules(row)
        continue
      }
      verdictCodes[row] = code.normal
      reported[row] = largest(scores, candidates, row)
    }

    function addMark(row: number, mark: QualityMark): void {
      notes.set(row, { ...notes.get(row), quality: [...(notes.get(row)?.quality ?? []), mark] })
    }

    /** In the model's place, where the reading says anything at all. Whether it is an alert is up to the alarms, as ever. */
    function decideByRules(row: number): void {
      if (!rules || checked.marks.get(row)?.some((mark) => mark.code === 'all-missing')) return
      const { alerts: met, unknown, cannot } = rules.judge(checked, row)
      if (cannot !== undefined) addMark(row, { code: 'rules-cannot-judge', message: cannot })
      // What one rule has found stands, whatever another cannot say.
      if (cannot !== undefined && met.length === 0) return
      verdictCodes[row] = code.normal
      notes.set(row, {
        ...notes.get(row),
        by: 'rules',
        ...(met.length > 0 && { met }),
        ...(unknown.length > 0 && { unknown }),
      })
    }

    return {
      model: manifest.id,
      version: manifest.version,
      provider: answer.provider,
      features,
      scoreNames: names,
      outputKind: output.kind,
      ...(shapes && { outputs: shapes }),
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
      ...(checked.attachments.size > 0 && { attachments: attachmentsOf(checked) }),
    }
  }

  return {
    watched,
    covered: rules?.covers ?? new Set(),
    explain: createExplain(manifest.inputs.features, baseline),
    decide,
  }
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
function reportable(output: OutputTensor, watched: number[]): number[] {
  const names = scoreNames(output)
  if (output.kind === 'regression') return [0]
  if (output.kind === 'binary') return [names.indexOf(output.positive ?? '')]
  const alarmed = [...new Set(watched)].filter((k) => k >= 0 && k < names.length)
  return alarmed.length > 0 ? alarmed : names.map((_, k) => k)
}

/** What must be told beyond the scores; undefined where they say all. */
function shapesOf(outputs: readonly OutputTensor[]): OutputShape[] | undefined {
  const plain = ({ activation, targets, interval, range }: OutputTensor) =>
    activation !== 'label' && !targets && !interval && !range
  if (outputs.length === 1 && plain(outputs[0]!)) return undefined
  return outputs.map((output) => ({
    name: output.name,
    kind: output.kind,
    names: scoreNames(output),
    ...(output.positive !== undefined && { positive: output.positive }),
    ...(output.activation === 'label' && { label: true as const }),
    ...(output.interval && { interval: output.interval }),
    ...(output.range && { range: output.range }),
  }))
}

function columnOf({ name, kind, codes, words }: Feature): InferenceRecord['features'][number] {
  if (kind === 'text' || kind === 'image' || kind === 'series') return { name, text: true }
  const byCode = words?.map((word, k) => [String(k), word] as const)
  const pairs = byCode ?? (codes && Object.entries(codes).map(([word, n]) => [String(n), word] as const))
  return pairs ? { name, words: Object.fromEntries(pairs) } : { name }
}

function attachmentsOf({ attachments }: Checked): Attachment[] {
  return [...attachments.values()].flatMap((rows) => rows.filter((one) => one !== undefined))
}

function largest(scores: Float32Array[], candidates: number[], row: number): number {
  let best = candidates[0]!
  for (const k of candidates) if (scores[k]![row]! > scores[best]![row]!) best = k
  return best
}
