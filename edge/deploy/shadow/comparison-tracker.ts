import type { Alert } from '#core/contracts/alert.ts'
import type { Comparison } from '#core/contracts/comparison.ts'
import type { Manifest } from '#core/contracts/manifest.ts'
import { isAboutModel } from '../../alerts/guardrail-alert.ts'
import { verdicts } from '../../decide/decide.ts'
import type { InferenceRecord } from '../../journal/journal.ts'
import { type Case, Cases, type ChampionRow } from './cases.ts'
import { answerOf, Labels, type StoredLabels } from './labels.ts'
import { isAnswered, Side, type StoredSide } from './side.ts'
import { verdictOf } from './verdict.ts'

/** Assets whose alarms are followed, and answered alerts that are remembered. */
const maxAssets = 10_000
const maxHeard = 1000
const dayMs = 24 * 3600_000
const alert = verdicts.indexOf('alert')

export interface TrackerParts {
  mode: Comparison['mode']
  champion: Manifest
  challenger: Manifest
  /** When this begins or goes on, epoch ms. */
  nowMs: number
}

interface Counts {
  compared: number
  agreed: number
  skipped: number
  champion: Side
  challenger: Side
}
interface StoredCounts extends Omit<Counts, 'champion' | 'challenger'> {
  champion: StoredSide
  challenger: StoredSide
}

/** As JSON keeps it. */
export interface StoredComparison {
  mode: Comparison['mode']
  champion: string
  challenger: string
  sinceMs: number
  alone: number
  counts: StoredCounts
  labels: StoredLabels
  /** Feedback already counted, by alert. */
  heard: [alertId: string, answer: 'real' | 'false', isChampion: boolean][]
  cases: Case[]
  /** Ended in order: nothing happened after this was written. */
  isClosed: boolean
}

/** What two versions make of the same readings, or each of its own. Pure: times are arguments. */
export class ComparisonTracker {
  /** It goes on where another start left off. */
  readonly isResumed: boolean
  readonly #parts: TrackerParts
  readonly #labels: Labels
  readonly #sinceMs: number
  #total = empty()
  /** Since the last window was taken. */
  #window = empty()
  readonly #cases: Cases
  /** Alarms of the challenger's during which the champion said nothing: how many are over, and those under way, by asset. */
  #alone = 0
  readonly #alarms = new Map<string, { withChampion: boolean }>()
  readonly #heard = new Map<string, { answer: 'real' | 'false'; isChampion: boolean }>()

  constructor(parts: TrackerParts, stored?: StoredComparison) {
    this.#parts = parts
    this.isResumed = stored !== undefined
    this.#sinceMs = stored?.sinceMs ?? parts.nowMs
    this.#labels = new Labels(parts.champion, parts.challenger, parts.nowMs, stored?.labels)
    this.#cases = new Cases(stored?.cases)
    if (!stored) return
    const { champion, challenger, ...counts } = stored.counts
    this.#total = { ...counts, champion: Side.of(champion), challenger: Side.of(challenger) }
    this.#alone = stored.alone
    for (const [id, answer, isChampion] of stored.heard) this.#heard.set(id, { answer, isChampion })
    if (!stored.isClosed) this.#labels.spareAll()
  }

  /** Goes on where `stored` is of the same two versions in the same mode, else begins anew. */
  static fromJSON(parts: TrackerParts, stored: StoredComparison | undefined): ComparisonTracker {
    const { mode, champion, challenger } = parts
    const isSame =
      stored?.mode === mode &&
      stored.champion === champion.version &&
      stored.challenger === challenger.version
    return new ComparisonTracker(parts, isSame ? stored : undefined)
  }

