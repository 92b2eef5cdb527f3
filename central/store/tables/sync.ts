import type { ColumnType, Generated } from 'kysely'

type Json = ColumnType<unknown, string, string>

export interface SyncTables {
  journals: {
    device_id: number
    epoch: string
    n: number
    before: string | null
    gone: Generated<boolean>
    started_at: Date
    why: string
    tips: Json
    announced_at: Date
  }
  watermarks: {
    device_id: number
    stream: number
    epoch: string
    ack: number
    digest: Buffer
    blocks: number
    at: Date
  }
  blocks: {
    device_id: number
    stream: number
    epoch: string
    first: number
    last: number
    at_ms: number
    received: Date
    kind: string
    shape: string
    digest: Buffer
    projected: boolean
    thinned: number | null
    gone: 'dropped' | 'withheld' | null
    content: Buffer | null
  }
  events: {
    device_id: number
    stream: number
    epoch: string
    seq: number
    at: Date
    received: Date
    kind: string
    by: string
    body: Json
  }
  shapes: { sha256: string; json: string }
  checkpoints: {
    device_id: number
    counter: number
    epoch: string
    at: Date
    kept: Json
    received: Date
    countersignature: ColumnType<unknown, string | null, string | null>
  }
  findings: {
    id: Generated<number>
    device_id: number
    at: Date
    kind: string
    words: string
    detail: Json
  }
}
