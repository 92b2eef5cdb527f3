import type { AlertRule } from '#core/contracts/manifest.ts'
import { unnamedAsset } from '#core/contracts/reading.ts'
import { type Condition, isQuiet, quiet, step } from '../../alerts/condition.ts'
import { verdicts } from '../../decide/decide.ts'
import type { InferenceRecord } from '../../journal/journal.ts'

/** Assets that have a condition to tell of; of more, those not heard of longest are forgotten. */
const maxAssets = 10_000
const alert = verdicts.indexOf('alert')

export type StoredAlarms = [asset: string, conditions: Condition[]][]

/** What the alarm desk would have made of the challenger's scores, had anybody been told of them. */
export class PrivateAlarms {
  readonly #rules: readonly AlertRule[]
  readonly #watched: readonly number[]
  readonly #conditions: Map<string, Condition[]>

  /** `watched`: the score column of each rule. `stored`: of the same rules. */
  constructor(rules: readonly AlertRule[], watched: readonly number[], stored: StoredAlarms = []) {
    this.#rules = rules
    this.#watched = watched
    this.#conditions = new Map(stored.filter(([, conditions]) => conditions.length === rules.length))
  }

  /** One reading's step through every rule; where a rule's condition holds, the row becomes an alert. Says which hold. */
  observe(record: InferenceRecord, row: number): boolean[] {
    const asset = record.assets[row]!
    const before = this.#conditions.get(asset)
    const isJudged = record.reported[row]! >= 0 && asset !== unnamedAsset
    if (!isJudged) return this.#rules.map((_, r) => before?.[r]?.active ?? false)
    const after = this.#rules.map((rule, r) =>
      step(rule, before?.[r] ?? quiet, record.scores[this.#watched[r]!]![row]!, record.timesMs[row]!),
    )
    this.#conditions.delete(asset)
    if (!after.every(isQuiet)) {
      if (this.#conditions.size >= maxAssets)
        this.#conditions.delete(this.#conditions.keys().next().value ?? '')
      this.#conditions.set(asset, after)
    }
    const active = after.map((condition) => condition.active)
    if (active.includes(true)) record.verdicts[row] = alert
    return active
  }

  toJSON(): StoredAlarms {
    return [...this.#conditions]
  }
}
