import type { Presence } from '#core/contracts/central.ts'
import {
  type DeviceDetail,
  type DeviceModel,
  type DeviceProblem,
  type DeviceSummary,
  type FleetSummary,
  ownGroup,
  type SiteSummary,
} from '#core/contracts/fleet.ts'

/** The scene of the mock: six plants on a Tuesday afternoon. */
export const fleetStartMs = Date.parse('2026-11-24T14:32:07Z')

type Alert = 'high' | 'medium' | 'low'
interface Plant {
  site: string
  machines: number
  rate: number
  /** By place; every other machine is online. */
  presence?: Readonly<Record<number, Presence>>
  alerts?: Readonly<Record<number, Alert>>
}

const run = (from: number, to: number, presence: Presence) =>
  Object.fromEntries(Array.from({ length: to - from + 1 }, (_, i) => [from + i, presence]))

export const plants: readonly Plant[] = [
  {
    site: 'aalborg',
    machines: 44,
    rate: 0.4,
    presence: { ...run(21, 22, 'updating'), 26: 'late', 43: 'never' },
  },
  {
    site: 'brno',
    machines: 44,
    rate: 0.6,
    presence: { 25: 'offline', 37: 'updating' },
    alerts: { 9: 'high' },
  },
  {
    site: 'cork',
    machines: 40,
    rate: 0.3,
    presence: { 3: 'offline', ...run(18, 19, 'late'), 21: 'offline', 24: 'late' },
  },
  { site: 'delft', machines: 38, rate: 0.2, presence: { 32: 'updating' } },
  {
    ...{ site: 'essen', machines: 42, rate: 1.3, alerts: { 5: 'medium', 17: 'medium' } },
    presence: { 6: 'updating', 7: 'late', 11: 'late', ...run(25, 33, 'offline') },
  },
  {
    ...{ site: 'ferrara', machines: 36, rate: 0.5, alerts: { 0: 'low', 8: 'low', 20: 'low', 30: 'low' } },
    presence: { 4: 'late', ...run(12, 13, 'offline'), 19: 'late', ...run(34, 35, 'never') },
  },
]

const seenBeforeMs: Readonly<Record<Presence, number | null>> = {
  ...{ online: 20_000, updating: 4_000, late: 11 * 60_000, offline: 5 * 3_600_000, never: null },
}
const silent: DeviceProblem = { kind: 'silent', model: null, text: 'Nothing was heard of it for 5 h.' }
const held: DeviceProblem = {
  ...{ kind: 'held', model: 'milling', text: '1.1.0 is held there: golden vectors differ.' },
} as const
const waiting: DeviceProblem = {
  ...{ kind: 'waiting', model: null, text: 'Compare the fingerprint that it shows, and confirm it.' },
} as const

const iso = (ms: number) => new Date(ms).toISOString()
/** 64 hex digits, another for each place. */
const deviceId = (n: number) => (n * 2654435761).toString(16).padStart(12, '0').repeat(6).slice(0, 64)

function summary({ site, presence = {}, alerts = {} }: Plant, i: number, n: number): DeviceSummary {
  const is = presence[i] ?? 'online'
  const before = seenBeforeMs[is]
  const lastSeenAt = before === null ? null : iso(fleetStartMs - before)
  const alert = alerts[i]
  const isHeld = site === 'cork' && i === 6
  const isWaiting = is === 'never' && site === 'ferrara'
  const model: DeviceModel = {
    ...{ id: 'milling', running: i % 5 === 0 ? '1.1.0' : '1.0.4', digest: 'a'.repeat(64), state: 'running' },
    ...{ since: iso(fleetStartMs - 86_400_000), previous: '1.0.3', staged: null, answeredBy: 'model' },
    ...{ progress: is === 'updating' ? { version: '1.1.0', state: 'downloading', reason: null } : null },
    held: isHeld
      ? {
          ...{ version: '1.1.0', digest: 'b'.repeat(64), since: iso(fleetStartMs - 7_200_000) },
          ...{ by: 'M. Keller (technician)', reason: 'golden vectors differ' },
        }
      : null,
  }
  return {
    ...{
      device: deviceId(n),
      name: `Mill ${i + 1}`,
      site,
      groups: [i % 11 === 0 ? 'canary' : 'line-1'],
      labels: [],
    },
    ...{ state: isWaiting ? 'waiting' : 'enrolled', why: null, presence: is, lastSeenAt, clockOffsetMs: 140 },
    alerts: { high: 0, medium: 0, low: 0, shelved: 0, ...(alert && { [alert]: 1 }) },
    models: before === null ? [] : [model],
    ...{
      waiting: before === null ? null : 14,
      reportAt: lastSeenAt,
      version: before === null ? null : '0.1.0',
    },
    problems: [
      ...(is === 'offline' ? [silent] : []),
      ...(isHeld ? [held] : []),
      ...(isWaiting ? [waiting] : []),
    ],
  }
}

