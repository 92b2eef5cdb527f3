import type { MetricsWindow } from '../contracts/metrics-window.ts'

const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs

/** How coarse windows of this age may be told, ms; undefined: as they were written. */
export function spanOfAge(ageMs: number): number | undefined {
  if (ageMs > 7 * dayMs) return dayMs
  return ageMs > dayMs ? 15 * minuteMs : undefined
}

/** Windows of one version in one stretch of time: their counters add up. Pure; the order of what it gets does not matter. */
export function mergeWindows(windows: readonly MetricsWindow[]): MetricsWindow {
  const [first, ...rest] = windows
  if (!first) throw new RangeError('There is nothing to merge.')
  return rest.reduce(merged, first)
}

function merged(a: MetricsWindow, b: MetricsWindow): MetricsWindow {
  const sum = (name: Counter) => a[name] + b[name]
  const answers = added(a.answers, b.answers)
  return {
    ...{ model: a.model, version: a.version, digest: a.digest },
    fromMs: Math.min(a.fromMs, b.fromMs),
    toMs: Math.max(a.toMs, b.toMs),
    ...(Object.fromEntries(counters.map((name) => [name, sum(name)])) as Record<Counter, number>),
    ...(answers && { answers }),
    latency: added(a.latency, b.latency) ?? {},
    merged: (a.merged ?? 1) + (b.merged ?? 1),
  }
}

const counters = [
  'readings',
  'alert',
  'normal',
  'abstain',
  'rejected',
  'byRules',
  'marked',
  'alertsRaised',
] as const
type Counter = (typeof counters)[number]
type Counts = Record<string, number>

function added(a: Counts | undefined, b: Counts | undefined): Counts | undefined {
  if (!a || !b) return a ?? b
  const sum = { ...a }
  for (const [name, n] of Object.entries(b)) sum[name] = (sum[name] ?? 0) + n
  return sum
}
