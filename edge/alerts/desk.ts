import type { Alert, FeedbackAnswer } from '#core/contracts/alert.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { exampleKind, type FeedbackExample } from '#core/contracts/example.ts'
import type { Manifest, Priority } from '#core/contracts/manifest.ts'
import { unnamedAsset } from '#core/contracts/reading.ts'
import { type Decider, markAlert } from '../decide/decide.ts'
import { retrainingEvent } from '../deploy/guardrails/firing.ts'
import {
  addressId,
  type InferenceRecord,
  type Journal,
  type Placed,
  type Transaction,
} from '../journal/journal.ts'
import { Board, worse } from './board.ts'
import { type AlertChange, moved, noted, refused, unshelved } from './change.ts'
import { type Condition, step, stepByRule } from './condition.ts'
import { Conditions } from './conditions.ts'
import {
  type FiredGuardrail,
  guardrailCleared,
  guardrailRaised,
  guardrailRule,
  guardrailsIn,
  isOfGuardrail,
} from './guardrail-alert.ts'
import { next } from './lifecycle.ts'
import { isNotice, type Notice, noticeRaised, noticeRule } from './notice.ts'
import { raise, raisedAgain } from './raise.ts'
import { imagesAt, numberAt } from './reading-at.ts'

export type { AlertChange } from './change.ts'

interface Watch {
  manifest: Manifest
  decider: Decider
  /** Shared by all versions of the model: a swap neither raises anew nor loses a delay under way. */
  conditions: Conditions
}

/** Hears of every alert that changed, and how (`alert.raised`, `alert.feedback`, …); must not throw. */
export type AlertListener = (alert: Alert, kind: string) => void

export interface DeskParts {
  journal: Journal
  now: () => number
  randomUUID: () => string
  /** Hears of what went wrong where nobody waits for an answer. */
  failed: (error: unknown) => void
  /** What an answer to an alert teaches; journaled with it. Undefined: nothing. */
  example?: (answered: Alert) => Promise<FeedbackExample | undefined>
}

/** Holds every alert that is not normal, and is the only one to change an alert. */
export class AlertDesk {
  readonly #parts: DeskParts
  readonly #board = new Board()
  /** By model and version. */
  readonly #watches = new Map<string, Watch>()
  /** By model. */
  readonly #conditions = new Map<string, Conditions>()
  readonly #listeners = new Set<AlertListener>()
  /** Which reading raised an alert, from the moment it has its address. */
  readonly #origins = new Map<string, string>()

  constructor(parts: DeskParts) {
    this.#parts = parts
    this.#board.load(parts.journal)
  }

  /** Returns what ends it. */
  onChange(listener: AlertListener): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Starts to watch the scores of one version, beside those of others. Open alerts of the model stay open. */
  watch(manifest: Manifest, decider: Decider): void {
    const { id, version } = manifest
    const conditions = this.#conditions.get(id) ?? new Conditions(this.#board.standing(id))
    this.#conditions.set(id, conditions)
    this.#watches.set(watchKey(id, version), { manifest, decider, conditions })
  }

  /** Of a version whose last reading has been observed; later ones would raise and clear nothing. */
  unwatch(model: string, version: string): void {
    this.#watches.delete(watchKey(model, version))
  }

  /** Where the conditions of a model stand now, by these rules: where a version that takes over would begin. */
  conditionsOf(model: string, rules: readonly { id: string }[]): [asset: string, conditions: Condition[]][] {
    return this.#conditions.get(model)?.of(rules) ?? []
  }

