import { lateAfterMs, offlineAfterMs, type Presence } from '#core/contracts/central.ts'

/** A machine that was late counts as online again once its heartbeats have come for this long. */
export const steadyAfterMs = 45_000

/** By this server's time alone; what a machine's clock says plays no part. */
export interface Watch {
  nowMs: number
  /** When the server last was before its present start, and how long it then was not: silence that was its own. */
  heardUntilMs: number
  outageMs: number
}

export interface Seen {
  lastSeenMs: number | null
  /** First heartbeat after it was late; null: it never was. */
  returnedMs: number | null
  /** It said that something is being brought in. */
  updating: boolean
}

/** For how long a machine has been silent while the server could hear it, ms. */
export const silenceMs = (lastSeenMs: number, { nowMs, heardUntilMs, outageMs }: Watch): number =>
  nowMs - lastSeenMs - (lastSeenMs <= heardUntilMs ? outageMs : 0)

export function presenceOf({ lastSeenMs, returnedMs, updating }: Seen, watch: Watch): Presence {
  if (lastSeenMs === null) return 'never'
  const silent = silenceMs(lastSeenMs, watch)
  if (silent > offlineAfterMs) return 'offline'
  if (silent > lateAfterMs) return 'late'
  // One heartbeat of a machine that comes and goes makes nothing green.
  if (returnedMs !== null && lastSeenMs - returnedMs < steadyAfterMs) return 'late'
  return updating ? 'updating' : 'online'
}
