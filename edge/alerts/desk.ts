import type { Alert, FeedbackAnswer } from '#core/contracts/alert.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { AlertRule, Manifest, Priority } from '#core/contracts/manifest.ts'
import { type Decider, markAlert } from '../decide/decide.ts'
import { unnamedAsset } from '../ingest/validate.ts'
import {
  addressId,
  type EventRow,
  type InferenceRecord,
  type Journal,
  type Placed,
  type Transaction,
} from '../journal/journal.ts'
import { type Condition, quiet, step } from './condition.ts'
import { type AlarmEvent, next } from './lifecycle.ts'
import { raise } from './raise.ts'

/** One step in the life of an alert, to be made durable with what led to it. */
export interface AlertChange {
  alert: Alert
  kind: string
  timeMs: number
  by: string
  detail: Record<string, unknown>
  /** Raised by this row of the record it came with: the row's id is only known once it has its address. */
  row?: number
}

interface Watch {
  manifest: Manifest
  decider: Decider
  /** One condition per rule, by asset. */
  conditions: Map<string, Condition[]>
}

export interface DeskParts {
  journal: Journal
  now: () => number
  randomUUID: () => string
}

/** Holds every alert that is not normal, and is the only one to change an alert. */
export class AlertDesk {
  readonly #parts: DeskParts
  readonly #open = new Map<string, Alert>()
  /** The open alert of a model's rule for an asset. */
  readonly #byCondition = new Map<string, string>()
  readonly #watches = new Map<string, Watch>()
  readonly #listeners = new Set<(alert: Alert) => void>()

  constructor(parts: DeskParts) {
    this.#parts = parts
    this.#reload()
  }

  onChange(listener: (alert: Alert) => void): void {
    this.#listeners.add(listener)
  }

  /** Starts to watch the scores of the version that runs now. Open alerts of the model stay open. */
  watch(manifest: Manifest, decider: Decider): void {
    this.#watches.set(manifest.id, { manifest, decider, conditions: this.#restoredConditions(manifest) })
  }

