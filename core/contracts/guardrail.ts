import { z } from 'zod'
import { textSchema } from './text.ts'

const finite = z.number().finite()

/**
 * latency-p95: milliseconds from intake to decision. The others are shares, 0..1.
 * error-rate: readings that the model should have answered and did not · alert-rate: answered ones with the verdict alert
 * reject-rate: refused ones · null-rate: missing values (of `feature`, or of the feature that lacks most)
 * disagreement: alerts that people answered with "false", of all that they answered with real or false
 */
export const guardrailMetricSchema = z.enum([
  'latency-p95',
  'error-rate',
  'alert-rate',
  'reject-rate',
  'null-rate',
  'disagreement',
])
export type GuardrailMetric = z.infer<typeof guardrailMetricSchema>

export const guardrailActionSchema = z.enum(['alert', 'rollback', 'fallback', 'request-retraining'])
export type GuardrailAction = z.infer<typeof guardrailActionSchema>

/** A condition that acts by itself, written down before the version is deployed. */
export const guardrailSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/),
  title: textSchema,
  when: z
    .strictObject({
      metric: guardrailMetricSchema,
      /** null-rate: only of this feature. */
      feature: z.string().min(1).optional(),
      /** One of the two. */
      above: finite.optional(),
      below: finite.optional(),
      /** Hysteresis: over only on the far side of this. Absent: of the limit itself. */
      clear: finite.optional(),
      /** Length of the window that is looked at, seconds. */
      overS: z.number().positive().max(2_592_000),
      /** Readings (disagreement: answers) that the window must hold before it says anything. */
      atLeast: z.int().min(1),
    })
    .refine(({ above, below }) => (above === undefined) !== (below === undefined), 'one of above and below'),
  /** It must hold for this long before it fires, seconds. */
  forS: z.number().min(0).max(2_592_000),
  // biome-ignore lint/suspicious/noThenProperty: the word that the people who write guardrails use; nothing awaits it
  then: guardrailActionSchema,
  /** Who answers for this decision. */
  decidedBy: z.strictObject({ name: z.string().min(1), contact: z.string().min(1).optional() }),
  /** What people should do when it has fired. */
  actions: z.array(textSchema).min(1).max(3),
})
export type Guardrail = z.infer<typeof guardrailSchema>

/** Where one guardrail stands. `value` is null while the window holds too little. */
export const guardrailStatusSchema = z.object({
  id: z.string(),
  title: textSchema,
  action: guardrailActionSchema,
  state: z.enum(['quiet', 'pending', 'firing']),
  value: z.number().nullable(),
  /** Readings or answers in the window. */
  n: z.int(),
  /** Since when it is pending or firing. */
  since: z.string().optional(),
})
export type GuardrailStatus = z.infer<typeof guardrailStatusSchema>

/** What guardrails would have done over a stretch of the journal. Nothing is done. */
export const rehearsalSchema = z.object({
  from: z.string(),
  to: z.string(),
  readings: z.int(),
  /** That answered these readings, in the order in which each first did. */
  versions: z.array(z.string()),
  /** Stretches whose readings could not be looked at: dropped by retention, or in a block that is damaged. At most 100. */
  missing: z.array(
    z.object({ from: z.string(), to: z.string(), readings: z.int(), why: z.enum(['retention', 'damaged']) }),
  ),
  guardrails: z.array(
    z.object({
      id: z.string(),
      title: textSchema,
      action: guardrailActionSchema,
      /** How often it would have fired; `firings` are the first 1,000 of them. */
      times: z.int(),
      firings: z.array(
        z.object({
          at: z.string(),
          /** When it was over; null: not by the end of the stretch. */
          until: z.string().nullable(),
          value: z.number(),
          n: z.int(),
          /** null-rate of whichever lacks most: which one did. */
          feature: z.string().optional(),
        }),
      ),
      /** Least and most that the metric was, where it could be said. */
      range: z.object({ min: z.number(), max: z.number() }).nullable(),
      /** One sentence: "Would have fired twice in 7 d: 14 Nov 06:12, 16 Nov 22:40." */
      text: z.string(),
    }),
  ),
  /** What limits the answer, in words; empty where nothing does. */
  text: z.string(),
})
export type Rehearsal = z.infer<typeof rehearsalSchema>

/** `POST /api/models/{id}/guardrails/rehearsal`: guardrails that no version has yet. Without times: the last 7 days. */
export const rehearsalRequestSchema = z.strictObject({
  guardrails: z.array(guardrailSchema).min(1).max(32),
  from: z.string().optional(),
  to: z.string().optional(),
})
