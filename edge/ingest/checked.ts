import type { QualityCode, QualityMark } from '#core/contracts/decision.ts'
import type { Value } from '#core/contracts/reading.ts'
import type { RowSource } from '../inference/to-tensors.ts'
import type { Attachment, FeatureColumn } from '../journal/journal.ts'

/** Readings of one micro-batch after the manifest's checks: a struct of arrays, one row per reading. */
export interface Checked extends RowSource {
  rows: number
  ids: (string | null)[]
  assets: string[]
  /** Readings' own times, epoch ms; the time of intake where theirs cannot be read. */
  timesMs: Float64Array
  /** One column per feature in manifest order; NaN or null: missing or not usable. Category: its code, or its index in `words`. */
  values: FeatureColumn[]
  attachments: Map<number, (Attachment | undefined)[]>
  windows: Map<string, Float64Array>
  /** 1: goes to the model. 0: rejected. 2: kept from the model, but not the sender's fault (abstain). */
  fit: Uint8Array
  /** Sparse, by row. */
  marks: Map<number, QualityMark[]>
  /** What was sent, for rows whose values do not fit the columns. */
  sent: Map<number, Record<string, Value>>
}

export const fitness = { rejected: 0, fit: 1, abstain: 2 } as const

/** On one reading; what is wrong with it is clear by then. */
const maxMarks = 20

export function mark(
  checked: Checked,
  row: number,
  code: QualityCode,
  message: string,
  feature?: string,
): void {
  push(checked, row, { code, message, ...(feature !== undefined && { feature }) })
}

function push(checked: Checked, row: number, entry: QualityMark): void {
  const marks = checked.marks.get(row)
  if (marks && marks.length < maxMarks) marks.push(entry)
  else if (!marks) checked.marks.set(row, [entry])
}

export function refuse(
  checked: Checked,
  row: number,
  code: QualityCode,
  message: string,
  feature?: string,
): void {
  checked.fit[row] = fitness.rejected
  mark(checked, row, code, message, feature)
}

export function abstain(
  checked: Checked,
  row: number,
  code: QualityCode,
  message: string,
  feature?: string,
): void {
  if (checked.fit[row] === fitness.fit) checked.fit[row] = fitness.abstain
  mark(checked, row, code, message, feature)
}

/** A window that has `have` of the readings that the model needs. */
export function abstainUntilFull(checked: Checked, row: number, have: number, need: number): void {
  if (checked.fit[row] === fitness.fit) checked.fit[row] = fitness.abstain
  const message = `the model needs ${need} readings of "${checked.assets[row]}" in a row; ${have} so far`
  push(checked, row, { code: 'window-filling', message, progress: { have, need } })
}