export const machinesOf = (of: readonly Plant[] = plants): DeviceSummary[] => {
  let n = 0
  return of.flatMap((plant) => Array.from({ length: plant.machines }, (_, i) => summary(plant, i, ++n)))
}

/** Those of which there is something to say, and a few of the others: every sign there is, on fewer squares. */
export const fewMachines = (): DeviceSummary[] =>
  machinesOf().filter(
    ({ presence, alerts, problems }, i) =>
      presence !== 'online' || alerts?.high || alerts?.medium || problems.length > 0 || i % 40 === 0,
  )

const presences = ['online', 'updating', 'late', 'offline', 'never'] as const
const rank = ['high', 'medium', 'low'] as const
const alertOf = ({ alerts }: DeviceSummary): Alert | null =>
  rank.find((each) => (alerts?.[each] ?? 0) > 0) ?? null

function totals(machines: readonly DeviceSummary[]) {
  const presence = Object.fromEntries(
    presences.map((each) => [each, machines.filter((one) => one.presence === each).length]),
  ) as Record<Presence, number>
  const sum = (what: Alert | 'shelved') =>
    machines.reduce((all, { alerts }) => all + (alerts?.[what] ?? 0), 0)
  const alerts = { high: sum('high'), medium: sum('medium'), low: sum('low'), shelved: sum('shelved') }
  return { presence, alerts }
}

/** As central adds it up; squares only of sites with at most `most` machines. */
export function fleetOf(machines: readonly DeviceSummary[], nowMs: number, most = 200): FleetSummary {
  const counted = machines.filter(({ state }) => state !== 'revoked')
  const names = [...new Set(counted.map(({ site }) => site))]
  const sites = names.map((site): SiteSummary => {
    const there = counted.filter((each) => each.site === site)
    return {
      ...{ site, machines: there.length, ...totals(there) },
      problems: there.filter(({ problems }) => problems.length > 0).length,
      alertsPer10Min: plants.find((plant) => plant.site === site)?.rate ?? null,
      squares:
        there.length > most
          ? null
          : there.map((each) => ({
              ...{ device: each.device, name: each.name, presence: each.presence, state: each.state },
              alert: alertOf(each),
            })),
    }
  })
  return {
    ...{ serverMs: nowMs, machines: counted.length, ...totals(counted), sites },
    waiting: counted.filter(({ state }) => state === 'waiting').length,
    quarantined: counted.filter(({ state }) => state === 'quarantined').length,
  }
}

/** What its own page shows beside the summary. */
export function detailOf(machine: DeviceSummary): DeviceDetail {
  const { device, name } = machine
  const at = iso(fleetStartMs - 30 * 86_400_000)
  return {
    ...machine,
    ...{ publicKey: 'c'.repeat(64), ownGroup: ownGroup(device), enrolledAt: at },
    ...(machine.state === 'waiting'
      ? { confirmedAt: null, confirmedBy: null }
      : { confirmedAt: at, confirmedBy: 'A. Berg' }),
    ...{ epoch: 'e1', report: null },
    epochs: [
      {
        ...{ epoch: 'e1', startedAt: at, why: 'created' },
        streams: [
          { stream: 'events', ack: 4_218 },
          { stream: 'rollout', ack: 96 },
          { stream: 'metrics', ack: 43_200 },
        ],
      },
    ],
    checkpoints: [
      { counter: 721, at: iso(fleetStartMs - 600_000), epoch: 'e1', countersignedAt: null, problem: null },
      {
        counter: 720,
        at: iso(fleetStartMs - 4_200_000),
        epoch: 'e1',
        countersignedAt: iso(fleetStartMs - 4_199_000),
        problem: null,
      },
    ],
    log: [
      ...(machine.state === 'waiting'
        ? []
        : [{ id: 2, at, by: 'A. Berg', kind: 'device.confirmed', body: {} }]),
      { id: 1, at, by: ownGroup(device), kind: 'device.enrolled', body: { device, name } },
    ],
  }
}
