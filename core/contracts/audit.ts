import { z } from 'zod'
import { digestSchema } from './update.ts'

/**
 * Size and head of each stream's chain at one moment, signed with the machine's own key (Ed25519 over the canonical JSON of
 * `signed`). Whoever holds one can tell later whether the record was shortened, changed or forked since.
 */
export const checkpointSchema = z.object({
  signed: z.object({
    /** sha256 of the machine's public key, hex. */
    device: digestSchema,
    epoch: z.string(),
    /** Counts up over the life of the machine's key. */
    counter: z.int().positive(),
    at: z.string(),
    streams: z.record(
      z.string(),
      z.object({ blocks: z.int(), rows: z.int(), seq: z.int(), head: z.string() }),
    ),
  }),
  /** base64 */
  signature: z.string(),
})
export type Checkpoint = z.infer<typeof checkpointSchema>
