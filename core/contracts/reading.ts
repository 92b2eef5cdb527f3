import { z } from 'zod'

/** Numbers of one series, at most. */
export const maxSeriesLength = 1_000_000

/**
 * What a sensor may send for one feature; `null` is a value that is missing and known to be. An image is a PNG or JPEG in
 * base64 (with or without `data:…;base64,` before it), a series an array of numbers.
 */
export const valueSchema = z.union([
  z.number(),
  z.string(),
  z.boolean(),
  z.null(),
  z.array(z.number().nullable()).max(maxSeriesLength),
])
export type Value = z.infer<typeof valueSchema>

/** The asset of tensors that name no machine; no reading may call its asset so. */
export const unnamedAsset = 'open-inference'

/** Names are keys of the record, which holds well-formed Unicode only. */
const nameSchema = z
  .string()
  .min(1)
  .max(200)
  .refine((text) => text.isWellFormed(), 'not well-formed Unicode')
/** Features of one reading, at most. */
export const maxValues = 2000
const atMost = (values: Record<string, unknown>) => Object.keys(values).length <= maxValues

export const readingSchema = z.strictObject({
  /** The sender's own id, for safe repetition: a repeated id answers the first decision again. */
  id: nameSchema.optional(),
  asset: nameSchema.refine((asset) => asset !== unnamedAsset, 'a reserved name'),
  /** RFC 3339. */
  time: z.string(),
  values: z.record(z.string(), valueSchema).refine(atMost, 'too many values'),
  /** UCUM unit per feature, where the sender states it. */
  units: z.record(z.string(), z.string()).refine(atMost, 'too many units').optional(),
})
export type Reading = z.infer<typeof readingSchema>
