import { z } from 'zod'
import { feedbackAnswerSchema } from './alert.ts'
import { saidSchema } from './decision.ts'
import { valueSchema } from './reading.ts'
import { digestSchema } from './update.ts'

/** Event kind of the stream `events`, written with the answer of a person to an alert, in the same transaction. */
export const exampleKind = 'feedback.example'

const stepSchema = z.union([z.number(), z.string(), z.boolean(), z.null()])
/**
 * The readings that a model with a window was given together with the one that raised the alert, oldest first; the last is that one.
 * A feature's list is as long as `timesMs`. Where they are fewer than `steps`, `missing` says why the older ones are not there: gone
 * from the journal, unreadable, or more than an example may carry. The list of a feature that one of the readings keeps back is absent.
 */
export const servedWindowSchema = z
  .object({
    /** Readings of the longest window of the version. A shorter one of the same model held the last of them. */
    steps: z.int().min(2),
    /** Of the readings, epoch ms; none where no feature may leave. */
    timesMs: z.array(z.number()).max(10_000),
    features: z.record(z.string(), z.array(stepSchema)),
    missing: z.enum(['retention', 'damaged', 'size']).optional(),
    withheld: z.array(z.string()),
  })
  .refine(
    ({ timesMs, features }) => Object.values(features).every((list) => list.length === timesMs.length),
    'each feature needs one value for each moment',
  )
export type ServedWindow = z.infer<typeof servedWindowSchema>

/**
 * What training data is made of: what was served, what was decided, what a person said of it. Nothing in it is derived again
 * later. It is written as it may leave the site: what the privacy of the version keeps back stands in `withheld` by name only.
 * A second answer to one alert is a second example; the last one counts.
 */
export const feedbackExampleSchema = z.object({
  alertId: z.string(),
  readingId: z.string(),
  model: z.string(),
  version: z.string(),
  /** sha256 of the package file; null: this machine does not hold that version any more. */
  digest: digestSchema.nullable(),
  rule: z.string(),
  /** As privacy lets it leave: its name, a pseudonym (`p:…`), or null. */
  asset: z.string().nullable(),
  /** Of the reading, as its sender gave it; of its alert where the reading is gone. RFC 3339. */
  time: z.string(),
  /**
   * Values exactly as they were served to the model; an image or a series is `sha256:HEX`, never its bytes.
   * Null where the reading is gone: `missing` says why.
   */
  features: z.record(z.string(), valueSchema).nullable(),
  missing: z.enum(['retention', 'damaged']).optional(),
  /** Absent: the version looks at single readings, or the reading is gone. */
  window: servedWindowSchema.optional(),
  /** Features whose value stays on the machine (`aggregated` or `never`). */
  withheld: z.array(z.string()),
  /** Of them that did leave, those under a pseudonym: of no use as a feature, and as a key only within one machine. */
  pseudonymised: z.array(z.string()),
  /** Null where the reading is gone. */
  decision: z
    .object({
      verdict: z.enum(['alert', 'normal', 'abstain', 'rejected']),
      by: z.enum(['model', 'rules']),
      ...saidSchema.shape,
      outputs: z.record(z.string(), saidSchema).optional(),
      /** Codes of quality marks, without their words, which may tell values. */
      marks: z.array(z.string()).optional(),
    })
    .nullable(),
  answer: feedbackAnswerSchema,
  note: z.string().optional(),
  by: z.string(),
  at: z.string(),
})
export type FeedbackExample = z.infer<typeof feedbackExampleSchema>
