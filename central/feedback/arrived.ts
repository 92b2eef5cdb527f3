import { z } from 'zod'
import { alertStateSchema, feedbackAnswerSchema } from '#core/contracts/alert.ts'
import { feedbackExampleSchema } from '#core/contracts/example.ts'
import { prioritySchema } from '#core/contracts/manifest.ts'
import { textSchema } from '#core/contracts/text.ts'

/**
 * Events as they may come: of an older or a newer machine, and with whatever privacy took out of them. Only what is needed here is
 * asked for. Names that become keys are short: an index takes no more.
 */
const nameSchema = z.string().min(1).max(200)
const personSchema = z.object({ name: z.string(), contact: z.string().optional() })

const alertSchema = z.object({
  state: alertStateSchema,
  priority: prioritySchema,
  model: z.object({ id: nameSchema, version: nameSchema }),
  rule: nameSchema,
  asset: z.string().nullish(),
  title: textSchema.optional(),
  owner: z.string().nullish(),
  raisedAt: z.string(),
  respondWithinMin: z.number().nullish(),
  respondBy: z.string().nullish(),
  escalateTo: personSchema.nullish(),
})
export const raisedSchema = z.object({
  alertId: nameSchema,
  readingId: z.string().max(300).default(''),
  to: alertStateSchema.optional(),
  alert: alertSchema,
})
export type Raised = z.infer<typeof raisedSchema>

export const changedSchema = z.object({
  alertId: nameSchema,
  readingId: z.string().max(300).optional(),
  to: alertStateSchema.optional(),
  /** alert.shelved */
  minutes: z.number().optional(),
})
export const answeredSchema = changedSchema.extend({
  answer: feedbackAnswerSchema,
  note: z.string().nullish(),
})

export const exampleSchema = feedbackExampleSchema.extend({
  alertId: nameSchema,
  readingId: z.string().max(300),
  model: nameSchema,
  version: nameSchema,
})

/** guardrail.fired, guardrail.cleared, retraining.requested */
export const firingSchema = z.object({
  id: nameSchema,
  version: nameSchema,
  guardrail: nameSchema,
  metric: z.string(),
  feature: z.string().optional(),
  value: z.number(),
  limit: z.number(),
  n: z.int(),
  window: z.object({ from: z.string(), to: z.string() }),
  action: z.string(),
  decidedBy: personSchema.nullish(),
})
export type ArrivedFiring = z.infer<typeof firingSchema>
