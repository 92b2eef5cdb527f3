import type { Presence } from '#core/contracts/central.ts'
import {
  type Chooser,
  type Chosen,
  type DeviceDetail,
  type DeviceSummary,
  type DevicesPage,
  type DevicesQuery,
  deviceDetailSchema,
  type FleetSummary,
  ownGroup,
  type PresenceCounts,
  type SiteSummary,
  type Square,
} from '#core/contracts/fleet.ts'
import type { Base } from '../central.ts'
import { devicesFitting } from '../store/devices.ts'
import { checkpointsOf, deviceInBrief, deviceInFull, epochsOf, logOf } from '../store/devices-detail.ts'
import {
  alertsRaised,
  countDevices,
  countSites,
  listDevices,
  squaresOf,
  type WatchTimes,
} from '../store/devices-list.ts'
import { isInShare } from './choose.ts'
import { pageCursor, readCursor } from './cursor.ts'
import { unknownDevice } from './fleet-keeper.ts'
import { presenceOf, steadyAfterMs, type Watch } from './presence.ts'
import { clockLimitMs, summaryOf } from './summary.ts'

const mostSquares = 5_000
const alertsOverMs = 3_600_000
const per10Min = alertsOverMs / 600_000

export interface ViewParts {
  base: Pick<Base, 'db'>
  watch: () => Watch
}

/** A machine that a chooser means. */
export interface ChosenDevice {
  id: number
  device: string
  name: string
  site: string
  presence: Presence
}

/** What people, and other areas, are told of the fleet. */
export class FleetViews {
  readonly #base: Pick<Base, 'db'>
  readonly #watch: () => Watch

  constructor({ base, watch }: ViewParts) {
    this.#base = base
    this.#watch = watch
  }

  get #times(): WatchTimes {
    return { ...this.#watch(), steadyAfterMs, clockLimitMs }
  }

  async list({ limit, cursor, ...filter }: DevicesQuery): Promise<DevicesPage> {
    const { db } = this.#base
    const times = this.#times
    const [rows, total] = await Promise.all([
      listDevices(db, filter, times, limit + 1, readCursor(cursor)),
      countDevices(db, filter, times),
    ])
    const page = rows.slice(0, limit)
    const last = rows.length > limit ? page.at(-1) : undefined
    return {
      items: page.map((row) => summaryOf(row, times)),
      next: last ? pageCursor(last) : null,
      total,
    }
  }

