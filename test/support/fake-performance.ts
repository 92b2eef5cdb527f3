import type { AlarmFigures } from '#core/contracts/fleet-alerts.ts'
import { alarmFiguresSchema } from '#core/contracts/fleet-alerts.ts'
import {
  measuredModelsSchema,
  type PerformanceLine,
  performancePageSchema,
  performanceQuerySchema,
} from '#core/contracts/performance.ts'
import { type Answer, pageFrom } from './fake-answer.ts'
import type { FakeCentral } from './fake-central.ts'

const hourMs = 3_600_000
/** Of the ten worst sources. */
const counts = [9, 7, 5, 4, 3, 2, 2, 1, 1, 1]

const line = (key: string, readings: number, more: Partial<PerformanceLine> = {}): PerformanceLine => ({
  ...{ key, machines: 40, readings, byRules: 0, marked: 12, alertsRaised: 51 },
  ...{ alert: Math.round(readings * 0.012), abstain: Math.round(readings * 0.004) },
  ...{ rejected: Math.round(readings * 0.0004), normal: Math.round(readings * 0.98) },
  ...{ answers: { 'real-acted': 8, 'real-known': 4, false: 28 }, real: { share: 0.3, n: 40 } },
  ...{ latency: { p50: 3.8, p95: 11.4, p99: 19 }, newest: '2026-11-24T14:31:00Z' },
  ...more,
})

const byVersion = [
  line('1.0.4', 1_204_118, { machines: 199 }),
  // Nobody has answered an alert of it yet.
  line('1.1.0', 84_020, {
    ...{ machines: 42, answers: {}, real: { share: null, n: 0 } },
    latency: { p50: 2.9, p95: 8.7, p99: 14 },
  }),
]
const bySite = ['aalborg', 'brno', 'cork', 'delft', 'essen', 'ferrara'].map((key, i) =>
  line(key, 200_000 - 9_000 * i),
)

/** Six hours are missing in the middle, as when a site was off the line for good. */
function byHour(fromMs: number, toMs: number): PerformanceLine[] {
  const hours = Math.round((toMs - fromMs) / hourMs)
  return Array.from({ length: hours }, (_, i) => i)
    .filter((i) => i < hours / 2 || i >= hours / 2 + 6)
    .map((i) =>
      line(new Date(fromMs + i * hourMs).toISOString(), 7_000 + Math.round(900 * Math.sin(i / 4)), {
        alert: 70 + Math.round(30 * Math.sin(i / 3)),
      }),
    )
}

/** Figures of a week, and of the alarms in it. */
export function performanceAnswers(fake: FakeCentral): [string, Answer][] {
  const lines = (q: ReturnType<typeof performanceQuerySchema.parse>, fromMs: number, toMs: number) => {
    if (q.by === 'version') return byVersion.filter(({ key }) => q.version === undefined || key === q.version)
    if (q.by === 'site') return bySite
    if (q.by === 'hour') return byHour(fromMs, toMs)
    return fake.machines.slice(0, 60).map(({ device, name }) => line(device, 5_200, { name, machines: 1 }))
  }
  return [
    [
      'GET /api/performance',
      ({ query }) => {
        const q = performanceQuerySchema.parse(query)
        const toMs = q.to === undefined ? fake.nowMs() : Date.parse(q.to)
        const fromMs = q.from === undefined ? toMs - 168 * hourMs : Date.parse(q.from)
        const found = lines(q, fromMs, toMs)
        const all = found.length === 1 ? found[0]! : line('', 1_288_138, { machines: 241 })
        return performancePageSchema.parse({
          ...pageFrom(found, q),
          ...{ total: undefined, all: found.length === 0 ? null : all },
          ...{ from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() },
        })
      },
    ],
    [
      'GET /api/performance/models',
      () =>
        measuredModelsSchema.parse({
          models: [{ model: 'milling', versions: ['1.0.4', '1.1.0'], newest: '2026-11-24T14:31:00Z' }],
        }),
    ],
    ['GET /api/alarm-figures', () => alarmFiguresSchema.parse(alarmFigures(fake))],
  ]
}

function alarmFigures({ machines }: FakeCentral): AlarmFigures {
  const from = '2026-11-17T15:00:00Z'
  return {
    ...{ from, to: '2026-11-24T15:00:00Z', raised: 51, byPriority: { high: 3, medium: 18, low: 30 } },
    ...{ machines: { raising: 22, all: 244 }, per10Min: { mean: 0.04, peak: 14 } },
    ...{ floods: { count: 2, timeShare: 0.0031, longestMin: 40 }, stale: 6, chattering: 0 },
    answeredInTime: { share: 0.9, n: 40 },
    worst: machines.slice(0, 10).map(({ device, name, site }, i) => ({
      ...{ site, machine: name, device, model: 'milling', rule: 'failure', asset: `Spindle ${i + 1}` },
      ...{ title: { en: 'Failure ahead', de: 'Ausfall droht' }, count: counts[i]!, share: counts[i]! / 51 },
    })),
  }
}
