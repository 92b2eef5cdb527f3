/**
 * Streams in the order of their importance for sync: what is in `events` is never dropped, what is in `raw` first.
 * The number is what is stored and sent.
 */
export const streams = { events: 0, rollout: 1, metrics: 2, inference: 3, raw: 4 } as const
export type Stream = keyof typeof streams
export const streamNames = Object.keys(streams) as Stream[]
