import type { Base } from '../central.ts'
import type { WatchTimes } from '../store/devices-list.ts'
import { type FleetFigures, fleetFigures } from '../store/figures.ts'

/** A scraper, and another one beside it, cost the database one look in this time. */
const freshMs = 5_000

/** The fleet's own figures on /metrics: what an alert on a dashboard is made of. */
export function watchFleet({ db, metrics, now }: Base, times: () => WatchTimes): void {
  let kept: { atMs: number; figures: Promise<FleetFigures> } | undefined
  const figures = (): Promise<FleetFigures> => {
    if (kept && Math.abs(now() - kept.atMs) < freshMs) return kept.figures
    const asked = { atMs: now(), figures: fleetFigures(db, times()) }
    kept = asked
    asked.figures.catch(() => {
      if (kept === asked) kept = undefined
    })
    return asked.figures
  }
  const gauge = (name: string, help: string, read: (of: FleetFigures) => number) =>
    metrics.gauge(`edgewright_central_${name}`, help, async () => read(await figures()))
  metrics.gauges(
    'edgewright_central_machines',
    'Machines by state and presence; revoked ones have none',
    ['state', 'presence'],
    async () =>
      (await figures()).machines.map(({ state, presence, n }) => ({
        labels: { state, presence: presence ?? '' },
        value: n,
      })),
  )
  gauge('rollouts_open', 'Rollouts that are not over', ({ openRollouts }) => openRollouts)
  gauge('reviews_waiting', 'Answers of people that nobody reviewed', ({ waitingReviews }) => waitingReviews)
  metrics.gauges(
    'edgewright_central_deliveries',
    'Messages to webhooks and by e-mail that wait, or were given up (dead)',
    ['state'],
    async () => {
      const { waiting, dead } = (await figures()).deliveries
      return [
        { labels: { state: 'waiting' }, value: waiting },
        { labels: { state: 'dead' }, value: dead },
      ]
    },
  )
  gauge(
    'countersignature_age_seconds',
    'Since a checkpoint of any machine was countersigned the last time; NaN: none ever was',
    ({ countersignedAt }) => (countersignedAt ? (now() - countersignedAt.getTime()) / 1000 : Number.NaN),
  )
}
