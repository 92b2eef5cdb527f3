import { z } from 'zod'

/** What a sensor may send for one feature; `null` is a value that is missing and known to be. */
export const valueSchema = z.union([z.number(), z.string(), z.boolean(), z.null()])
export type Value = z.infer<typeof valueSchema>

export const readingSchema = z.strictObject({
  /** The sender's own id, for safe repetition: a repeated id answers the first decision again. */
  id: z.string().min(1).max(200).optional(),
  asset: z.string().min(1).max(200),
  /** RFC 3339. */
  time: z.string(),
  values: z.record(z.string(), valueSchema),
  /** UCUM unit per feature, where the sender states it. */
  units: z.record(z.string(), z.string()).optional(),
})
export type Reading = z.infer<typeof readingSchema>
