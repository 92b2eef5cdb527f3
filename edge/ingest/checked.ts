import type { QualityCode, QualityMark } from '#core/contracts/decision.ts'
import type { Value } from '#core/contracts/reading.ts'
import type { RowSource } from '../inference/to-tensors.ts'
import type { Attachment, FeatureColumn } from '../journal/journal.ts'

/** Marks what one micro-batch brought, so that it can be taken back; the batch itself would stay in memory. */
export interface Batch {
  /** Grows by one with each batch. 0: not of a batch. */
  number: number
}

/** Readings of one micro-batch after the manifest's checks: a struct of arrays, one row per reading. */
export interface Checked extends RowSource {
  batch: Batch
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

type Mark = [code: QualityCode, message: string, feature?: string]

export function mark(checked: Checked, row: number, ...[code, message, feature]: Mark): void {
  push(checked, row, { code, message, ...(feature !== undefined && { feature }) })
}

function push(checked: Checked, row: number, entry: QualityMark): void {
  const marks = checked.marks.get(row)
  if (marks && marks.length < maxMarks) marks.push(entry)
  else if (!marks) checked.marks.set(row, [entry])
}

/** The reading is wrong: it reaches no model. */
export function refuse(checked: Checked, row: number, ...why: Mark): void {
  checked.fit[row] = fitness.rejected
  mark(checked, row, ...why)
}

/** The reading may be right, but the model is not asked. */
export function abstain(checked: Checked, row: number, ...why: Mark): void {
  keepFromModel(checked, row)
  mark(checked, row, ...why)
}

/** A window that has `have` of the readings that the model needs. */
export function abstainUntilFull(checked: Checked, row: number, have: number, need: number): void {
  keepFromModel(checked, row)
  const message = `the model needs ${need} readings of "${checked.assets[row]}" in a row; ${have} so far`
  push(checked, row, { code: 'window-filling', message, progress: { have, need } })
}

function keepFromModel({ fit }: Checked, row: number): void {
  if (fit[row] === fitness.fit) fit[row] = fitness.abstain
}
