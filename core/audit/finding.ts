import { z } from 'zod'

/** Which checkpoint says so: its number, and when it was taken. */
export const witnessSchema = z.object({ counter: z.int(), at: z.string() })
export type Witness = z.infer<typeof witnessSchema>

/**
 * One thing in a record that does not hold, and where.
 *
 * - `edit`: a block is not what was written
 * - `delete`: blocks are missing between others
 * - `truncate`: the end is missing
 * - `fork`: another record stands where there was one: rewritten, or put back to an earlier state and gone on from there
 * - `clone`: one device key speaks of two records under one number: two disks with one key, or a disk that was set back
 * - `unsigned`: a checkpoint, or a whole export, was not signed by the device that it names
 * - `incomplete`: an export that ends before its end, or is not in its form
 */
export const findingSchema = z.object({
  kind: z.enum(['edit', 'delete', 'truncate', 'fork', 'clone', 'unsigned', 'incomplete']),
  /** A stream of the journal, or `checkpoints`; null: the whole. */
  stream: z.string().nullable(),
  epoch: z.string().nullable(),
  /** Rows by seq (of `checkpoints`: counters), both inclusive; null: not known. */
  first: z.int().nullable(),
  last: z.int().nullable(),
  /** When what stands there says it was written, RFC 3339. */
  time: z.string().nullable(),
  /** The checkpoint that attests what was there: it was changed after that moment. null: no checkpoint tells. */
  since: witnessSchema.nullable(),
  text: z.string(),
})
export type Finding = z.infer<typeof findingSchema>

/** Of what a verification lists; more of them say no more. */
export const maxFindings = 100

export function finding(
  kind: Finding['kind'],
  text: string,
  where: Partial<Omit<Finding, 'kind' | 'text'>> = {},
): Finding {
  return {
    kind,
    stream: null,
    epoch: null,
    first: null,
    last: null,
    time: null,
    since: null,
    ...where,
    text,
  }
}

/** What `edgewright audit verify` and `GET /api/audit/verify` answer. */
export const recordReportSchema = z.object({
  ok: z.boolean(),
  blocks: z.int(),
  rows: z.int(),
  /** Rows whose content retention dropped. */
  dropped: z.int(),
  /** The first finding, in words. */
  problem: z.string().optional(),
  findings: z.array(findingSchema),
  /** sha256 of the public key of the device; null: none has signed anything here. */
  device: z.string().nullable(),
  checkpoints: z.object({
    count: z.int(),
    first: witnessSchema.nullable(),
    last: witnessSchema.nullable(),
    /** The newest that central countersigned, by the key (hex) that it gave this machine when it enrolled, and that holds. */
    countersigned: witnessSchema.extend({ by: z.string() }).nullable().default(null),
    /** How many say that they are countersigned, by a key that this machine was never given: that counts for nothing. */
    strangers: z.int().default(0),
  }),
})
export type RecordReport = z.infer<typeof recordReportSchema>

/** RFC 3339; null where the number is no moment. */
export const timeOf = (ms: number): string | null =>
  Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : null
