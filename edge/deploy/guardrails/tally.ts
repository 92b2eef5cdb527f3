import type { QualityCode } from '#core/contracts/decision.ts'
import { verdicts } from '../../decide/decide.ts'
import type { InferenceRecord, RowNotes } from '../../journal/journal.ts'

const code = { alert: verdicts.indexOf('alert'), rejected: verdicts.indexOf('rejected') } as const

/** Marks of a reading that the model should have answered and did not, whoever answered in its place. */
const failures: readonly QualityCode[] = [
  'inference-failed',
  'deadline-exceeded',
  'no-model',
  'output-not-finite',
]

/** What one micro-batch adds to the counts. */
export interface Tally {
  rows: number
  rejected: number
  /** By the model; what rules answered is not counted here. */
  answered: number
  /** Of those: with the verdict alert. */
  alerts: number
  /** The model should have answered, and did not. */
  failed: number
  record: InferenceRecord
}

/** One pass over the verdicts, and over the notes of the rows that have any. */
export function tally(record: InferenceRecord): Tally {
  const { rows, verdicts: verdict, reported, notes } = record
  const sum: Tally = { rows, rejected: 0, answered: 0, alerts: 0, failed: 0, record }
  for (let row = 0; row < rows; row++)
    if (verdict[row] === code.rejected) sum.rejected++
    else if (reported[row]! >= 0) {
      sum.answered++
      if (verdict[row] === code.alert) sum.alerts++
    }
  for (const [row, note] of notes) if (verdict[row] !== code.rejected && hasFailed(note)) sum.failed++
  return sum
}

const hasFailed = ({ quality }: RowNotes): boolean =>
  quality?.some((mark) => failures.includes(mark.code)) ?? false

/** Values of one feature that were missing, among the readings that were not rejected. */
export function missingOf({ record, rejected }: Tally, feature: number): number {
  const { rows, verdicts: verdict } = record
  const column = record.values[feature]!
  let missing = 0
  for (let row = 0; row < rows; row++) {
    if (rejected > 0 && verdict[row] === code.rejected) continue
    const value = column[row]
    // NaN is the only number that differs from itself.
    // biome-ignore lint/suspicious/noSelfCompare: a third of the time of Number.isNaN over columns of either kind
    if (value === null || value !== value) missing++
  }
  return missing
}

/** Milliseconds of the readings that were not rejected, each run of equal ones once: a live batch is one run. */
export function eachLatency({ record, rejected }: Tally, take: (ms: number, times: number) => void): void {
  const { rows, ms, verdicts: verdict } = record
  let times = 0
  for (let row = 0; row < rows; row++) {
    if (rejected === 0 || verdict[row] !== code.rejected) times++
    if (times > 0 && (row === rows - 1 || ms[row + 1] !== ms[row])) {
      take(ms[row]!, times)
      times = 0
    }
  }
}
