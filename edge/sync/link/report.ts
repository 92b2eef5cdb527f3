import { statfs } from 'node:fs/promises'
import type { DeviceReport } from '#core/contracts/sync.ts'
import type { Deployments } from '../../deploy/deployments.ts'
import type { Updates } from '../../update/updates.ts'

export interface ReportParts {
  machine: () => string
  version: string
  startedAtMs: number
  deployments: Pick<Deployments, 'list'>
  updates: Pick<Updates, 'status'>
  alerts: () => { unacknowledged: { high: number; medium: number; low: number }; shelved: number }
  /** Rows that wait to be sent, by stream. */
  waiting: () => DeviceReport['waiting']
  newestReadingAtMs: () => number | null
  allowUnsigned: () => boolean
  dataDir: string
}

/** How this machine stands now. */
export async function reportOf(parts: ReportParts): Promise<DeviceReport> {
  const { trust, root, progress, lastCheck, clock, busy } = parts.updates.status()
  const { unacknowledged, shelved } = parts.alerts()
  return {
    machine: parts.machine(),
    version: parts.version,
    startedAtMs: parts.startedAtMs,
    platform: `${process.platform}-${process.arch}`,
    models: parts.deployments.list().map(({ id, title, slots, answeredBy, why, rollback, lastRollback }) => ({
      ...{ id, title, slots, answeredBy, rollback, lastRollback },
      ...(why !== undefined && { why }),
    })),
    updates: { trust, root, progress, lastCheck, clock, busy },
    alerts: { ...unacknowledged, shelved },
    waiting: parts.waiting(),
    newestReadingAtMs: parts.newestReadingAtMs(),
    allowUnsigned: parts.allowUnsigned(),
    diskFreeBytes: await freeBytes(parts.dataDir),
  }
}

async function freeBytes(dir: string): Promise<number | null> {
  try {
    const { bavail, bsize } = await statfs(dir)
    return bavail * bsize
  } catch {
    return null // told as not known
  }
}

/** What of a report is news: the same text for two that differ only in what changes by itself, all the time. */
export function newsIn({
  waiting: _,
  newestReadingAtMs: __,
  diskFreeBytes: ___,
  ...report
}: DeviceReport): string {
  const { clock, lastCheck, ...updates } = report.updates
  const { at: _at, ...check } = lastCheck ?? { at: '' }
  return JSON.stringify(
    { ...report, updates: { ...updates, check, behind: clock.behind } },
    (key, value: unknown) => (quiet.has(key) ? undefined : value),
  )
}

/** Of a slot: what its process holds now; of the way back: what the last marker took. */
const quiet = new Set(['memoryMb', 'expectedMs', 'text'])
