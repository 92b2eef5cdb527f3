import { z } from 'zod'
import { pageOf, pageQuerySchema } from './central.ts'
import { modelIdSchema, versionSchema } from './manifest.ts'
import { digestSchema, nameSchema } from './update.ts'

/** What versions did in the field, from the metric windows that machines send; every figure with how many readings it stands on. */

/** What a line stands for. hour: one line per hour, oldest first. */
export const performanceBySchema = z.enum(['version', 'site', 'device', 'hour'])

/** `GET /api/performance?model=…` */
export const performanceQuerySchema = pageQuerySchema.extend({
  model: modelIdSchema,
  version: versionSchema.optional(),
  site: nameSchema.optional(),
  device: digestSchema.optional(),
  /** RFC 3339, by the machines' clocks, in whole hours; absent: the last seven days. */
  from: z.iso.datetime({ offset: true }).optional(),
  to: z.iso.datetime({ offset: true }).optional(),
  by: performanceBySchema.default('version'),
})
export type PerformanceQuery = z.infer<typeof performanceQuerySchema>

export const performanceLineSchema = z.object({
  /** A version, a site, a device, or the beginning of an hour. */
  key: z.string(),
  /** As people call it, where that is something else: a machine's name. */
  name: z.string().optional(),
  machines: z.int(),
  readings: z.int(),
  alert: z.int(),
  normal: z.int(),
  abstain: z.int(),
  rejected: z.int(),
  byRules: z.int(),
  marked: z.int(),
  alertsRaised: z.int(),
  /** Answers of people to alerts, by kind. */
  answers: z.record(z.string(), z.int()),
  /** Of the answers that say whether it was real: share that was. null: nobody said. `n` of them. */
  real: z.object({ share: z.number().nullable(), n: z.int() }),
  /** Intake to decision, milliseconds, within 1 %; null: no readings. */
  latency: z.object({ p50: z.number().nullable(), p95: z.number().nullable(), p99: z.number().nullable() }),
  /** The newest window that is in it, RFC 3339. */
  newest: z.string(),
})
export type PerformanceLine = z.infer<typeof performanceLineSchema>
export const performancePageSchema = pageOf(performanceLineSchema).extend({
  /** What the lines add up to, over all pages. */
  all: performanceLineSchema.nullable(),
  from: z.string(),
  to: z.string(),
})
export type PerformancePage = z.infer<typeof performancePageSchema>

/** `GET /api/performance/models`: models and versions of which figures came. */
export const measuredModelsSchema = z.object({
  models: z.array(z.object({ model: z.string(), versions: z.array(z.string()), newest: z.string() })),
})
export type MeasuredModels = z.infer<typeof measuredModelsSchema>
