import { z } from 'zod'

/**
 * What one version of one model did on one machine in one stretch of time: counters, which merge by addition.
 * Event kind `metrics.window` of the stream `metrics`; at most one a minute and version, none where nothing happened.
 */
export const metricsWindowSchema = z.object({
  model: z.string(),
  version: z.string(),
  /** sha256 of the package file, hex. */
  digest: z.string(),
  /** Epoch ms; a multiple of a minute, by the machine's clock. */
  fromMs: z.int(),
  toMs: z.int(),
  readings: z.int(),
  /** Readings by verdict. */
  alert: z.int(),
  normal: z.int(),
  abstain: z.int(),
  rejected: z.int(),
  /** Of them, those that fallback rules decided. */
  byRules: z.int(),
  /** Readings with at least one quality mark. */
  marked: z.int(),
  alertsRaised: z.int(),
  /** Answers of people by kind; absent: none. */
  answers: z.record(z.string(), z.int()).optional(),
  /** Intake to decision, milliseconds: counts by bucket of core/statistics/log-histogram, sparse. */
  latency: z.record(z.string(), z.int()),
  /** How many windows were merged into this one; absent: none, it is as it was written. */
  merged: z.int().optional(),
})
export type MetricsWindow = z.infer<typeof metricsWindowSchema>
export const metricsWindowKind = 'metrics.window'
