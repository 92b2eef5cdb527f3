import { z } from 'zod'
import { saidSchema } from './decision.ts'

const answerSchema = z.object({
  verdict: z.enum(['alert', 'normal', 'abstain', 'rejected']),
  ...saidSchema.shape,
  outputs: z.record(z.string(), saidSchema).optional(),
})

const sideSchema = z.object({
  version: z.string(),
  readings: z.int(),
  /** Milliseconds of an answer; null before the first. */
  p50Ms: z.number().nullable(),
  p95Ms: z.number().nullable(),
  /** Of the answered readings, 0..1. */
  alertRate: z.number().nullable(),
  abstained: z.int(),
  rejected: z.int(),
  /** People's answers to its alerts. */
  feedback: z.object({ real: z.int(), false: z.int() }),
})

/** Two versions on the same readings (shadow), or on the same line (canary): `GET /api/models/{id}/comparison`. */
export const comparisonSchema = z.object({
  mode: z.enum(['shadow', 'canary']),
  since: z.string(),
  champion: sideSchema,
  challenger: sideSchema,
  /** Shadow only: readings that both answered; and those the challenger was spared, so that it slows nothing. */
  compared: z.int(),
  skipped: z.int(),
  /** Same verdict. */
  agreed: z.int(),
  /** The newest in which they differ, newest first; at most 50. */
  cases: z.array(
    z.object({
      readingId: z.string(),
      asset: z.string(),
      time: z.string(),
      champion: answerSchema,
      challenger: answerSchema,
    }),
  ),
  /** MONITORING.md, champion and challenger: a sequential test on labels about which the two disagree. */
  verdict: z.object({
    state: z.enum(['promote', 'keep', 'undecided']),
    /** e-value for the challenger, and for the champion; 20 decides. */
    e: z.number(),
    eChampion: z.number(),
    /** Labels for which only the challenger, only the champion was right; and all labels. */
    wins: z.int(),
    losses: z.int(),
    labels: z.int(),
    days: z.number(),
    /** One sentence: what is decided, or what is still missing. */
    reason: z.string(),
  }),
})
export type Comparison = z.infer<typeof comparisonSchema>
