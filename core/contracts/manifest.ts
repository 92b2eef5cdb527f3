import { z } from 'zod'
import { fallbackSchema } from './fallback.ts'
import { guardrailSchema } from './guardrail.ts'
import { providerSchema } from './hardware.ts'
import { inputTensorSchema } from './input-tensor.ts'
import { outputSchema, rangeSchema } from './output-tensor.ts'
import { privacySchema } from './privacy.ts'
import { textSchema } from './text.ts'

/**
 * The manifest of a model package (`model.json`): everything the runtime and the people around it must know.
 * Fields are added when something acts on them, never before: unknown keys are refused.
 */

const finite = z.number().finite()
const personSchema = z.strictObject({ name: z.string().min(1), contact: z.string().min(1).optional() })
export type Person = z.infer<typeof personSchema>

/** Path-safe: an id names a folder on the edge and a segment of a URL. */
export const modelIdSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'lower-case letters, digits and hyphens, at most 63 characters')
export const versionSchema = z
  .string()
  .max(40)
  .regex(/^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/, 'a semantic version such as 1.4.2')

export const featureSchema = z.strictObject({
  /** The key in `reading.values`. */
  name: z.string().min(1).max(200),
  title: textSchema,
  /** UCUM; absent where the feature has no dimension. A reading that names another unit is rejected. */
  unit: z.string().min(1).optional(),
  /** image: a PNG or JPEG, base64. series: an array of numbers. text: free words for a tensor of strings. */
  kind: z.enum(['number', 'category', 'text', 'image', 'series']),
  /** category: the number that stands for each word in the tensor, as in training. */
  codes: z.record(z.string(), finite).optional(),
  /** category that enters a tensor of strings as it is: the words the model was trained on. */
  words: z.array(z.string()).min(1).max(10_000).optional(),
  /** series: how many numbers it has. */
  length: z.int().min(1).max(1_000_000).optional(),
  /** Hard limits: outside them the sensor is wrong, and the reading is rejected. */
  physical: rangeSchema.optional(),
  /** The usual range: .1 and 99.9 % of the reference. Outside it is unusual, not wrong. */
  learned: z.strictObject({ min: finite, max: finite }).optional(),
  nullable: z.boolean(),
  /** What stands in the tensor for a null: a number, 'nan' where the model was trained on missing values, or a word. */
  fill: z.union([finite, z.string()]).optional(),
  /** Seconds of one unchanged value after which a sensor counts as stuck; absent: never. */
  stuckAfterS: z.number().positive().optional(),
})
export type Feature = z.infer<typeof featureSchema>

export const prioritySchema = z.enum(['high', 'medium', 'low'])
export type Priority = z.infer<typeof prioritySchema>

export const alertRuleSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/),
  title: textSchema,
  /** The output that is watched; absent: the first. */
  output: z.string().min(1).optional(),
  /** The class whose probability is watched, or which of several values; absent for a single value. */
  class: z.string().min(1).optional(),
  direction: z.enum(['above', 'below']),
  /** Hysteresis: raised beyond `raise`, cleared only on the other side of `clear`. */
  raise: finite,
  clear: finite,
  /** The condition must hold this long, in the readings' own time, before the alert is raised or cleared. */
  onDelayS: z.number().min(0),
  offDelayS: z.number().min(0),
  priority: prioritySchema,
  cause: textSchema,
  consequence: textSchema,
  actions: z.array(textSchema).min(1).max(3),
  respondWithinMin: z.number().positive().max(525_600),
  escalateTo: personSchema.optional(),
})
export type AlertRule = z.infer<typeof alertRuleSchema>

export const manifestSchema = z.strictObject({
  formatVersion: z.literal(1),
  id: modelIdSchema,
  version: versionSchema,
  /** Grows by one with every release of this id. */
  release: z.int().min(1),
  title: textSchema,
  purpose: textSchema,
  notFor: textSchema,
  trainedOn: z.strictObject({ data: z.string().min(1), pipeline: z.string().min(1).optional() }),
  people: z.strictObject({
    owner: personSchema,
    approver: personSchema.optional(),
    onCall: personSchema.optional(),
    escalation: personSchema.optional(),
    /** Who may go back to the previous version, beside admins. Absent: everybody who is signed in. */
    mayRollBack: z.array(z.enum(['operator', 'technician'])).optional(),
  }),
  inputs: z.strictObject({
    features: z.array(featureSchema).min(1),
    tensors: z.array(inputTensorSchema).min(1).max(64),
  }),
  /** The first is what a decision reports as its probability or value. */
  outputs: z.array(outputSchema).min(1).max(16),
  decision: z.strictObject({ alerts: z.array(alertRuleSchema) }),
  /** Conditions that act by themselves. */
  guardrails: z.array(guardrailSchema).max(32).optional(),
  /** What stands in where the model abstains, fails or is withdrawn. */
  fallback: fallbackSchema.optional(),
  success: z.array(z.strictObject({ metric: z.string().min(1), target: z.string().min(1) })),
  operation: z.strictObject({
    /** Largest difference between an output here and in the golden vectors: |a − b| ≤ absolute + relative·|b|. */
    goldenTolerance: z.strictObject({ absolute: z.number().min(0), relative: z.number().min(0) }),
    /** An inference that takes longer is given up; its readings are answered with `abstain`. */
    deadlineMs: z.number().positive().max(86_400_000),
    maxBatch: z.int().min(1).max(4096),
    /** A fixed batch axis in the graph: rows are padded to it. Absent: any number of rows. */
    fixedBatch: z.int().min(1).max(4096).optional(),
    /** The graph's tensors have no batch axis at all. */
    noBatchAxis: z.literal(true).optional(),
    /** Data of an asset that was not heard of for this long counts as old, seconds. Absent: 10. */
    staleAfterS: z.number().positive().optional(),
    /** Resident memory of the model's process, MiB; one that takes more is stopped. Absent: a share of the machine's. */
    memoryMb: z.int().min(64).optional(),
    /** A version counts as committed once it has run this long without trouble, seconds. Absent: 300. */
    healthWindowS: z.number().min(0).max(2_592_000).optional(),
    /** So many crashes or hangs of the lane (in a health window), or ends of the runtime (on trial), take it back. Absent: 3. */
    crashLimit: z.int().min(1).max(100).optional(),
    /** The way back is rehearsed every so many days, at this hour of the machine's clock. Absent: on request only. */
    drill: z.strictObject({ everyDays: z.int().min(1).max(365), atHour: z.int().min(0).max(23) }).optional(),
  }),
  /** Absent: every provider of this machine is tried, and the fastest that answers rightly is chosen. */
  hardware: z
    .strictObject({
      providers: z.array(providerSchema).min(1).optional(),
      /** The most that one row may take, milliseconds. */
      latencyBudgetMs: z.number().positive().optional(),
    })
    .optional(),
  /** What of a reading may leave the site, and how. Absent: nothing of it, and assets under a pseudonym. */
  privacy: privacySchema.optional(),
  /** From this moment on the version must not be started any more, RFC 3339: central shows it, and says so beforehand. */
  retireAt: z.iso.datetime({ offset: true }).optional(),
  /** Days for which readings and decisions are kept; alerts, feedback and audit are kept regardless. */
  retentionDays: z.number().positive(),
})
export type Manifest = z.infer<typeof manifestSchema>
