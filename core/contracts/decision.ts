import { z } from 'zod'
import { valueSchema } from './reading.ts'
import { textSchema } from './text.ts'

/** Why a reading is not, or not quite, fit for the model. `rejected` ones reach no model; the others are marks. */
export const qualityCodeSchema = z.enum([
  'malformed',
  'unknown-feature',
  'missing-feature',
  'wrong-type',
  'wrong-unit',
  'unknown-category',
  'series-length',
  'image-unreadable',
  'image-blank',
  'window-filling',
  'not-finite',
  'outside-physical-limits',
  'time-invalid',
  'time-in-future',
  'time-backward',
  'filled',
  'stuck',
  'all-missing',
  'inference-failed',
  'deadline-exceeded',
  'no-model',
  'output-not-finite',
  'rules-cannot-judge',
])
export type QualityCode = z.infer<typeof qualityCodeSchema>

export const qualityMarkSchema = z.object({
  code: qualityCodeSchema,
  feature: z.string().optional(),
  message: z.string(),
  /** window-filling: readings so far, and how many the model needs. */
  progress: z.object({ have: z.int(), need: z.int() }).optional(),
})
export type QualityMark = z.infer<typeof qualityMarkSchema>

/** One input that lies far from its usual place. */
export const contributionSchema = z.object({
  feature: z.string(),
  title: textSchema,
  value: z.number(),
  unit: z.string().optional(),
  /** The usual range, in the feature's unit. */
  usual: z.object({ min: z.number(), max: z.number() }),
  /** Percentage of the reference below (`higher`) or above (`lower`) this value, 0..100. */
  beyondPercent: z.number(),
  side: z.enum(['higher', 'lower']),
})
export type Contribution = z.infer<typeof contributionSchema>

export const explanationSchema = z.object({
  /** At most three, the furthest outside first; empty: no single input stands out. */
  features: z.array(contributionSchema),
  /** English, for logs and other programs; the console builds its own sentence in the reader's language. */
  text: z.string(),
})
export type Explanation = z.infer<typeof explanationSchema>

/** Low and high end of where the value lies with the probability `coverage`, in the output's unit. */
export const decisionIntervalSchema = z.object({ low: z.number(), high: z.number(), coverage: z.number() })
export type DecisionInterval = z.infer<typeof decisionIntervalSchema>

/** What one output says, whatever its kind. */
export const saidSchema = z.object({
  /** binary: of the positive class; multiclass, multilabel: the largest over the classes that an alert watches. */
  probability: z.number().optional(),
  /** Every class, where there are more than two or they do not exclude one another. */
  classes: z.record(z.string(), z.number()).optional(),
  /** The class, where the model names one and does not say how sure it is. */
  label: z.string().optional(),
  /** regression, in the output's unit. */
  value: z.number().optional(),
  /** regression with several targets. */
  targets: z.record(z.string(), z.number()).optional(),
  interval: decisionIntervalSchema.optional(),
})
export type Said = z.infer<typeof saidSchema>

export const decisionSchema = z.object({
  readingId: z.string(),
  verdict: z.enum(['alert', 'normal', 'abstain', 'rejected']),
  by: z.enum(['model', 'rules']),
  ...saidSchema.shape,
  /** The outputs after the first, by name. */
  outputs: z.record(z.string(), saidSchema).optional(),
  quality: z.array(qualityMarkSchema),
  explanation: explanationSchema.optional(),
  alertId: z.string().optional(),
  model: z.object({ id: z.string(), version: z.string() }),
  provider: z.string(),
  /** From the moment the reading was taken in to the moment its decision was made; the commit comes after. */
  ms: z.number(),
})
export type Decision = z.infer<typeof decisionSchema>

/**
 * A row of `GET /api/models/{id}/readings`. In place of an image or a series stands `sha256:HEX`, under which
 * `GET /api/models/{id}/attachments/HEX` gives its bytes (a series: little-endian float64).
 */
export const recordedReadingSchema = z.object({
  readingId: z.string(),
  asset: z.string(),
  time: z.string(),
  values: z.record(z.string(), valueSchema),
  decision: decisionSchema,
})
export type RecordedReading = z.infer<typeof recordedReadingSchema>
