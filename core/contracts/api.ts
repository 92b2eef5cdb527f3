import { z } from 'zod'
import { alertSchema } from './alert.ts'
import { qualityMarkSchema, recordedReadingSchema, saidSchema } from './decision.ts'
import { modelSummarySchema } from './deployment.ts'

/** Shapes of the edge HTTP API that are more than one contract of their own. */

export const alertsPageSchema = z.object({ alerts: z.array(alertSchema), next: z.string().nullable() })
export type AlertsPage = z.infer<typeof alertsPageSchema>

export const readingsPageSchema = z.object({
  readings: z.array(recordedReadingSchema),
  next: z.string().nullable(),
})
export type ReadingsPage = z.infer<typeof readingsPageSchema>

export const modelsListSchema = z.object({ models: z.array(modelSummarySchema) })
export type ModelsList = z.infer<typeof modelsListSchema>

/**
 * One series, thinned to about `points` buckets of time: `GET /api/models/{id}/trend?asset=&series=&from=&to=&points=`.
 * `series` is a feature's name, or `output:CLASS` / `output:value` for what the model said (`output:NAME/CLASS` for an output NAME after the first).
 * Each point is [epoch ms, low, high] over its bucket; a bucket without data is absent, never interpolated.
 */
export const trendSchema = z.object({
  asset: z.string(),
  series: z.string(),
  bucketMs: z.number(),
  points: z.array(z.tuple([z.number(), z.number(), z.number()])),
})
export type Trend = z.infer<typeof trendSchema>

/** The newest of one asset, as the console shows it live. */
export const liveReadingSchema = z.object({
  model: z.string(),
  asset: z.string(),
  /** The reading's own time, epoch ms. */
  timeMs: z.number(),
  values: z.record(z.string(), z.number().nullable()),
  /** Features that are no numbers: a text as it is, an image or a series as `sha256:HEX`. */
  texts: z.record(z.string(), z.string().nullable()).optional(),
  verdict: z.enum(['alert', 'normal', 'abstain', 'rejected']),
  /** Absent: the model. */
  by: z.enum(['model', 'rules']).optional(),
  ...saidSchema.shape,
  /** The outputs after the first, by name. */
  outputs: z.record(z.string(), saidSchema).optional(),
  quality: z.array(qualityMarkSchema),
})
export type LiveReading = z.infer<typeof liveReadingSchema>

/** `GET /api/status`, and the `health` event once a second. */
export const statusSchema = z.object({
  machine: z.string(),
  /** The runtime's clock, epoch ms: ages are counted against this, not the browser's. */
  serverTimeMs: z.number(),
  startedAtMs: z.number(),
  version: z.string(),
  allowUnsigned: z.boolean(),
  models: z.array(modelSummarySchema),
  /** Arrival of the newest reading, epoch ms; null before the first. */
  newestReadingAtMs: z.number().nullable(),
  /** After this long without any reading, data counts as old: the shortest of its models. */
  staleAfterMs: z.number(),
  unacknowledged: z.object({ high: z.int(), medium: z.int(), low: z.int() }),
  shelved: z.int(),
  central: z.object({ state: z.enum(['not-configured', 'not-connected', 'connected']), waiting: z.int() }),
})
export type Status = z.infer<typeof statusSchema>

/**
 * `GET /api/events` (server-sent events). `event:` is the type, `data:` the JSON payload.
 * alert: an alert that was raised or changed · deployment: a model whose slots or lane changed
 * live: the newest reading of each asset that had one since the last `live` event (at most 4 a second) · health: once a second
 */
export interface EdgeEvents {
  alert: z.infer<typeof alertSchema>
  deployment: z.infer<typeof modelSummarySchema>
  live: LiveReading[]
  health: Status
}

/** `POST /api/session`: the single-use code out of a sign-in link, for the session cookie. */
export const sessionRequestSchema = z.strictObject({ code: z.string().min(1).max(200) })