  /**
   * Takes the scores of one micro-batch through every rule, marks the rows that belong to an active alarm, and returns
   * what changed. The changes are already true here; `write` makes them durable, `forget` undoes them.
   */
  observe(record: InferenceRecord): AlertChange[] {
    const watch = this.#watches.get(record.model)
    const changes: AlertChange[] = []
    if (!watch || watch.manifest.decision.alerts.length === 0) return changes
    const rules = watch.manifest.decision.alerts
    for (let row = 0; row < record.rows; row++) {
      if (record.reported[row]! < 0 || record.assets[row] === unnamedAsset) continue
      const asset = record.assets[row]!
      const conditions = watch.conditions.get(asset) ?? rules.map(() => quiet)
      watch.conditions.set(asset, conditions)
      let worst: string | undefined
      for (let r = 0; r < rules.length; r++) {
        const rule = rules[r]!
        const before = conditions[r]!
        const after = step(
          rule,
          before,
          record.scores[watch.decider.watched[r]!]![row]!,
          record.timesMs[row]!,
        )
        if (after !== before) conditions[r] = after
        if (after.active !== before.active)
          changes.push(...this.#turned(watch, rule, r, record, row, after.active))
        if (after.active) worst = this.#worseOf(worst, this.#find(record.model, asset, rule.id)?.id)
      }
      if (worst)
        markAlert(
          record,
          row,
          worst,
          watch.decider.explain((index) => record.values[index]![row]!),
        )
    }
    return changes
  }

  /** Makes changes durable beside the record they came with. */
  write(tx: Transaction, changes: AlertChange[], record?: InferenceRecord, placed?: Placed): void {
    if (changes.length === 0) return
    const rows: EventRow[] = changes.map((change) => {
      const { alert, kind, timeMs, by, detail, row } = change
      if (row !== undefined && placed)
        alert.readingId = record?.readingIds[row] ?? addressId(placed.epoch, placed.first + row)
      tx.putAlert(alert)
      return { kind, timeMs, by, body: { alertId: alert.id, readingId: alert.readingId, ...detail } }
    })
    tx.events('events', rows)
  }

  /** Tells the listeners, once the changes are durable. */
  announce(changes: AlertChange[]): void {
    for (const { alert } of changes) for (const listener of this.#listeners) listener(alert)
  }

  /** The journal could not keep what was changed: goes back to what it holds. */
  forget(): void {
    this.#reload()
    for (const watch of this.#watches.values()) watch.conditions = this.#restoredConditions(watch.manifest)
  }

  get(id: string): Alert {
    const alert = this.#open.get(id) ?? this.#parts.journal.alert(id)
    if (!alert) throw new EdgewrightError('alert-unknown', `there is no alert "${id.slice(0, 80)}"`)
    return alert
  }

  counts(): { unacknowledged: Record<Priority, number>; shelved: number } {
    const unacknowledged = { high: 0, medium: 0, low: 0 }
    let shelved = 0
    for (const alert of this.#open.values()) {
      if (alert.state === 'unacknowledged' || alert.state === 'returned-unacknowledged')
        unacknowledged[alert.priority] += 1
      if (alert.state === 'shelved') shelved += 1
    }
    return { unacknowledged, shelved }
  }

  acknowledge(id: string, by: string): Promise<Alert> {
    const nowMs = this.#parts.now()
    const changes = { acknowledgedAt: iso(nowMs), acknowledgedBy: by }
    return this.#commit(this.#move(this.get(id), 'acknowledged', by, nowMs, changes))
  }

  shelve(id: string, by: string, minutes: number, reason: string): Promise<Alert> {
    const nowMs = this.#parts.now()
    const shelved = { until: iso(nowMs + minutes * 60_000), reason, by }
    return this.#commit(this.#move(this.get(id), 'shelved', by, nowMs, { shelved }, { minutes, reason }))
  }

  unshelve(id: string, by: string): Promise<Alert> {
    return this.#commit(this.#unshelved(this.get(id), by, this.#parts.now()))
  }

  escalate(id: string, by: string, note?: string): Promise<Alert> {
    const alert = this.get(id)
    if (alert.state === 'normal') throw refusal(alert, 'escalated')
    return this.#commit(
      this.#noted(alert, 'alert.escalated', by, { escalatedAt: iso(this.#parts.now()) }, { note }),
    )
  }

  actionDone(id: string, by: string): Promise<Alert> {
    const alert = this.get(id)
    if (!alert.acknowledgedAt || alert.actionDoneAt) throw refusal(alert, 'marked as done')
    return this.#commit(
      this.#noted(alert, 'alert.action-done', by, { actionDoneAt: iso(this.#parts.now()) }, {}),
    )
  }

  feedback(id: string, by: string, answer: FeedbackAnswer, note?: string): Promise<Alert> {
    const feedback = { answer, at: iso(this.#parts.now()), by, ...(note !== undefined && { note }) }
    return this.#commit(this.#noted(this.get(id), 'alert.feedback', by, { feedback }, { answer, note }))
  }

  /** What time alone brings: shelves that end, alerts that nobody answered. */
  async tick(): Promise<void> {
    const nowMs = this.#parts.now()
    for (const alert of [...this.#open.values()]) {
      if (alert.state === 'shelved' && alert.shelved && Date.parse(alert.shelved.until) <= nowMs)
        await this.#commit(this.#unshelved(alert, 'runtime', nowMs))
      else if (
        alert.state === 'unacknowledged' &&
        !alert.escalatedAt &&
        alert.escalateTo &&
        Date.parse(alert.respondBy) <= nowMs
      )
        await this.#commit(
          this.#noted(
            alert,
            'alert.escalated',
            'runtime',
            { escalatedAt: iso(nowMs) },
            { why: 'not acknowledged in time' },
          ),
        )
    }
  }

  #turned(
    watch: Watch,
    rule: AlertRule,
    r: number,
    record: InferenceRecord,
    row: number,
    active: boolean,
  ): AlertChange[] {
    const asset = record.assets[row]!
    const nowMs = this.#parts.now()
    const open = this.#find(record.model, asset, rule.id)
    if (!active) return open ? [this.#move(open, 'cleared', 'runtime', nowMs, { clearedAt: iso(nowMs) })] : []
    const raised = raise({
      manifest: watch.manifest,
      rule,
      asset,
      score: record.scores[watch.decider.watched[r]!]![row]!,
      explanation: watch.decider.explain((index) => record.values[index]![row]!),
      trackRecord: this.#parts.journal.trackRecord(record.model, rule.id),
      id: this.#parts.randomUUID(),
      nowMs,
    })
    if (!open)
      return [
        this.#keep({
          alert: raised,
          kind: 'alert.raised',
          timeMs: nowMs,
          by: 'runtime',
          detail: { alert: raised },
          row,
        }),
      ]
    const { clearedAt: _, ...rest } = open
    const change = this.#move(rest, 'raised', 'runtime', nowMs, {
      score: raised.score,
      contributions: raised.contributions,
    })
    return [{ ...change, row }]
  }

  #unshelved(alert: Alert, by: string, nowMs: number): AlertChange {
    const { shelved: _, ...rest } = alert
    const active = alert.clearedAt === undefined
    return this.#move(rest, active ? 'unshelved-active' : 'unshelved-clear', by, nowMs, {})
  }

  #move(
    alert: Alert,
    event: AlarmEvent,
    by: string,
    timeMs: number,
    fields: Partial<Alert>,
    detail: Record<string, unknown> = {},
  ): AlertChange {
    const state = next(alert.state, event)
    if (!state) throw refusal(alert, event)
    return this.#keep({
      alert: { ...alert, ...fields, state },
      kind: `alert.${event}`,
      timeMs,
      by,
      detail: { ...detail, from: alert.state, to: state },
    })
  }

  #noted(
    alert: Alert,
    kind: string,
    by: string,
    fields: Partial<Alert>,
    detail: Record<string, unknown>,
  ): AlertChange {
    return this.#keep({ alert: { ...alert, ...fields }, kind, timeMs: this.#parts.now(), by, detail })
  }

  #keep(change: AlertChange): AlertChange {
    this.#place(change.alert)
    return change
  }

  #place(alert: Alert): void {
    const key = conditionKey(alert.model.id, alert.asset, alert.rule)
    if (alert.state === 'normal') {
      this.#open.delete(alert.id)
      if (this.#byCondition.get(key) === alert.id) this.#byCondition.delete(key)
    } else {
      this.#open.set(alert.id, alert)
      this.#byCondition.set(key, alert.id)
    }
  }

  async #commit(change: AlertChange): Promise<Alert> {
    try {
      await this.#parts.journal.write((tx) => this.write(tx, [change]))
    } catch (error) {
      this.forget()
      throw error
    }
    this.announce([change])
    return change.alert
  }

  #find(model: string, asset: string, rule: string): Alert | undefined {
    const id = this.#byCondition.get(conditionKey(model, asset, rule))
    return id === undefined ? undefined : this.#open.get(id)
  }

  #worseOf(a: string | undefined, b: string | undefined): string | undefined {
    if (!a || !b) return a ?? b
    const order: Priority[] = ['high', 'medium', 'low']
    return order.indexOf(this.#open.get(b)!.priority) < order.indexOf(this.#open.get(a)!.priority) ? b : a
  }

  #reload(): void {
    this.#open.clear()
    this.#byCondition.clear()
    let cursor: string | undefined
    do {
      const page = this.#parts.journal.alerts({
        states: ['unacknowledged', 'acknowledged', 'returned-unacknowledged', 'shelved'],
        limit: 1000,
        ...(cursor !== undefined && { cursor }),
      })
      for (const alert of page.alerts) this.#place(alert)
      cursor = page.next ?? undefined
    } while (cursor !== undefined)
  }

  /** After a start: what has not cleared is still active; running delays start anew. */
  #restoredConditions(manifest: Manifest): Map<string, Condition[]> {
    const rules = manifest.decision.alerts
    const conditions = new Map<string, Condition[]>()
    for (const alert of this.#open.values()) {
      const r = rules.findIndex((rule) => rule.id === alert.rule)
      if (alert.model.id !== manifest.id || r < 0 || alert.clearedAt !== undefined) continue
      const known = conditions.get(alert.asset) ?? rules.map(() => quiet)
      known[r] = { active: true, turningSinceMs: null }
      conditions.set(alert.asset, known)
    }
    return conditions
  }
}

const conditionKey = (model: string, asset: string, rule: string) => JSON.stringify([model, asset, rule])

const iso = (ms: number) => new Date(ms).toISOString()

function refusal(alert: Alert, what: string): EdgewrightError {
  const who = alert.acknowledgedBy
    ? `, acknowledged by ${alert.acknowledgedBy} at ${alert.acknowledgedAt}`
    : ''
  return new EdgewrightError(
    'alert-transition',
    `this alert is ${alert.state}${who}, so it cannot be ${what}`,
  )
}
