import type { Comparison } from '#core/contracts/comparison.ts'
import { LogHistogram, type StoredHistogram } from '#core/statistics/log-histogram.ts'
import { verdicts } from '../../decide/decide.ts'
import type { InferenceRecord } from '../../journal/journal.ts'

export type SideReport = Comparison['champion']

const code = { alert: verdicts.indexOf('alert'), rejected: verdicts.indexOf('rejected') }

/** Whether the model itself said something to this reading: neither nobody nor its fallback rules. */
export const isAnswered = ({ reported }: InferenceRecord, row: number): boolean => reported[row]! >= 0

export interface StoredSide {
  readings: number
  answered: number
  alerts: number
  rejected: number
  latency: StoredHistogram
  feedback: SideReport['feedback']
}

/** What one version did. */
export class Side {
  readings = 0
  answered = 0
  alerts = 0
  rejected = 0
  /** Of the answered readings, ms. */
  latency = new LogHistogram()
  feedback: SideReport['feedback'] = { real: 0, false: 0 }

  static of({ latency, ...counts }: StoredSide): Side {
    return Object.assign(new Side(), counts, { latency: LogHistogram.of(latency) })
  }

  add(record: InferenceRecord, row: number): void {
    this.readings += 1
    if (record.verdicts[row] === code.rejected) this.rejected += 1
    if (!isAnswered(record, row)) return
    this.answered += 1
    if (record.verdicts[row] === code.alert) this.alerts += 1
    this.latency.add(record.ms[row]!)
  }

  report(version: string): SideReport {
    const { readings, answered, rejected } = this
    return {
      version,
      readings,
      p50Ms: this.latency.quantile(0.5),
      p95Ms: this.latency.quantile(0.95),
      alertRate: answered > 0 ? this.alerts / answered : null,
      abstained: readings - answered - rejected,
      rejected,
      feedback: { ...this.feedback },
    }
  }

  toJSON(): StoredSide {
    const { readings, answered, alerts, rejected, latency, feedback } = this
    return { readings, answered, alerts, rejected, latency: latency.toJSON(), feedback }
  }
}
