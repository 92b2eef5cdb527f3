import type { ColumnType, Generated, Selectable } from 'kysely'
import type { RolloutPlan, RolloutState } from '#core/contracts/rollout.ts'
import type { GroupRecord } from '../../rollout/types.ts'

type Json<T> = ColumnType<T, string, string>

export interface RolloutTables {
  rollouts: {
    id: Generated<number>
    model: string
    version: string
    /** Of the package, sha256, hex. */
    digest: string
    plan: Json<RolloutPlan>
    state: Json<RolloutState>
    groups: Json<GroupRecord[]>
    /** To start at all. */
    approvals: Json<{ by: string; at: string }[]>
    signing: ColumnType<{ role: string; why: string; hint: string }[], string | undefined, string>
    /** Nothing is left to be signed for it: done and tidied up, or aborted and taken back. */
    settled: Generated<boolean>
    open: Generated<boolean>
    proposed_by: string
    created_at: Date
    revision: Generated<number>
  }
  rollout_machines: {
    rollout_id: number
    device_id: number
    grp: number
    site: string
    state: string
    reason: string | null
    by: string | null
    since: Date
    assigned_at: Date | null
    accepted: Generated<boolean>
    before: ColumnType<{ version: string; digest: string } | null, string | null, never>
    entry_before: ColumnType<
      { version: string; activate: 'at-once' | 'by-technician' } | null,
      string | null,
      never
    >
    seen_at: Date | null
  }
  device_events: {
    id: Generated<number>
    device_id: number
    stream: number
    epoch: string
    seq: number
    at: Date
    received: Date
    by: string
    kind: string
    model: string | null
    version: string | null
    digest: string | null
    body: Json<Record<string, unknown>>
  }
}
export type RolloutRow = Selectable<RolloutTables['rollouts']>
export type RolloutMachineRow = Selectable<RolloutTables['rollout_machines']>