  /** @throws EdgewrightError device-unknown */
  async summary(device: string): Promise<DeviceSummary> {
    const row = await deviceInBrief(this.#base.db, device)
    if (!row) throw unknownDevice(device)
    return summaryOf(row, this.#watch())
  }

  /** @throws EdgewrightError device-unknown */
  async detail(device: string): Promise<DeviceDetail> {
    const { db } = this.#base
    const row = await deviceInFull(db, device)
    if (!row) throw unknownDevice(device)
    const [epochs, checkpoints, log] = await Promise.all([
      epochsOf(db, row.id),
      checkpointsOf(db, row.id),
      logOf(db, device),
    ])
    // A report of a version of the machine that this server does not understand is not shown; the rest is.
    const report = deviceDetailSchema.shape.report.catch(null).parse(row.report)
    return {
      ...summaryOf(row, this.#watch()),
      publicKey: row.public_key,
      ownGroup: ownGroup(device),
      enrolledAt: row.enrolled_at.toISOString(),
      confirmedAt: row.confirmed_at?.toISOString() ?? null,
      confirmedBy: row.confirmed_by,
      epoch: row.epoch,
      report,
      epochs,
      checkpoints,
      log,
    }
  }

  async fleet(squares: number, site: string | undefined): Promise<FleetSummary> {
    const { db } = this.#base
    const times = this.#times
    const [counts, raised] = await Promise.all([
      countSites(db, times, site),
      alertsRaised(db, new Date(times.nowMs - alertsOverMs)),
    ])
    const sites = new Map<string, SiteSummary & { heard: number; waiting: number; quarantined: number }>()
    for (const row of counts) {
      const one = sites.get(row.site) ?? emptySite(row.site)
      sites.set(row.site, one)
      one.machines += row.machines
      one.problems += row.problems
      one.presence[row.presence] += row.machines
      if (row.state === 'waiting') one.waiting += row.machines
      if (row.state === 'quarantined') one.quarantined += row.machines
      if (row.presence === 'online' || row.presence === 'updating') one.heard += row.machines
      for (const priority of ['high', 'medium', 'low', 'shelved'] as const)
        one.alerts[priority] += row[priority]
    }
    await this.#addSquares([...sites.values()], squares, times)
    const all = [...sites.values()]
    const sum = (of: (one: (typeof all)[number]) => number) => all.reduce((total, one) => total + of(one), 0)
    return {
      serverMs: times.nowMs,
      machines: sum(({ machines }) => machines),
      presence: Object.fromEntries(
        presences.map((presence) => [presence, sum((one) => one.presence[presence])]),
      ) as PresenceCounts,
      waiting: sum(({ waiting }) => waiting),
      quarantined: sum(({ quarantined }) => quarantined),
      alerts: {
        high: sum(({ alerts }) => alerts.high),
        medium: sum(({ alerts }) => alerts.medium),
        low: sum(({ alerts }) => alerts.low),
        shelved: sum(({ alerts }) => alerts.shelved),
      },
      sites: all.map(({ heard, waiting: _waiting, quarantined: _quarantined, ...one }) => ({
        ...one,
        alertsPer10Min: heard === 0 ? null : (raised.get(one.site) ?? 0) / per10Min / heard,
      })),
    }
  }

  async #addSquares(sites: SiteSummary[], most: number, times: WatchTimes): Promise<void> {
    let left = mostSquares
    const drawn = sites.filter(({ machines }) => {
      if (machines > most || machines > left) return false
      left -= machines
      return true
    })
    if (drawn.length === 0) return
    const bySite = new Map<string, Square[]>(drawn.map(({ site }) => [site, []]))
    const rows = await squaresOf(this.#base.db, [...bySite.keys()], times)
    for (const { site, ...square } of rows) bySite.get(site)?.push(square)
    for (const one of drawn) one.squares = bySite.get(one.site) ?? []
  }

  /** Enrolled machines that are meant, by id; the same ones for one `salt` as long as the fleet is the same. */
  async choose({ percent, ...parts }: Chooser, salt: string): Promise<ChosenDevice[]> {
    const watch = this.#watch()
    const rows = await devicesFitting(this.#base.db, parts)
    return rows
      .filter(({ device }) => percent === undefined || isInShare(device, percent, salt))
      .map(({ id, device, name, site, last_seen, returned_at, updating }) => ({
        ...{ id, device, name, site },
        presence: presenceOf(
          { lastSeenMs: last_seen?.getTime() ?? null, returnedMs: returned_at?.getTime() ?? null, updating },
          watch,
        ),
      }))
  }

  async chosen(chooser: Chooser, salt: string): Promise<Chosen> {
    const machines = await this.choose(chooser, salt)
    const presence = emptyCounts()
    const sites = new Map<string, number>()
    for (const one of machines) {
      presence[one.presence] += 1
      sites.set(one.site, (sites.get(one.site) ?? 0) + 1)
    }
    return {
      machines: machines.length,
      presence,
      sites: [...sites].sort(([a], [b]) => (a < b ? -1 : 1)).map(([site, n]) => ({ site, machines: n })),
    }
  }
}

const presences = ['online', 'updating', 'late', 'offline', 'never'] as const
const emptyCounts = (): PresenceCounts => ({ online: 0, updating: 0, late: 0, offline: 0, never: 0 })
const emptySite = (site: string) => ({
  site,
  machines: 0,
  presence: emptyCounts(),
  alerts: { high: 0, medium: 0, low: 0, shelved: 0 },
  problems: 0,
  alertsPer10Min: null,
  squares: null,
  heard: 0,
  waiting: 0,
  quarantined: 0,
})
