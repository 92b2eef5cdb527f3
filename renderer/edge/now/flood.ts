import type { Alert } from '#core/contracts/alert.ts'
import { byUrgency } from '../alert/order.ts'

/** ISA-18.2: ten alerts in ten minutes are more than one person can take in. */
export const floodCount = 10
export const floodMs = 600_000

export interface FloodGroup {
  key: string
  /** The most urgent first. */
  alerts: Alert[]
  /** How many were raised in each of the last ten minutes, the newest last. */
  perMinute: number[]
}

export function recent(alerts: readonly Alert[], nowMs: number): readonly Alert[] {
  return alerts.filter((alert) => nowMs - Date.parse(alert.raisedAt) <= floodMs)
}

export function isFlood(alerts: readonly Alert[], nowMs: number): boolean {
  return recent(alerts, nowMs).length >= floodCount
}

/** One group for each rule of a model; alerts of high priority stay on their own. Nothing is left out. */
export function floodGroups(alerts: readonly Alert[], nowMs: number): FloodGroup[] {
  const groups = new Map<string, Alert[]>()
  for (const alert of [...alerts].sort(byUrgency)) {
    const key = alert.priority === 'high' ? alert.id : JSON.stringify([alert.model.id, alert.rule])
    groups.set(key, [...(groups.get(key) ?? []), alert])
  }
  return [...groups].map(([key, members]) => ({
    key,
    alerts: members,
    perMinute: countPerMinute(members, nowMs),
  }))
}

function countPerMinute(alerts: readonly Alert[], nowMs: number): number[] {
  const counts = new Array<number>(10).fill(0)
  for (const alert of alerts) {
    const minute = 9 - Math.floor((nowMs - Date.parse(alert.raisedAt)) / 60_000)
    if (minute >= 0 && minute <= 9) counts[minute] = (counts[minute] ?? 0) + 1
  }
  return counts
}
