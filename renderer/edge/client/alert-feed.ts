import type { Alert, AlertState } from '#core/contracts/alert.ts'

/** The states that stand on Now. */
export const activeStates: readonly AlertState[] = [
  'unacknowledged',
  'acknowledged',
  'returned-unacknowledged',
]

export function isActive(alert: Pick<Alert, 'state'>): boolean {
  return activeStates.includes(alert.state)
}

export function hasEnded(alert: Pick<Alert, 'state'>): boolean {
  return alert.state === 'normal'
}

/** What Recent shows. */
export const recentCount = 50

/** The newest of the alerts that are over, by when they were raised, as the runtime pages them. */
export function newestEnded(alerts: readonly Alert[]): readonly Alert[] {
  const newest = (a: Alert, b: Alert) =>
    Date.parse(b.raisedAt) - Date.parse(a.raisedAt) || (a.id < b.id ? 1 : -1)
  return [...alerts].sort(newest).slice(0, recentCount)
}

/** A list of the alerts that `belongs` keeps, after some of them changed. The same list where nothing did. */
export function withChanges(
  alerts: readonly Alert[],
  changes: readonly Alert[],
  belongs: (alert: Alert) => boolean,
): readonly Alert[] {
  if (changes.length === 0) return alerts
  const byId = new Map(alerts.map((alert) => [alert.id, alert]))
  for (const alert of changes) {
    if (belongs(alert)) byId.set(alert.id, alert)
    else byId.delete(alert.id)
  }
  return [...byId.values()]
}

/**
 * Changes that arrive while a list is being fetched are newer than the list, or the same; without being put on top of
 * it they would be lost.
 */
export class ChangesDuring {
  readonly #running = new Set<Alert[]>()

  async fetch(
    load: () => Promise<readonly Alert[]>,
    belongs: (alert: Alert) => boolean,
  ): Promise<readonly Alert[]> {
    const changes: Alert[] = []
    this.#running.add(changes)
    try {
      return withChanges(await load(), changes, belongs)
    } finally {
      this.#running.delete(changes)
    }
  }

  saw(alerts: readonly Alert[]): void {
    for (const changes of this.#running) changes.push(...alerts)
  }
}
