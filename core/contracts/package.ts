import { z } from 'zod'

/** Files inside a package beside `model.json`. */

const histogramSchema = z.object({
  /** 20 quantile edges (5 % steps, 0 and 100 % left out ends are min and max), ascending, possibly repeated. */
  edges: z.array(z.number()),
  /** edges.length − 1 counts between the edges. */
  counts: z.array(z.int()),
  nulls: z.int(), below: z.int(), above: z.int(), notFinite: z.int(),
})

/** What the reference says of one feature. What it cannot say is absent. */
export const featureBaselineSchema = z.object({
  n: z.int(), mean: z.number(), m2: z.number(), min: z.number(), max: z.number(),
  histogram: histogramSchema,
  learned: z.object({ min: z.number(), max: z.number() }),
  /** Only where the rows are in time order. */
  pRepeat: z.number().optional(),
  longestRun: z.int().optional(),
  /** Integrated autocorrelation time, in rows; only where the rows are in time order. */
  tau: z.number().optional(),
  categories: z.record(z.string(), z.int()).optional(),
})
export type FeatureBaseline = z.infer<typeof featureBaselineSchema>

export const baselineSchema = z.object({
  reference: z.object({ rows: z.int(), sha256: z.string(), timeColumn: z.string().optional() }),
  features: z.record(z.string(), featureBaselineSchema),
  /** Rows of the reference that stand for normal; [count][feature] in manifest order, in baseline.bin as float64. */
  prototypes: z.object({ count: z.int(), offset: z.int() }).optional(),
  /** What MONITORING asks for and this reference could not give, with the reason. */
  absent: z.record(z.string(), z.string()),
})
export type Baseline = z.infer<typeof baselineSchema>

export const goldenSchema = z.object({
  madeWith: z.object({ onnxruntime: z.string(), provider: z.string(), platform: z.string() }),
  /** Per input tensor: rows × width, row by row. null stands for NaN. */
  inputs: z.record(z.string(), z.array(z.array(z.number().nullable()))),
  outputs: z.record(z.string(), z.array(z.array(z.number().nullable()))),
})
export type Golden = z.infer<typeof goldenSchema>

/** `digests.json`, first in the tar: sha256 (hex) and size of every other file. */
export const digestsSchema = z.strictObject({
  formatVersion: z.literal(1),
  files: z.record(z.string(), z.strictObject({ sha256: z.string().regex(/^[0-9a-f]{64}$/), size: z.int().min(0) })),
})
export type Digests = z.infer<typeof digestsSchema>
