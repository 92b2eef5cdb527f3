import { metricsWindowKind, metricsWindowSchema } from '#core/contracts/metrics-window.ts'
import {
  type MeasuredModels,
  measuredModelsSchema,
  type PerformanceLine,
  type PerformancePage,
  performancePageSchema,
  performanceQuerySchema,
} from '#core/contracts/performance.ts'
import { LogHistogram } from '#core/statistics/log-histogram.ts'
import { parseBody } from '../api/body.ts'
import type { Area } from '../area.ts'
import type { Base } from '../central.ts'
import {
  addWindows,
  measuredModels,
  performanceLines,
  performanceOfAll,
  type Sums,
} from '../store/performance.ts'
import { whyNotBelieved } from './believable.ts'

const weekMs = 7 * 24 * 3600_000
const hourMs = 3600_000

/** Figures of the fleet: windows come in with the stream `metrics`, lines go out, each with its n. */
export function createPerformance({ db, now }: Pick<Base, 'db' | 'now'>): Area {
  return {
    projectors: [
      {
        kinds: [metricsWindowKind],
        apply: async (tx, device, events, tell) => {
          const windows = events.flatMap(({ seq, body }) => {
            const window = metricsWindowSchema.safeParse(body)
            const problem = window.success ? whyNotBelieved(window.data) : window.error.issues[0]?.message
            if (problem !== undefined || !window.success) {
              tell({ seq, problem })
              return []
            }
            return [window.data]
          })
          if (windows.length > 0) await addWindows(tx, device.id, windows)
        },
      },
    ],
    routes: (app) => {
      app.get(
        '/api/performance',
        {
          config: {
            doc: {
              what: 'Figures of one model by version, site, machine or hour',
              query: performanceQuerySchema,
              answer: performancePageSchema,
            },
          },
        },
        async (request): Promise<PerformancePage> => {
          const { by, limit, cursor, ...asked } = parseBody(performanceQuerySchema, request.query)
          const to = asked.to === undefined ? ceilHour(now()) : ceilHour(Date.parse(asked.to))
          const from = asked.from === undefined ? to - weekMs : floorHour(Date.parse(asked.from))
          const within = { ...asked, from: new Date(from), to: new Date(to) }
          const lines = await performanceLines(db, within, { by, limit: limit + 1, after: cursor })
          const all = await performanceOfAll(db, within)
          return {
            items: lines.slice(0, limit).map(lineOf),
            next: lines.length > limit ? lines[limit - 1]!.key : null,
            all: all ? lineOf(all) : null,
            from: within.from.toISOString(),
            to: within.to.toISOString(),
          }
        },
      )
      app.get(
        '/api/performance/models',
        { config: { doc: { what: 'Models of which figures came', answer: measuredModelsSchema } } },
        async (): Promise<MeasuredModels> => ({
          models: (await measuredModels(db)).map((one) => ({ ...one, newest: one.newest.toISOString() })),
        }),
      )
    },
  }
}

const floorHour = (ms: number): number => Math.floor(ms / hourMs) * hourMs
const ceilHour = (ms: number): number => Math.ceil(ms / hourMs) * hourMs

function lineOf({ name, newest, latency, ...sums }: Sums): PerformanceLine {
  const { answers } = sums
  const real = (answers['real-acted'] ?? 0) + (answers['real-known'] ?? 0)
  const n = real + (answers['false'] ?? 0)
  const histogram = histogramOf(latency)
  return {
    ...sums,
    ...(name !== null && { name }),
    real: { share: n === 0 ? null : real / n, n },
    latency: { p50: histogram.quantile(0.5), p95: histogram.quantile(0.95), p99: histogram.quantile(0.99) },
    newest: (newest ?? new Date(0)).toISOString(),
  }
}

/** Sparse counts by bin, as windows carry them. */
function histogramOf(bins: Record<string, number>): LogHistogram {
  const histogram = new LogHistogram()
  for (const [bin, times] of Object.entries(bins))
    histogram.merge(LogHistogram.of({ first: Number(bin), counts: [times] }))
  return histogram
}
