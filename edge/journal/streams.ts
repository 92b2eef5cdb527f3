import type { Stream } from '#core/chain/streams.ts'

export { type Stream, streamNames, streams } from '#core/chain/streams.ts'

/** The streams whose rows are events. */
export type EventStream = Extract<Stream, 'events' | 'rollout' | 'metrics'>

/** The id of a reading whose sender gave none: its address. */
export function addressId(epoch: string, seq: number): string {
  return `${epoch.slice(0, 8)}.${seq}`
}

/** What an address names; undefined where `id` does not have the form of one. */
export function parseAddress(id: string): { epochPrefix: string; seq: number } | undefined {
  const match = /^([0-9a-f]{8})\.([1-9]\d{0,15})$/.exec(id)
  return match ? { epochPrefix: match[1]!, seq: Number(match[2]) } : undefined
}
