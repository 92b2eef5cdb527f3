import type { ColumnType, Generated, Selectable } from 'kysely'
import type { DeviceModel, DeviceProblem, DeviceState } from '#core/contracts/fleet.ts'

export interface DeviceTables {
  /** A machine of the fleet. `id` stands for it in every other table, and is what they are distributed by. */
  devices: {
    id: Generated<number>
    /** sha256 of its public key, hex: how it is named everywhere outside the database. */
    device: string
    public_key: string
    name: string
    site: string
    /** Without the one of its own. */
    groups: string[]
    /** Labels that people give it at central; rollouts choose by them. */
    labels: Generated<string[]>
    state: DeviceState
    /** Why it is revoked or quarantined, in words. */
    why: string | null
    enrolled_at: Date
    confirmed_at: Date | null
    confirmed_by: string | null
    last_seen: Date | null
    /** First heartbeat after it was late; null: it never was. */
    returned_at: Date | null
    /** The machine's clock minus this one's, ms. */
    clock_offset_ms: number | null
    epoch: string | null
    boot_id: string | null
    former_boot: string | null
    /** How often its former boot was heard of again: one machine starts anew, two take turns. */
    boot_flips: Generated<number>
    /** DeviceReport, the newest. */
    report: ColumnType<unknown, string | null, string | null>
    report_at: Date | null
    report_boot: string | null
    report_mono: number | null
    /** Something was signed for it: it is told with its next heartbeat. */
    check_updates: Generated<boolean>

    // Out of the report, for lists:
    version: string | null
    updating: Generated<boolean>
    waiting_items: number | null
    alerts_high: number | null
    alerts_medium: number | null
    alerts_low: number | null
    alerts_shelved: number | null
    models: ColumnType<DeviceModel[], string | undefined, string>
    problems: ColumnType<DeviceProblem[], string | undefined, string>
  }
  join_codes: {
    id: Generated<number>
    token_hash: string
    site: string
    groups: string[]
    labels: string[]
    created_at: Date
    created_by: string
    expires_at: Date
    withdrawn_at: Date | null
    used_at: Date | null
    device_id: number | null
  }
  spent: { what: string; expires_at: Date }
  server_secrets: { name: string; secret: Buffer; created_at: Date }
  server_times: { name: string; at: Date }
}
export type DeviceRow = Selectable<DeviceTables['devices']>
export type JoinCodeRow = Selectable<DeviceTables['join_codes']>
