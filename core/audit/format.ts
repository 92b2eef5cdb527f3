import { z } from 'zod'
import { type Stream, streamNames } from '../chain/streams.ts'
import { checkpointSchema } from '../contracts/audit.ts'
import { digestSchema } from '../contracts/update.ts'

const hex = z.string().regex(/^[0-9a-f]{64}$/)
const streamSchema = z.enum(streamNames as [Stream, ...Stream[]])

/**
 * A checkpoint as it is kept: a line of `checkpoints.ndjson`, and of an export. The public key stands beside it, so that it
 * can be checked when the key is long gone. `countersignature` is central's, Ed25519 over the canonical JSON of
 * `{checkpoint, by, at}`; a line that has come back with one is appended again, whole.
 */
export const keptCheckpointSchema = z.object({
  checkpoint: checkpointSchema,
  /** The raw Ed25519 key, 32 bytes, hex: the form of TUF's `keyval.public`. */
  publicKey: hex,
  countersignature: z.object({ by: z.string(), at: z.string(), signature: z.string() }).optional(),
})
export type KeptCheckpoint = z.infer<typeof keptCheckpointSchema>

export const epochSchema = z.object({
  epoch: z.string(),
  startedAt: z.string(),
  /** 'created', or why the journal must have been restored. */
  why: z.string(),
  /** Where the streams of the epoch before ended, by number of the stream; empty for the first. */
  tips: z.array(z.object({ seq: z.int(), head: hex })),
})
export type RecordEpoch = z.infer<typeof epochSchema>

/** The first line of an export: NDJSON, one of these, then `checkpoint`s, then `shape`s and `block`s, then one `end`. */
export const headerLineSchema = z.object({
  kind: z.literal('edgewright-record'),
  format: z.literal(1),
  machine: z.string(),
  device: digestSchema,
  publicKey: hex,
  /** What the machine was before its key was renewed: the record says when and why (`device-key.replaced`). */
  formerly: z.array(digestSchema),
  /** Keys of the fleet's servers where it was enrolled (raw Ed25519, hex), as each gave it then; absent: none. */
  centrals: z.array(hex).optional(),
  epoch: z.string(),
  exportedAt: z.string(),
  /** What was asked for; the blocks reach from the checkpoint before to the one after. null: no bound. */
  from: z.string().nullable(),
  to: z.string().nullable(),
  /** Whether blocks of readings bring their content, or only its digest. */
  readings: z.boolean(),
  epochs: z.array(epochSchema).min(1),
  /** Where the blocks begin: behind this checkpoint; null: at the beginning. */
  begin: keptCheckpointSchema.nullable(),
  /** Counter of the checkpoint up to which the blocks reach. */
  until: z.int().positive(),
})
export type HeaderLine = z.infer<typeof headerLineSchema>

export const checkpointLineSchema = keptCheckpointSchema.extend({ kind: z.literal('checkpoint') })

/** What the columns of the blocks that name it mean. */
export const shapeLineSchema = z.object({ kind: z.literal('shape'), sha256: hex, json: z.string() })

/** By stream in their order, epoch and first row. With `core/chain` the digest is recomputed from what stands here. */
export const blockLineSchema = z.object({
  kind: z.literal('block'),
  stream: streamSchema,
  epoch: z.string(),
  first: z.int(),
  last: z.int(),
  /** When it was journaled, epoch ms. */
  atMs: z.number(),
  /** Kind of its events, 'mixed', or 'record'. */
  of: z.string(),
  shape: z.string(),
  sha256: hex,
  prev: hex,
  digest: hex,
  /** Events: JSON text, byte for byte what was hashed. */
  text: z.string().optional(),
  /** Readings: base64 of the columns. */
  columns: z.string().optional(),
  /** The content is gone from the journal: retention. */
  dropped: z.literal(true).optional(),
})
export type BlockLine = z.infer<typeof blockLineSchema>

export const endLineSchema = z.object({
  kind: z.literal('end'),
  blocks: z.int(),
  rows: z.int(),
  /** Taken for this export. */
  end: keptCheckpointSchema,
  /** The device's, over `sealedBytes`: what no digest and no checkpoint covers. base64 */
  signature: z.string(),
})
export type EndLine = z.infer<typeof endLineSchema>

export const lineSchema = z.discriminatedUnion('kind', [
  headerLineSchema,
  checkpointLineSchema,
  shapeLineSchema,
  blockLineSchema,
  endLineSchema,
])
export type RecordLine = z.infer<typeof lineSchema>

/** What core cannot do by itself. */
export interface RecordTools {
  sha256: (bytes: Uint8Array) => Uint8Array
  /** Ed25519. `publicKey`: 32 bytes, hex; `signature`: base64. False for whatever is no key and no signature. */
  isSigned: (publicKey: string, bytes: Uint8Array, signature: string) => boolean
  fromBase64: (text: string) => Uint8Array
}
