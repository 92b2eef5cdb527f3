import type { Alert } from '#core/contracts/alert.ts'
import type { Priority } from '#core/contracts/manifest.ts'
import type { Journal } from '../journal/journal.ts'

const page = 1000

/** Every alert that is not normal, by id and by the condition it stands for. */
export class Board {
  #open = new Map<string, Alert>()
  #byCondition = new Map<string, string>()
  /** Alerts whose last change is still being written: the journal does not know it yet. */
  readonly #unsettled = new Map<string, Alert>()

  /** Goes back to what the journal holds; where that cannot be read, everything stays as it is. */
  load(journal: Journal): void {
    const alerts: Alert[] = []
    const states: Alert['state'][] = ['unacknowledged', 'acknowledged', 'returned-unacknowledged', 'shelved']
    let cursor: string | undefined
    do {
      const found = journal.alerts({ states, limit: page, ...(cursor !== undefined && { cursor }) })
      alerts.push(...found.alerts)
      cursor = found.next ?? undefined
    } while (cursor !== undefined)
    this.#open = new Map()
    this.#byCondition = new Map()
    this.#unsettled.clear()
    for (const alert of alerts) this.#keep(alert)
  }

  /** A change that is about to be written. */
  place(alert: Alert): void {
    this.#unsettled.set(alert.id, alert)
    this.#keep(alert)
  }

  /** The change has been written. */
  settled(alert: Alert): void {
    if (this.#unsettled.get(alert.id) === alert) this.#unsettled.delete(alert.id)
  }

  #keep(alert: Alert): void {
    const key = conditionKey(alert.model.id, alert.asset, alert.rule)
    if (alert.state !== 'normal') {
      this.#open.set(alert.id, alert)
      this.#byCondition.set(key, alert.id)
      return
    }
    this.#open.delete(alert.id)
    if (this.#byCondition.get(key) === alert.id) this.#byCondition.delete(key)
  }

  get(id: string): Alert | undefined {
    return this.#unsettled.get(id) ?? this.#open.get(id)
  }

  find(model: string, asset: string, rule: string): Alert | undefined {
    const id = this.#byCondition.get(conditionKey(model, asset, rule))
    return id === undefined ? undefined : this.#open.get(id)
  }

  ids(): string[] {
    return [...this.#open.keys()]
  }

  counts(): { unacknowledged: Record<Priority, number>; shelved: number } {
    const unacknowledged = { high: 0, medium: 0, low: 0 }
    let shelved = 0
    for (const { state, priority } of this.#open.values()) {
      if (state === 'unacknowledged' || state === 'returned-unacknowledged') unacknowledged[priority] += 1
      if (state === 'shelved') shelved += 1
    }
    return { unacknowledged, shelved }
  }

  /** Of the alerts of a model that have not cleared. */
  standing(model: string): Alert[] {
    return [...this.#open.values()].filter((a) => a.model.id === model && a.clearedAt === undefined)
  }
}

const conditionKey = (model: string, asset: string, rule: string) => JSON.stringify([model, asset, rule])

/** The one of higher priority; of two alike the first. */
export function worse(a: Alert | undefined, b: Alert | undefined): Alert | undefined {
  if (!a || !b) return a ?? b
  const order: Priority[] = ['high', 'medium', 'low']
  return order.indexOf(b.priority) < order.indexOf(a.priority) ? b : a
}
