/**
 * Streams in the order of their importance for sync: what is in `events` is never dropped, what is in `raw` first.
 * The number is what is stored and sent.
 */
export const streams = { events: 0, rollout: 1, metrics: 2, inference: 3, raw: 4 } as const
export type Stream = keyof typeof streams
/** The streams whose rows are events. */
export type EventStream = 'events' | 'rollout' | 'metrics'

export const streamNames = Object.keys(streams) as Stream[]

/** The id of a reading whose sender gave none: its address. */
export function addressId(epoch: string, seq: number): string {
  return `${epoch.slice(0, 8)}.${seq}`
}

/** What an address names; undefined where `id` does not have the form of one. */
export function parseAddress(id: string): { epochPrefix: string; seq: number } | undefined {
  const match = /^([0-9a-f]{8})\.([1-9]\d{0,15})$/.exec(id)
  return match ? { epochPrefix: match[1]!, seq: Number(match[2]) } : undefined
}