  /** Canary: a batch that one of the two answered. */
  observe(record: InferenceRecord): void {
    const { champion, challenger } = this.#parts
    for (const { champion: one, challenger: other } of [this.#total, this.#window]) {
      const side = { [champion.version]: one, [challenger.version]: other }[record.version]
      for (let row = 0; side && row < record.rows; row++) side.add(record, row)
    }
  }

  /**
   * Shadow: one reading that both were given. `active`: which of the challenger's alarm conditions hold after it. Returns
   * what is to be shown of it where they differ, at most one a minute and asset; the rest is only counted.
   */
  pair(own: ChampionRow, record: InferenceRecord, row: number, active: readonly boolean[]): Case | undefined {
    const asset = own.record.assets[own.row]!
    const isSame = own.record.verdicts[own.row] === record.verdicts[row]
    const isCompared = isAnswered(own.record, own.row) && isAnswered(record, row)
    for (const counts of [this.#total, this.#window]) {
      counts.champion.add(own.record, own.row)
      counts.challenger.add(record, row)
      if (isCompared) counts.compared += 1
      if (isCompared && isSame) counts.agreed += 1
    }
    this.#labels.seen(asset, own.atMs, isAnswered(record, row), active)
    this.#follow(asset, own.record.verdicts[own.row] === alert, active.includes(true))
    return isSame ? undefined : this.#cases.show(own, record, row)
  }

  /** Readings that the challenger was spared. */
  skip(rows: readonly ChampionRow[]): void {
    this.#total.skipped += rows.length
    this.#window.skipped += rows.length
    for (const { record, row, atMs } of rows) {
      this.#total.champion.add(record, row)
      this.#window.champion.add(record, row)
      this.#labels.spared(record.assets[row]!, atMs)
    }
  }

  /** To be told of every change of every alert; `settle` counts what it means. */
  alertChanged(changed: Alert): void {
    const { mode } = this.#parts
    if (isAboutModel(changed)) return
    if (mode === 'shadow') this.#labels.changed(changed)
    else this.#heardOf(changed)
  }

  #heardOf(changed: Alert): void {
    const { champion, challenger } = this.#parts
    const { id, model } = changed
    if (model.id !== champion.id || Date.parse(changed.raisedAt) < this.#sinceMs) return
    const isChampion = model.version === champion.version
    if (!isChampion && model.version !== challenger.version) return
    const known = this.#heard.get(id)
    const answer = answerOf(changed)
    if (known?.answer === (answer ?? undefined)) return
    const { feedback } = isChampion ? this.#total.champion : this.#total.challenger
    if (known) feedback[known.answer] -= 1
    if (answer) feedback[answer] += 1
    this.#heard.delete(id)
    if (answer) this.#heard.set(id, { answer, isChampion })
    if (this.#heard.size > maxHeard) this.#heard.delete(this.#heard.keys().next().value ?? '')
  }

  /** Shadow: every reading up to `throughMs` has been paired or skipped. Says whether a label was counted. */
  settle(throughMs: number): boolean {
    return this.#labels.settle(throughMs)
  }

  report(nowMs: number): Comparison {
    const { mode, champion, challenger } = this.#parts
    const { compared, skipped, agreed } = this.#total
    const { counts } = this.#labels
    const sides = {
      champion: this.#total.champion.report(champion.version),
      challenger: this.#total.challenger.report(challenger.version),
    }
    if (mode === 'shadow') {
      // Nobody saw the challenger's alerts: what it also said is answered with the champion's.
      sides.champion.feedback = {
        real: counts.losses + counts.bothReal,
        false: counts.wins + counts.bothFalse,
      }
      sides.challenger.feedback = { real: counts.bothReal, false: counts.bothFalse }
    }
    const days = Math.max(0, nowMs - this.#sinceMs) / dayMs
    return {
      mode,
      since: new Date(this.#sinceMs).toISOString(),
      ...sides,
      compared,
      skipped,
      agreed,
      cases: this.#cases.list,
      verdict: verdictOf({
        mode,
        champion: champion.version,
        challenger: challenger.version,
        counts,
        alone: this.#alone,
        days,
      }),
    }
  }

  /** Counts, rates and latency since the last window, and begins the next; undefined where nothing came. */
  takeWindow(): Record<string, unknown> | undefined {
    const { champion, challenger, ...counts } = this.#window
    this.#window = empty()
    if (champion.readings + challenger.readings === 0) return undefined
    const { feedback: _a, ...one } = champion.report(this.#parts.champion.version)
    const { feedback: _b, ...other } = challenger.report(this.#parts.challenger.version)
    return {
      id: this.#parts.champion.id,
      mode: this.#parts.mode,
      ...counts,
      champion: one,
      challenger: other,
    }
  }

  toJSON(isClosed = false): StoredComparison {
    const { mode, champion, challenger } = this.#parts
    return {
      mode,
      champion: champion.version,
      challenger: challenger.version,
      sinceMs: this.#sinceMs,
      alone: this.#alone,
      counts: {
        ...this.#total,
        champion: this.#total.champion.toJSON(),
        challenger: this.#total.challenger.toJSON(),
      },
      labels: this.#labels.toJSON(),
      heard: [...this.#heard].map(([id, { answer, isChampion }]) => [id, answer, isChampion]),
      cases: this.#cases.list,
      isClosed,
    }
  }

  #follow(asset: string, championSays: boolean, challengerSays: boolean): void {
    const alarm = this.#alarms.get(asset)
    if (challengerSays) {
      if (alarm) alarm.withChampion ||= championSays
      else if (this.#alarms.size < maxAssets) this.#alarms.set(asset, { withChampion: championSays })
      return
    }
    if (alarm && !alarm.withChampion) this.#alone += 1
    this.#alarms.delete(asset)
  }
}

const empty = (): Counts => ({
  compared: 0,
  agreed: 0,
  skipped: 0,
  champion: new Side(),
  challenger: new Side(),
})
