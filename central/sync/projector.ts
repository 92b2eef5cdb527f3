import type { Database } from '../store/database.ts'

/** The machine that a batch came from. */
export interface DeviceRef {
  /** In the database. */
  id: number
  /** sha256 of its public key, hex. */
  device: string
  name: string
  site: string
}

/** A row of the streams `events`, `rollout` or `metrics` as it arrived, for the first and only time. */
export interface ArrivedEvent {
  stream: 'events' | 'rollout' | 'metrics'
  epoch: string
  seq: number
  kind: string
  /** The machine's own time of it. */
  timeMs: number
  /** Who, as the machine calls them. */
  by: string
  body: unknown
}

/**
 * What an area makes of events, inside the transaction that stores them: exactly once for each, in the machine's order.
 * A body that it does not understand it leaves alone (an older or newer machine wrote it) and says so to `tell`; what it throws
 * refuses the whole batch, so it throws only where the database does.
 */
export interface Projector {
  /** Kinds that it wants: whole names, or beginnings that end with a dot (`alert.`). */
  kinds: readonly string[]
  apply(
    tx: Database,
    device: DeviceRef,
    events: readonly ArrivedEvent[],
    tell: (problem: object) => void,
  ): Promise<void>
}
