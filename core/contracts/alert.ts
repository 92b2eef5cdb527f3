import { z } from 'zod'
import { contributionSchema, decisionIntervalSchema } from './decision.ts'
import { guardrailActionSchema, guardrailMetricSchema } from './guardrail.ts'
import { prioritySchema } from './manifest.ts'
import { textSchema } from './text.ts'

/** ISA-18.2, figure of the alarm states. `suppressed` (by design) and `out-of-service` are named for what comes. */
export const alertStateSchema = z.enum([
  'unacknowledged',
  'acknowledged',
  'returned-unacknowledged',
  'shelved',
  'suppressed',
  'out-of-service',
  'normal',
])
export type AlertState = z.infer<typeof alertStateSchema>

export const feedbackAnswerSchema = z.enum(['real-acted', 'real-known', 'false', 'bad-data', 'unsure'])
export type FeedbackAnswer = z.infer<typeof feedbackAnswerSchema>

/** Of the answered alerts of one rule on this machine, how many were real. */
export const trackRecordSchema = z.object({ real: z.int(), answered: z.int(), since: z.string().optional() })
export type TrackRecord = z.infer<typeof trackRecordSchema>

export const alertSchema = z.object({
  id: z.string(),
  state: alertStateSchema,
  priority: prioritySchema,
  model: z.object({ id: z.string(), version: z.string(), title: textSchema }),
  rule: z.string(),
  asset: z.string(),
  title: textSchema,
  cause: textSchema,
  consequence: textSchema,
  actions: z.array(textSchema),
  owner: z.string(),
  /** The class whose probability raised it; absent for regression. */
  class: z.string().optional(),
  direction: z.enum(['above', 'below']),
  raiseLevel: z.number(),
  clearLevel: z.number(),
  /** Who raised it; absent: the model. */
  by: z.enum(['model', 'rules']).optional(),
  /** Probability (0..1) or value when raised; null: fallback rules raised it, and give none. */
  score: z.number().nullable(),
  /** The output that was watched, where it is not the first. */
  output: z.string().optional(),
  /** Around the score, where the model gives one. */
  interval: decisionIntervalSchema.optional(),
  /** About the model itself (rule `guardrail:ID`, asset: the model's id): the figures that fired it, and who answers for it. */
  guardrail: z
    .object({
      metric: guardrailMetricSchema,
      /** Milliseconds for latency-p95, else a share 0..1; as `score` and `raiseLevel` are. */
      value: z.number(),
      limit: z.number(),
      n: z.int(),
      from: z.string(),
      to: z.string(),
      action: guardrailActionSchema,
      decidedBy: z.object({ name: z.string(), contact: z.string().optional() }),
    })
    .optional(),
  /** Images of the reading that raised it: `GET /api/models/{id}/attachments/{sha256}`. */
  images: z.array(z.object({ feature: z.string(), title: textSchema, sha256: z.string() })).optional(),
  readingId: z.string(),
  contributions: z.array(contributionSchema),
  trackRecord: trackRecordSchema,
  raisedAt: z.string(),
  respondWithinMin: z.number(),
  respondBy: z.string(),
  escalateTo: z.object({ name: z.string(), contact: z.string().optional() }).optional(),
  escalatedAt: z.string().optional(),
  acknowledgedAt: z.string().optional(),
  acknowledgedBy: z.string().optional(),
  actionDoneAt: z.string().optional(),
  clearedAt: z.string().optional(),
  shelved: z.object({ until: z.string(), reason: z.string(), by: z.string() }).optional(),
  feedback: z
    .object({ answer: feedbackAnswerSchema, note: z.string().optional(), at: z.string(), by: z.string() })
    .optional(),
})
export type Alert = z.infer<typeof alertSchema>

export const shelveRequestSchema = z.strictObject({
  minutes: z
    .number()
    .min(1)
    .max(24 * 60),
  reason: z.string().min(1).max(500),
})
export const escalateRequestSchema = z.strictObject({ note: z.string().max(2000).optional() })
export const feedbackRequestSchema = z.strictObject({
  answer: feedbackAnswerSchema,
  note: z.string().max(2000).optional(),
})
export const emptyRequestSchema = z.strictObject({})
