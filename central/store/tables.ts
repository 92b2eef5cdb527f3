import type { AccountTables } from './tables/accounts.ts'
import type { DeviceTables } from './tables/devices.ts'
import type { FeedbackTables } from './tables/feedback.ts'
import type { NotifyTables } from './tables/notify.ts'
import type { PerformanceTables } from './tables/performance.ts'
import type { RegistryTables } from './tables/registry.ts'
import type { RolloutTables } from './tables/rollouts.ts'
import type { SyncTables } from './tables/sync.ts'

/** Every table of central, by area. The migrations of the same names make them. */
export interface Tables
  extends AccountTables,
    DeviceTables,
    SyncTables,
    RolloutTables,
    RegistryTables,
    FeedbackTables,
    NotifyTables,
    PerformanceTables {}
