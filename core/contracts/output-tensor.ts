import { z } from 'zod'
import { textSchema } from './text.ts'

const finite = z.number().finite()
const rangeSchema = z.strictObject({ min: finite.optional(), max: finite.optional() })
export type Range = z.infer<typeof rangeSchema>
export { rangeSchema }

/**
 * Split-conformal interval (Vovk et al. 2005; Lei et al. 2018): value + lower … value + upper, from the residuals of `n`
 * examples that training had not seen. Holds on average for examples like those.
 */
export const intervalSchema = z
  .strictObject({
    coverage: z.number().gt(0).lt(1),
    lower: finite.max(0),
    upper: finite.min(0),
    n: z.int().min(1),
    /** Where the examples come from, for the card and the record. */
    from: z.string().min(1),
  })
  .refine(({ coverage, n }) => Math.ceil((n + 1) * coverage) <= n, 'its n is too small for its coverage')
export type Interval = z.infer<typeof intervalSchema>

export const outputSchema = z.strictObject({
  /** The graph's output tensor. */
  name: z.string().min(1),
  title: textSchema,
  /** binary: one or two columns; multiclass: classes exclude one another; multilabel: they do not; regression: values. */
  kind: z.enum(['binary', 'multiclass', 'multilabel', 'regression']),
  /** One per column (binary with one column: [negative, positive]); empty for regression. */
  classes: z.array(z.string().min(1)),
  /** binary: the class whose probability is reported. */
  positive: z.string().min(1).optional(),
  /** regression with several columns: what each is called. */
  targets: z.array(z.string().min(1)).min(2).max(1000).optional(),
  /**
   * What the runtime applies to the raw tensor. 'none' where the graph already gives probabilities. 'label': the tensor
   * [rows] holds the class itself (as text or whole number), and nothing says how sure the model is.
   */
  activation: z.enum(['none', 'sigmoid', 'softmax', 'label']),
  unit: z.string().min(1).optional(),
  /** regression: what the value can be at all; intervals are cut to it. */
  range: rangeSchema.optional(),
  /** regression with one column. */
  interval: intervalSchema.optional(),
})
export type OutputTensor = z.infer<typeof outputSchema>

/** What the scores of an output are called, column by column. */
export function scoreNames(output: Pick<OutputTensor, 'kind' | 'classes' | 'targets'>): string[] {
  return output.kind === 'regression' ? (output.targets ?? ['value']) : output.classes
}

/** value + lower … value + upper, within what is possible at all. */
export function intervalAround(
  value: number,
  { interval, range }: Pick<OutputTensor, 'interval' | 'range'>,
): { low: number; high: number; coverage: number } | undefined {
  if (!interval) return undefined
  const cut = (x: number) => Math.min(range?.max ?? Infinity, Math.max(range?.min ?? -Infinity, x))
  return { low: cut(value + interval.lower), high: cut(value + interval.upper), coverage: interval.coverage }
}