  /**
   * Clears the open alerts whose rule no version that still serves has; nothing would ever clear them. To be called after
   * `unwatch` of the versions that left. Resolves with what was cleared once that is durable.
   */
  async retireRules(model: string, stillServed: readonly Manifest[]): Promise<Alert[]> {
    const rules = new Set(stillServed.flatMap(({ decision }) => decision.alerts.map(({ id }) => id)))
    const [by, timeMs] = ['runtime', this.#parts.now()]
    const versions = stillServed.map(({ version }) => version)
    const changes = this.#board
      .standing(model)
      .filter(
        (alert) =>
          next(alert.state, 'cleared') &&
          !isNotice(alert) &&
          (isOfGuardrail(alert) ? !versions.includes(alert.model.version) : !rules.has(alert.rule)),
      )
      .map((alert) => {
        const why =
          versions.length > 0
            ? `version ${versions.join(', ')}, which serves now, has no rule "${alert.rule}"`
            : `no version of "${model}" serves any more`
        const fields = { clearedAt: iso(timeMs) }
        return moved(alert, 'cleared', { by, timeMs, fields, detail: { why } })
      })
    this.#conditions.get(model)?.keepOnly(rules)
    await this.#commit(changes)
    return changes.map(({ alert }) => alert)
  }

  /**
   * Raises the alert of a guardrail that has fired, about the model itself, and journals what `request-retraining` asks for.
   * Undefined where it stands already: once per firing. Of a version that its action took away it is cleared at once, and
   * stays until somebody has seen it.
   */
  async raiseGuardrail(fired: FiredGuardrail): Promise<Alert | undefined> {
    const { manifest, firing } = fired
    const open = this.#guardrailAlert(manifest.id, firing.guardrail.id)
    const changes = guardrailRaised(open, fired, this.#parts)
    const asks = firing.guardrail.then === 'request-retraining' && changes.length > 0
    await this.#commit(changes, (tx) => asks && tx.events('rollout', [retrainingEvent(manifest, firing)]))
    return changes.at(-1)?.alert
  }

  /** The guardrail is over. Undefined where no alert of it stands. */
  async clearGuardrail(model: string, guardrail: string, why: string): Promise<Alert | undefined> {
    const changes = guardrailCleared(this.#guardrailAlert(model, guardrail), why, this.#parts.now())
    await this.#commit(changes)
    return changes[0]?.alert
  }

  /** What must be known of a version itself; cleared at once where it is over already, and to be seen all the same. */
  async raiseNotice(manifest: Manifest, notice: Notice): Promise<void> {
    const { id } = manifest
    const open = this.#board.find(id, id, noticeRule(notice.kind))
    await this.#commit(noticeRaised(open, manifest, notice, this.#parts))
  }

  /** What a notice told is over. */
  async clearNotice(model: string, kind: Notice['kind'], why: string): Promise<void> {
    const open = this.#board.find(model, model, noticeRule(kind))
    await this.#commit(guardrailCleared(open, why, this.#parts.now()))
  }

  /** Guardrails of this version whose alert has not cleared: after a start they go on as firing. */
  standingGuardrails(model: string, version: string): { id: string; since: string }[] {
    return guardrailsIn(this.#board.standing(model), version)
  }

  #guardrailAlert(model: string, guardrail: string): Alert | undefined {
    return this.#board.find(model, model, guardrailRule(guardrail))
  }

  /**
   * Takes one micro-batch, by its scores or by what fallback rules found met, through every alert rule of its own version,
   * marks the rows that belong to an active alarm, and returns what changed. The changes are already true here; `write` makes them durable, `forget` undoes them.
   */
  observe(record: InferenceRecord): AlertChange[] {
    const changes: AlertChange[] = []
    const watch = this.#watches.get(watchKey(record.model, record.version))
    if (!watch || watch.manifest.decision.alerts.length === 0) return changes
    try {
      for (let row = 0; row < record.rows; row++)
        if (isDecided(record, row) && record.assets[row] !== unnamedAsset)
          this.#observeRow(watch, record, row, changes)
    } catch (error) {
      this.forget()
      throw error
    }
    return changes
  }

  #observeRow(watch: Watch, record: InferenceRecord, row: number, changes: AlertChange[]): void {
    const { manifest, decider, conditions } = watch
    const asset = record.assets[row]!
    let worst: Alert | undefined
    const { by, met, unknown } = record.notes.get(row) ?? {}
    const timeMs = record.timesMs[row]!
    manifest.decision.alerts.forEach((rule, r) => {
      const before = conditions.get(asset, rule.id)
      let after = before // what the fallback rules do not speak of, they leave as it is
      if (by !== 'rules') after = step(rule, before, record.scores[decider.watched[r]!]![row]!, timeMs)
      else if (decider.covered.has(rule.id) && !unknown?.includes(rule.id))
        after = stepByRule(rule, before, met?.includes(rule.id) ?? false, timeMs)
      if (after !== before) conditions.set(asset, rule.id, after)
      if (after.active !== before.active) changes.push(...this.#turned(watch, r, record, row, after.active))
      if (after.active) worst = worse(worst, this.#board.find(record.model, asset, rule.id))
    })
    if (worst)
      markAlert(
        record,
        row,
        worst.id,
        decider.explain((index) => numberAt(record, index, row)),
      )
  }

  /** Makes changes durable beside the record they came with. */
  write(tx: Transaction, changes: AlertChange[], record?: InferenceRecord, placed?: Placed): void {
    if (changes.length === 0) return
    const rows = changes.map(({ alert, kind, timeMs, by, detail, row }) => {
      if (row !== undefined && placed)
        this.#origins.set(alert.id, record?.readingIds[row] ?? addressId(placed.epoch, placed.first + row))
      alert.readingId = this.#origins.get(alert.id) ?? alert.readingId
      if (alert.state === 'normal') this.#origins.delete(alert.id)
      tx.putAlert(alert)
      const whole = kind === 'alert.raised' && { alert }
      return {
        kind,
        timeMs,
        by,
        body: { alertId: alert.id, readingId: alert.readingId, ...detail, ...whole },
      }
    })
    tx.events('events', rows)
  }

  /** Tells the listeners, once the changes are durable. */
  announce(changes: AlertChange[]): void {
    for (const { alert, kind } of changes) {
      this.#board.settled(alert)
      for (const listener of this.#listeners) listener(alert, kind)
    }
  }

  /** The journal could not keep what was changed: goes back to what it holds, now and after what is still being written. */
  forget(): void {
    const load = () => {
      try {
        this.#board.load(this.#parts.journal)
        for (const model of this.#conditions.keys())
          this.#conditions.set(model, new Conditions(this.#board.standing(model)))
        for (const watch of this.#watches.values())
          watch.conditions = this.#conditions.get(watch.manifest.id)!
      } catch (error) {
        this.#parts.failed(error)
      }
    }
    load()
    this.#parts.journal.write(() => undefined).then(load, load)
  }

  get(id: string): Alert {
    const alert = this.#board.get(id) ?? this.#parts.journal.alert(id)
    if (!alert) throw new EdgewrightError('alert-unknown', `there is no alert "${id.slice(0, 80)}"`)
    return alert
  }

  counts(): { unacknowledged: Record<Priority, number>; shelved: number } {
    return this.#board.counts()
  }

  acknowledge(id: string, by: string): Promise<Alert> {
    const timeMs = this.#parts.now()
    const fields = { acknowledgedAt: iso(timeMs), acknowledgedBy: by }
    return this.#change(moved(this.get(id), 'acknowledged', { by, timeMs, fields }))
  }

  shelve(id: string, by: string, minutes: number, reason: string): Promise<Alert> {
    const timeMs = this.#parts.now()
    const shelved = { until: iso(timeMs + minutes * 60_000), reason, by }
    return this.#change(
      moved(this.get(id), 'shelved', { by, timeMs, fields: { shelved }, detail: { minutes, reason } }),
    )
  }

  unshelve(id: string, by: string): Promise<Alert> {
    return this.#change(unshelved(this.get(id), by, this.#parts.now()))
  }

  escalate(id: string, by: string, note?: string): Promise<Alert> {
    const timeMs = this.#parts.now()
    const alert = this.get(id)
    if (alert.state === 'normal') throw refused(alert, 'escalated')
    return this.#change(
      noted(alert, 'alert.escalated', { by, timeMs, fields: { escalatedAt: iso(timeMs) }, detail: { note } }),
    )
  }

  actionDone(id: string, by: string): Promise<Alert> {
    const timeMs = this.#parts.now()
    const alert = this.get(id)
    if (!alert.acknowledgedAt || alert.actionDoneAt) throw refused(alert, 'marked as done')
    return this.#change(
      noted(alert, 'alert.action-done', { by, timeMs, fields: { actionDoneAt: iso(timeMs) } }),
    )
  }

  async feedback(id: string, by: string, answer: FeedbackAnswer, note?: string): Promise<Alert> {
    const timeMs = this.#parts.now()
    const feedback = { answer, at: iso(timeMs), by, ...(note !== undefined && { note }) }
    const happening = { by, timeMs, fields: { feedback }, detail: { answer, note } }
    const answered = () => noted(this.get(id), 'alert.feedback', happening)
    const body = await this.#example(answered().alert)
    const change = answered() // to the alert as it is by now
    await this.#commit(
      [change],
      (tx) => body && tx.events('events', [{ kind: exampleKind, timeMs, by, body }]),
    )
    return change.alert
  }

  /** An answer counts, whatever can be learned from it. */
  async #example(answered: Alert): Promise<FeedbackExample | undefined> {
    try {
      return await this.#parts.example?.(answered)
    } catch (error) {
      this.#parts.failed(error)
      return undefined
    }
  }

  /** What time alone brings: shelves that end, alerts that nobody answered. */
  async tick(): Promise<void> {
    const by = 'runtime'
    for (const id of this.#board.ids()) {
      const timeMs = this.#parts.now()
      const alert = this.#board.get(id) // not the one of a moment ago: somebody may have acted while the last was written
      if (!alert) continue
      const { state, shelved, escalatedAt, escalateTo, respondBy } = alert
      if (state === 'shelved' && shelved && Date.parse(shelved.until) <= timeMs)
        await this.#change(unshelved(alert, by, timeMs))
      else if (state === 'unacknowledged' && !escalatedAt && escalateTo && Date.parse(respondBy) <= timeMs) {
        const detail = { why: 'not acknowledged in time' }
        await this.#change(
          noted(alert, 'alert.escalated', { by, timeMs, fields: { escalatedAt: iso(timeMs) }, detail }),
        )
      }
    }
  }

  /** A condition has become true, or has ceased to be. */
  #turned(
    { manifest, decider }: Watch,
    r: number,
    record: InferenceRecord,
    row: number,
    active: boolean,
  ): AlertChange[] {
    const rule = manifest.decision.alerts[r]!
    const asset = record.assets[row]!
    const [by, timeMs] = ['runtime', this.#parts.now()]
    const open = this.#board.find(record.model, asset, rule.id)
    if (!active) {
      // What has been cleared already, or does not stand here any more, has nothing to clear.
      if (!open || !next(open.state, 'cleared') || open.clearedAt !== undefined) return []
      return [this.#keep(moved(open, 'cleared', { by, timeMs, fields: { clearedAt: iso(timeMs) } }))]
    }
    if (open && !next(open.state, 'raised')) return []
    const alert = raise({
      manifest,
      rule,
      asset,
      score: record.notes.get(row)?.by === 'rules' ? null : record.scores[decider.watched[r]!]![row]!,
      explanation: decider.explain((index) => numberAt(record, index, row)),
      images: imagesAt(manifest, record, row),
      trackRecord: this.#parts.journal.trackRecord(record.model, rule.id),
      id: this.#parts.randomUUID(),
      nowMs: timeMs,
    })
    if (!open) return [{ ...this.#keep(noted(alert, 'alert.raised', { by, timeMs })), row }]
    return [{ ...this.#keep(raisedAgain(open, alert, timeMs)), row }]
  }

  #keep(change: AlertChange): AlertChange {
    this.#board.place(change.alert)
    return change
  }

  async #change(change: AlertChange): Promise<Alert> {
    await this.#commit([change])
    return change.alert
  }

  async #commit(changes: AlertChange[], also?: (tx: Transaction) => unknown): Promise<void> {
    if (changes.length === 0) return
    for (const change of changes) this.#keep(change)
    try {
      await this.#parts.journal.write((tx) => {
        this.write(tx, changes)
        also?.(tx)
      })
    } catch (error) {
      this.forget()
      throw error
    }
    this.announce(changes)
  }
}

/** By the model, or by fallback rules in its place. */
const isDecided = ({ reported, notes }: InferenceRecord, row: number): boolean =>
  reported[row]! >= 0 || notes.get(row)?.by === 'rules'
const watchKey = (model: string, version: string) => `${model} ${version}`
const iso = (ms: number) => new Date(ms).toISOString()
