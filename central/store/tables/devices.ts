import type { ColumnType, Generated, Selectable } from 'kysely'

export interface DeviceTables {
  /** A machine of the fleet. `id` stands for it in every other table, and is what they are distributed by. */
  devices: {
    id: Generated<number>
    /** sha256 of its public key, hex: how it is named everywhere outside the database. */
    device: string
    public_key: string
    name: string
    site: string
    groups: string[]
    /** Labels that people give it at central; rollouts choose by them. */
    labels: Generated<string[]>
    state: 'waiting' | 'enrolled' | 'revoked' | 'quarantined'
    /** Why it is revoked or quarantined, in words. */
    why: string | null
    enrolled_at: Date
    confirmed_at: Date | null
    confirmed_by: string | null
    last_seen: Date | null
    /** The machine's clock minus this one's, ms. */
    clock_offset_ms: number | null
    epoch: string | null
    /** DeviceReport, the newest. */
    report: ColumnType<unknown, string | null, string | null>
    report_at: Date | null
    /** Something was signed for it: it is told with its next heartbeat. */
    check_updates: Generated<boolean>
  }
}
export type DeviceRow = Selectable<DeviceTables['devices']>
