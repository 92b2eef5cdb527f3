import type { Alert } from '#core/contracts/alert.ts'
import type { Priority } from '#core/contracts/manifest.ts'
import { isActive } from '../client/alert-feed.ts'

/** 1 high, 2 medium, 3 low: the number in `data-p`. */
export const rank: Readonly<Record<Priority, number>> = { high: 1, medium: 2, low: 3 }
/** Saturated colour belongs to active alarms: 0, grey, for what is over or put aside. */
export function colourOf(alert: Pick<Alert, 'priority' | 'state'>): number {
  return isActive(alert) ? rank[alert.priority] : 0
}
export const priorities: readonly Priority[] = ['high', 'medium', 'low']

/**
 * By priority, then what still holds before what is over, then age, the oldest first: it is due first. Acknowledging
 * changes none of them, so nothing moves when somebody does; a new alert comes in under its elders.
 */
export function byUrgency(a: Alert, b: Alert): number {
  return (
    rank[a.priority] - rank[b.priority] ||
    Number(isOver(a)) - Number(isOver(b)) ||
    Date.parse(a.raisedAt) - Date.parse(b.raisedAt) ||
    (a.id < b.id ? -1 : 1)
  )
}

const isOver = ({ clearedAt }: Alert) => clearedAt !== undefined

/**
 * What the list shows: everything, in order; but while a finger is down in it the cards that are there stay where they
 * are, with their present content, and none comes or goes.
 */
export function steadyList(
  shown: readonly Alert[],
  latest: readonly Alert[],
  held: boolean,
): readonly Alert[] {
  if (!held) return [...latest].sort(byUrgency)
  const byId = new Map(latest.map((alert) => [alert.id, alert]))
  return shown.map((alert) => byId.get(alert.id) ?? alert)
}
