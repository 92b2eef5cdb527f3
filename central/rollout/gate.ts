import type { Gate, GateFigure } from '#core/contracts/rollout.ts'
import type { AlertRates, GroupCounts, GroupRecord } from './types.ts'

/** What a gate measures, each with its limit. Pure. */

const minuteMs = 60_000

/** Failures stop it from the first one on, and when they reach the limit: equality stops too. */
export function gateFigures(
  gate: Gate,
  record: GroupRecord,
  counts: GroupCounts,
  alerts: AlertRates | null,
  nowMs: number,
): GateFigure[] {
  return [
    ...failureFigures(gate, counts),
    ...(gate.alertsAgainst ? [alertFigure(gate.alertsAgainst, record, alerts)] : []),
    succeededFigure(gate, record, counts),
    soakFigure(gate, record, nowMs),
    ...(gate.approvals > 0 ? [approvalFigure(gate, record)] : []),
  ]
}

export const stops = (figures: readonly GateFigure[]): GateFigure | undefined =>
  figures.find(({ effect, met }) => effect === 'stop' && met)

/** Everything that lets it go on is reached, and alerts could be compared. */
export const opens = (figures: readonly GateFigure[]): boolean =>
  figures.every(({ effect, kind, met, value }) =>
    effect === 'go' ? met : !met && (kind !== 'alerts' || value !== null),
  )

function failureFigures(
  { maxFailures, maxFailureShare }: Gate,
  { failed, machines }: GroupCounts,
): GateFigure[] {
  const figures: GateFigure[] = []
  if (maxFailures !== undefined || maxFailureShare === undefined) {
    const limit = Math.max(1, maxFailures ?? 1)
    const met = failed >= limit
    figures.push({
      kind: 'failures',
      effect: 'stop',
      value: failed,
      limit,
      met,
      text: `${failed} refused, failed, held or rolled back; it stops at ${limit}`,
    })
  }
  if (maxFailureShare !== undefined) {
    const value = machines === 0 ? 0 : failed / machines
    figures.push({
      kind: 'failure-share',
      effect: 'stop',
      value,
      limit: maxFailureShare,
      met: failed > 0 && value >= maxFailureShare,
      text: `${percent(value)} of ${machines} refused, failed, held or rolled back; it stops at ${percent(maxFailureShare)}`,
    })
  }
  return figures
}

/** The change of the alert rate in percent; null: too few readings on either side to say. */
export function alertChange(rates: AlertRates | null, minimumReadings: number): number | null {
  if (!rates || rates.readings < minimumReadings || rates.readingsBefore < minimumReadings) return null
  const { readings, alerts, readingsBefore, alertsBefore } = rates
  // From none to some is beyond every limit.
  if (alertsBefore === 0) return alerts === 0 ? 0 : Number.MAX_SAFE_INTEGER
  // Divided once: (1.2 - 1) * 100 would fall short of 20, and equality counts.
  return (alerts * readingsBefore * 100) / (alertsBefore * readings) - 100
}

function alertFigure(
  { percent: limit, minimumReadings }: NonNullable<Gate['alertsAgainst']>,
  { alertsAccepted }: GroupRecord,
  rates: AlertRates | null,
): GateFigure {
  const { versionsBefore: versions = [], readings = 0, readingsBefore = 0 } = rates ?? {}
  const change = alertChange(rates, minimumReadings)
  const isOver = change !== null && Math.abs(change) >= limit
  const against = versions.length === 0 ? 'what ran before' : versions.join(', ')
  const text =
    change === null
      ? `alerts against ${against}: too few readings to say (${readings}, and ${readingsBefore} before, of ${minimumReadings})`
      : change === Number.MAX_SAFE_INTEGER
        ? `alerts against ${against}: some, where there were none; it stops at ±${limit} %`
        : `alerts against ${against}: ${change > 0 ? '+' : ''}${change.toFixed(1)} %; it stops at ±${limit} %`
  return {
    kind: 'alerts',
    effect: 'stop',
    value: change,
    limit,
    met: isOver && !alertsAccepted,
    against: { versions, readings, readingsBefore, minimum: minimumReadings },
    text: isOver && alertsAccepted ? `${text}; accepted by who resumed it` : text,
  }
}

function succeededFigure({ minimumN }: Gate, { state }: GroupRecord, counts: GroupCounts): GateFigure {
  const { succeeded, succeededNow, machines } = counts
  const silent = succeeded - succeededNow
  return {
    kind: 'succeeded',
    effect: 'go',
    value: succeededNow,
    limit: minimumN,
    met: succeededNow >= minimumN,
    text: `${succeeded} of ${machines} run it and passed${silent > 0 && state === 'active' ? `, ${silent} of them not heard of for an hour` : ''}; ${minimumN} must`,
  }
}

function soakFigure({ soakMin }: Gate, { soakSince, endedAt }: GroupRecord, nowMs: number): GateFigure {
  const until = endedAt === null ? nowMs : Date.parse(endedAt)
  const value = soakSince === null ? 0 : Math.max(0, (until - Date.parse(soakSince)) / minuteMs)
  return {
    kind: 'soak',
    effect: 'go',
    value,
    limit: soakMin,
    met: soakSince !== null && value >= soakMin,
    text:
      soakSince === null
        ? `its ${inTime(soakMin)} without fault begin once enough run it`
        : `held without fault for ${inTime(value)}; it goes on at ${inTime(soakMin)}`,
  }
}

function approvalFigure({ approvals: limit }: Gate, { approvals }: GroupRecord): GateFigure {
  return {
    kind: 'approvals',
    effect: 'go',
    value: approvals.length,
    limit,
    met: approvals.length >= limit,
    text:
      approvals.length === 0
        ? `nobody has approved it yet; ${limit} must`
        : `approved by ${approvals.map(({ by }) => by).join(' and ')}; ${limit} must`,
  }
}

const percent = (share: number) => `${Math.round(share * 1000) / 10} %`

function inTime(minutes: number): string {
  if (minutes < 1) return `${Math.floor(minutes * 60)} s`
  if (minutes < 120) return `${Math.floor(minutes)} min`
  return minutes < 48 * 60 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 1440)} days`
}
