import { offlineAfterMs } from '#core/contracts/central.ts'
import type { DeviceProblem, DeviceSummary } from '#core/contracts/fleet.ts'
import type { ListedDevice } from '../store/devices-list.ts'
import { presenceOf, silenceMs, type Watch } from './presence.ts'

/** Beyond it, either way, somebody should look at a machine's clock. */
export const clockLimitMs = 60_000

const iso = (at: Date | null): string | null => at?.toISOString() ?? null

export function summaryOf(row: ListedDevice, watch: Watch): DeviceSummary {
  const { device, name, site, groups, labels, state, why, models, version } = row
  const counts = [row.alerts_high, row.alerts_medium, row.alerts_low, row.alerts_shelved]
  const [high, medium, low, shelved] = counts.map((count) => count ?? 0) as [number, number, number, number]
  return {
    device,
    name,
    site,
    groups,
    labels,
    state,
    why,
    presence: presenceOf(
      {
        lastSeenMs: row.last_seen?.getTime() ?? null,
        returnedMs: row.returned_at?.getTime() ?? null,
        updating: row.updating,
      },
      watch,
    ),
    lastSeenAt: iso(row.last_seen),
    clockOffsetMs: row.clock_offset_ms,
    alerts: row.alerts_high === null ? null : { high, medium, low, shelved },
    models,
    waiting: row.waiting_items,
    reportAt: iso(row.report_at),
    version,
    problems: [...problemsNow(row, watch), ...(state === 'revoked' ? [] : row.problems)],
  }
}

/** Those that are not in its report. */
function problemsNow(
  { state, why, last_seen, clock_offset_ms }: ListedDevice,
  watch: Watch,
): DeviceProblem[] {
  const say = (kind: DeviceProblem['kind'], text: string) => ({ kind, model: null, text })
  if (state === 'revoked') return []
  if (state === 'waiting') return [say('waiting', 'Its fingerprint is to be compared and confirmed.')]
  const problems: DeviceProblem[] = []
  if (state === 'quarantined') problems.push(say('quarantined', `In quarantine: ${why ?? 'no reason told'}`))
  if (last_seen && silenceMs(last_seen.getTime(), watch) > offlineAfterMs)
    problems.push(say('silent', `Not heard of since ${last_seen.toISOString()}.`))
  if (clock_offset_ms !== null && Math.abs(clock_offset_ms) > clockLimitMs)
    problems.push(say('clock', `Its clock is ${inWords(clock_offset_ms)}.`))
  return problems
}

function inWords(offsetMs: number): string {
  const seconds = Math.abs(offsetMs) / 1000
  const [amount, unit] =
    seconds < 120
      ? [seconds, 's']
      : seconds < 7200
        ? [seconds / 60, 'min']
        : seconds < 172_800
          ? [seconds / 3600, 'h']
          : [seconds / 86_400, 'days']
  return `${Math.round(amount)} ${unit} ${offsetMs > 0 ? 'ahead' : 'behind'}`
}
