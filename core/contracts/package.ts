import { z } from 'zod'

/** Files inside a package beside `model.json`. */

const histogramSchema = z.object({
  /** 20 quantile bins: edges at 0, 5, … 100 % of the reference (21, ascending, possibly repeated). */
  edges: z.array(z.number()).min(2),
  /** edges.length − 1 counts: bin k is [edges[k], edges[k+1]), the last one closed. */
  counts: z.array(z.int()),
  /** Of the reference, `below` and `above` are 0: its ends are the outer edges. Live counts share this form. */
  nulls: z.int(),
  below: z.int(),
  above: z.int(),
  notFinite: z.int(),
})

/** What the reference says of one feature. What it cannot say is absent. */
export const featureBaselineSchema = z.object({
  /** Finite values, and Σ(x − mean)² over them: moments in Chan's form merge exactly. */
  n: z.int(),
  mean: z.number(),
  m2: z.number(),
  min: z.number(),
  max: z.number(),
  histogram: histogramSchema,
  learned: z.object({ min: z.number(), max: z.number() }),
  /** Share of rows equal to the row before them; only where the rows are in time order. */
  pRepeat: z.number().optional(),
  longestRun: z.int().optional(),
  /** Integrated autocorrelation time, in rows; only where the rows are in time order. */
  tau: z.number().optional(),
  /** category: how often each word occurs. */
  categories: z.record(z.string(), z.int()).optional(),
})
export type FeatureBaseline = z.infer<typeof featureBaselineSchema>

export const baselineSchema = z.object({
  reference: z.object({ rows: z.int(), sha256: z.string(), timeColumn: z.string().optional() }),
  features: z.record(z.string(), featureBaselineSchema),
  /**
   * Rows of the reference that stand for normal; [count][number and category features] in manifest order, in baseline.bin as little-endian
   * float64 from byte `offset`; NaN is a null. `of`: chosen among rows on which no alert rule would be raised, or among all.
   */
  prototypes: z
    .object({ count: z.int(), offset: z.int(), of: z.enum(['rows-without-alert', 'all-rows']) })
    .optional(),
  /** What monitoring needs and this reference could not give, with the reason. */
  absent: z.record(z.string(), z.string()),
})
export type Baseline = z.infer<typeof baselineSchema>

const cellSchema = z.union([z.number(), z.string(), z.null()])
export type GoldenCell = z.infer<typeof cellSchema>

export const goldenSchema = z.object({
  madeWith: z.object({ onnxruntime: z.string(), provider: z.string(), platform: z.string() }),
  /**
   * Per input tensor: row by row, the values of one row in their order. null stands for NaN; an image is one text, its
   * encoded file in base64. Constants are left out.
   */
  inputs: z.record(z.string(), z.array(z.array(cellSchema))),
  /** Of every output of the manifest. Texts are labels. */
  outputs: z.record(z.string(), z.array(z.array(cellSchema))),
  /** What the model answers where every input is missing; 'not-tried' where nothing can stand for missing. */
  nullRow: z.enum(['finite', 'not-finite', 'refused', 'not-tried']),
})
export type Golden = z.infer<typeof goldenSchema>

/** `digests.json`, first in the tar: sha256 (hex) and size of every other file. */
export const digestsSchema = z.strictObject({
  formatVersion: z.literal(1),
  files: z.record(
    z.string(),
    z.strictObject({ sha256: z.string().regex(/^[0-9a-f]{64}$/), size: z.int().min(0) }),
  ),
})
export type Digests = z.infer<typeof digestsSchema>

/** `reference.json` in a draft folder, not packed: what `new` was told about reference.csv. */
export const referenceInfoSchema = z.strictObject({
  source: z.string().min(1),
  /** The rows' time; without it, nothing is said about the order of rows. */
  timeColumn: z.string().min(1).optional(),
  labelColumn: z.string().min(1).optional(),
  /** Which machine a row is of: windows of time do not reach from one to another. */
  groupColumn: z.string().min(1).optional(),
})
export type ReferenceInfo = z.infer<typeof referenceInfoSchema>
