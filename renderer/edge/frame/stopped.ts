import type { Status } from '#core/contracts/api.ts'
import type { ModelSummary } from '#core/contracts/deployment.ts'

/** A lane that crashed may come back; for this long that is not yet "AI stopped". */
export const restartGraceMs = 5000

/** When each model was first seen starting again, epoch ms of the runtime. */
export type Restarts = ReadonlyMap<string, number>

/** The restarts after one more look; the same map where nothing changed. */
export function trackRestarts(before: Restarts, status: Status): Restarts {
  const now = new Map<string, number>()
  for (const { id, slots } of status.models)
    if (slots.running?.lane?.state === 'restarting') now.set(id, before.get(id) ?? status.serverTimeMs)
  const same = now.size === before.size && [...now.keys()].every((id) => before.has(id))
  return same ? before : now
}

export type Judging =
  | { judges: true }
  /** A first version is on its way. */
  | { judges: false; why: 'preparing'; version: string }
  | { judges: false; why: 'lane' | 'restarting' | 'refused' | 'withdrawn'; version: string; reason: string }
  | { judges: false; why: 'closed'; version: string }
  | { judges: false; why: 'none' }

/** Whether anything judges this model's readings, the model or its rules; and if not, why not. */
export function judging(
  { id, answeredBy, why, slots: { running, staged } }: ModelSummary,
  restarts: Restarts,
  nowMs: number,
): Judging {
  if (answeredBy === 'rules') return { judges: true }
  if (running) {
    const { version, lane, deployment } = running
    if (deployment.state === 'withdrawn')
      return { judges: false, why: 'withdrawn', version, reason: why ?? deployment.reason }
    switch (lane?.state) {
      case 'ready':
      case 'starting':
        return answeredBy === 'nobody' && why !== undefined
          ? { judges: false, why: 'lane', version, reason: why }
          : { judges: true }
      case 'failed':
        return { judges: false, why: 'lane', version, reason: lane.reason }
      case 'restarting':
        return nowMs - (restarts.get(id) ?? nowMs) > restartGraceMs
          ? { judges: false, why: 'restarting', version, reason: lane.reason }
          : { judges: true }
      case 'closed':
      case undefined:
        return { judges: false, why: 'closed', version }
    }
  }
  if (!staged) return { judges: false, why: 'none' }
  const { version, deployment } = staged
  if (deployment.state === 'refused' || deployment.state === 'rolled-back')
    return { judges: false, why: 'refused', version, reason: deployment.reason }
  return { judges: false, why: 'preparing', version }
}
