import { z } from 'zod'
import { textSchema } from './text.ts'

/**
 * The manifest of a model package (`model.json`): everything the runtime and the people around it must know.
 * Fields are added when something acts on them, never before: unknown keys are refused.
 */

const finite = z.number().finite()
const rangeSchema = z.strictObject({ min: finite.optional(), max: finite.optional() })
export type Range = z.infer<typeof rangeSchema>

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
  kind: z.enum(['number', 'category']),
  /** category: the number that stands for each word in the tensor, as in training. */
  codes: z.record(z.string(), finite).optional(),
  /** Hard limits: outside them the sensor is wrong, and the reading is rejected. */
  physical: rangeSchema.optional(),
  /** The usual range: .1 and 99.9 % of the reference. Outside it is unusual, not wrong. */
  learned: z.strictObject({ min: finite, max: finite }).optional(),
  nullable: z.boolean(),
  /** What stands in the tensor for a null: a number, or 'nan' where the model was trained on missing values. */
  fill: z.union([finite, z.literal('nan')]).optional(),
  /** Seconds of one unchanged value after which a sensor counts as stuck; absent: never. */
  stuckAfterS: z.number().positive().optional(),
})
export type Feature = z.infer<typeof featureSchema>

export const inputTensorSchema = z.strictObject({
  name: z.string().min(1),
  dtype: z.literal('float32'),
  /** Feature names in the order of the last axis. Shape: [rows, features.length]. */
  features: z.array(z.string().min(1)).min(1),
})
export type InputTensor = z.infer<typeof inputTensorSchema>

export const outputSchema = z.strictObject({
  /** The graph's output tensor. */
  name: z.string().min(1),
  title: textSchema,
  /** binary: one or two columns; multiclass: classes exclude one another; multilabel: they do not; regression: one column. */
  kind: z.enum(['binary', 'multiclass', 'multilabel', 'regression']),
  /** One per column (binary with one column: [negative, positive]); empty for regression. */
  classes: z.array(z.string().min(1)),
  /** binary: the class whose probability is reported. */
  positive: z.string().min(1).optional(),
  /** What the runtime applies to the raw tensor. 'none' where the graph already gives probabilities. */
  activation: z.enum(['none', 'sigmoid', 'softmax']),
  unit: z.string().min(1).optional(),
})
export type OutputTensor = z.infer<typeof outputSchema>

export const prioritySchema = z.enum(['high', 'medium', 'low'])
export type Priority = z.infer<typeof prioritySchema>

export const alertRuleSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/),
  title: textSchema,
  /** The class whose probability is watched; absent for regression, where the value is. */
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
  respondWithinMin: z.number().positive(),
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
  }),
  inputs: z.strictObject({
    features: z.array(featureSchema).min(1),
    tensors: z.array(inputTensorSchema).min(1),
  }),
  outputs: z.array(outputSchema).length(1),
  decision: z.strictObject({ alerts: z.array(alertRuleSchema) }),
  success: z.array(z.strictObject({ metric: z.string().min(1), target: z.string().min(1) })),
  operation: z.strictObject({
    /** Largest difference between an output here and in the golden vectors: |a − b| ≤ absolute + relative·|b|. */
    goldenTolerance: z.strictObject({ absolute: z.number().min(0), relative: z.number().min(0) }),
    /** An inference that takes longer is given up; its readings are answered with `abstain`. */
    deadlineMs: z.number().positive(),
    maxBatch: z.int().min(1).max(4096),
    /** A fixed batch axis in the graph: rows are padded to it. Absent: any number of rows. */
    fixedBatch: z.int().min(1).optional(),
  }),
  /** Days for which readings and decisions are kept; alerts, feedback and audit are kept regardless. */
  retentionDays: z.number().positive(),
})
export type Manifest = z.infer<typeof manifestSchema>

/** What the fields mean together: each sentence returned is one contradiction. */
export function contradictions(m: Manifest): string[] {
  const wrong: string[] = []
  const features = new Map(m.inputs.features.map((f) => [f.name, f]))
  if (features.size !== m.inputs.features.length) wrong.push('inputs.features: two features share one name')
  const bound = m.inputs.tensors.flatMap((t) => t.features)
  for (const name of bound)
    if (!features.has(name)) wrong.push(`inputs.tensors: "${name}" is not among inputs.features`)
  for (const name of features.keys())
    if (!bound.includes(name)) wrong.push(`inputs.features: "${name}" enters no tensor`)
  for (const f of features.values()) {
    if (f.kind === 'category' && Object.keys(f.codes ?? {}).length === 0)
      wrong.push(
        `inputs.features: "${f.name}" holds words, but the model takes numbers: write in "codes" the number that training used for each word`,
      )
    if (f.nullable && f.fill === undefined)
      wrong.push(
        `inputs.features: "${f.name}" may be null, so "fill" must say what the model gets instead (a number or "nan")`,
      )
    for (const [what, r] of [
      ['physical', f.physical],
      ['learned', f.learned],
    ] as const)
      if (r?.min !== undefined && r.max !== undefined && r.min > r.max)
        wrong.push(`inputs.features: "${f.name}".${what}: min is above max`)
  }
  const out = m.outputs[0]!
  if (out.kind === 'regression' ? out.classes.length > 0 : out.classes.length < 1)
    wrong.push(`outputs: "${out.name}" is ${out.kind} and lists ${out.classes.length} classes`)
  if (
    out.kind === 'binary' &&
    (out.classes.length !== 2 || !out.positive || !out.classes.includes(out.positive))
  )
    wrong.push(`outputs: "${out.name}" is binary: it needs two classes, and "positive" must be one of them`)
  const ids = new Set<string>()
  for (const rule of m.decision.alerts) {
    if (ids.has(rule.id)) wrong.push(`decision.alerts: two rules share the id "${rule.id}"`)
    ids.add(rule.id)
    if (out.kind === 'regression' ? rule.class !== undefined : !out.classes.includes(rule.class ?? ''))
      wrong.push(
        `decision.alerts: "${rule.id}" watches class "${rule.class ?? ''}", which the output does not have`,
      )
    if (rule.direction === 'above' ? rule.clear > rule.raise : rule.clear < rule.raise)
      wrong.push(
        `decision.alerts: "${rule.id}" would clear before it is raised: clear ${rule.clear}, raise ${rule.raise}`,
      )
  }
  return wrong
}
