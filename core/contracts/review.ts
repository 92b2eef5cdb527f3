import { z } from 'zod'
import { feedbackAnswerSchema } from './alert.ts'
import { pageOf, pageQuerySchema } from './central.ts'
import { feedbackExampleSchema, servedWindowSchema } from './example.ts'
import { prioritySchema } from './manifest.ts'
import { ownedSchema } from './ownership.ts'
import { valueSchema } from './reading.ts'
import { textSchema } from './text.ts'
import { digestSchema } from './update.ts'

/** open: nobody looked yet · accepted: the operator's answer holds · corrected: `label` counts in its place · excluded: not for training */
export const reviewStateSchema = z.enum(['open', 'accepted', 'corrected', 'excluded'])
export type ReviewState = z.infer<typeof reviewStateSchema>

const featuresSchema = z.object({
  /** Exactly as served; null: missing, as the model saw it. Pseudonyms are words that only the machine can undo. */
  values: z.record(z.string(), valueSchema),
  /** Names of features that privacy keeps on the machine: not missing, withheld. */
  withheld: z.array(z.string()),
  /** Names of those whose words are pseudonyms. */
  pseudonymised: z.array(z.string()),
})

/**
 * One answer of a person to one alert, with the reading that raised it as the model was given it. An answer that is changed
 * on the machine changes its item, and opens the review again.
 */
export const reviewItemSchema = z.object({
  id: z.int(),
  device: digestSchema,
  machine: z.string(),
  site: z.string(),
  model: z.string(),
  version: z.string(),
  /** sha256 of the package file; null: the machine has not told. */
  digest: digestSchema.nullable(),
  readingId: z.string(),
  alert: z.object({
    id: z.string(),
    title: textSchema,
    rule: z.string(),
    priority: prioritySchema,
    /** Its name, a pseudonym, or null: it stays on the machine. */
    asset: z.string().nullable(),
    raisedAt: z.string(),
  }),
  /** null: no example came with the answer; `why` says so in words. */
  features: featuresSchema
    .extend({
      /**
       * The model was given `steps` readings at once, this one the last; `held` of them are here for the export. Fewer: `missing`
       * says why. null: it was given this reading alone, or the machine did not say.
       */
      window: z
        .object({ steps: z.int(), held: z.int(), missing: servedWindowSchema.shape.missing })
        .nullish(),
    })
    .nullable(),
  why: z.string().nullable(),
  /** As the machine recorded it (contract of the example). */
  decision: feedbackExampleSchema.shape.decision,
  answer: feedbackAnswerSchema,
  note: z.string().nullable(),
  by: z.string(),
  /** By the machine's clock. */
  at: z.string(),
  arrivedAt: z.string(),
  review: z.object({
    state: reviewStateSchema,
    /** What counts: the class, or real / false, in the words of whoever trains. */
    label: z.string().nullable(),
    reviewer: z.string().nullable(),
    comment: z.string().nullable(),
    at: z.string().nullable(),
  }),
  /** The answer says false, or the reviewer's label differs from what was said. */
  disagreement: z.boolean(),
  owner: ownedSchema,
})
export type ReviewItem = z.infer<typeof reviewItemSchema>

const filters = {
  model: z.string().max(100).optional(),
  version: z.string().max(100).optional(),
  site: z.string().max(100).optional(),
  device: digestSchema.optional(),
  answer: feedbackAnswerSchema.optional(),
  state: reviewStateSchema.optional(),
  disagreement: z.stringbool().optional(),
  /** When the person answered, by the machine's clock. */
  from: z.iso.datetime({ offset: true }).optional(),
  to: z.iso.datetime({ offset: true }).optional(),
}
/** `GET /api/feedback`: newest arrival first; `GET /api/feedback/{id}` one. */
export const reviewQuerySchema = pageQuerySchema.extend(filters)
export const reviewPageSchema = pageOf(reviewItemSchema)

/** `POST /api/feedback/{id}/review` (publisher) answers the item. `label`: needed for corrected, refused for the others. */
export const reviewRequestSchema = z
  .strictObject({
    state: reviewStateSchema,
    label: z.string().trim().min(1).max(200).optional(),
    comment: z.string().trim().min(1).max(2000).optional(),
  })
  .refine(({ state, label }) => (state === 'corrected') === (label !== undefined), {
    message: 'a label belongs to corrected, and to nothing else',
    path: ['label'],
  })

/** `GET /api/feedback/figures?model=&site=&version=&from=&to=` */
export const feedbackFiguresQuerySchema = z.object({
  model: filters.model,
  version: filters.version,
  site: filters.site,
  from: filters.from,
  to: filters.to,
})
const countsSchema = z.object({
  /** Answers. */
  n: z.int(),
  answers: z.record(feedbackAnswerSchema, z.int()),
  /** Real, of those answered with real or false, with its 95 % interval (Wilson); null: none was. */
  shareReal: z.object({ value: z.number(), low: z.number(), high: z.number(), n: z.int() }).nullable(),
})
export const feedbackFiguresSchema = z.object({
  all: countsSchema,
  reviews: z.record(reviewStateSchema, z.int()),
  /** At most 500, most answers first. */
  groups: z.array(
    z.object({ model: z.string(), version: z.string(), site: z.string(), ...countsSchema.shape }),
  ),
})
export type FeedbackFigures = z.infer<typeof feedbackFiguresSchema>

/**
 * `GET /api/feedback/export?format=…` (publisher), streamed. Without `state` and `all`: what was reviewed and not excluded.
 * docs/feedback.md says what the columns are.
 */
export const exportQuerySchema = z.object({
  ...filters,
  format: z.enum(['jsonl', 'csv', 'parquet']).default('jsonl'),
  all: z.stringbool().optional(),
})
export type ExportQuery = z.infer<typeof exportQuerySchema>

/** A line of the JSONL export; the other formats hold the same. */
export const exportLineSchema = z.object({
  format: z.literal('edgewright-feedback-1'),
  id: z.int(),
  model: z.object({ id: z.string(), version: z.string(), digest: digestSchema.nullable() }),
  /** `window`: whole, oldest reading first (contract of the example). */
  features: featuresSchema.extend({ window: servedWindowSchema.nullable() }).nullable(),
  decision: reviewItemSchema.shape.decision,
  operator: z.object({
    answer: feedbackAnswerSchema,
    note: z.string().nullable(),
    by: z.string(),
    at: z.string(),
  }),
  review: reviewItemSchema.shape.review,
  provenance: z.object({
    device: digestSchema,
    machine: z.string(),
    site: z.string(),
    asset: z.string().nullable(),
    readingId: z.string(),
    /** Of the reading; null: not told. */
    readingTime: z.string().nullable(),
    alertId: z.string(),
    rule: z.string(),
    raisedAt: z.string(),
    arrivedAt: z.string(),
  }),
})
export type ExportLine = z.infer<typeof exportLineSchema>
