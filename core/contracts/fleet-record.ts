import { z } from 'zod'
import { keptCheckpointSchema } from '../audit/format.ts'
import { pageOf, pageQuerySchema } from './central.ts'
import { digestSchema, nameSchema } from './update.ts'

/** The record of the fleet: what machines wrote down, as it arrived; what was done at central; what does not fit together. */

const between = {
  /** RFC 3339, by when it arrived here. */
  from: z.iso.datetime({ offset: true }).optional(),
  to: z.iso.datetime({ offset: true }).optional(),
}

/** `GET /api/record`: events of machines, newest arrival first; of one machine in its own order. */
export const recordQuerySchema = pageQuerySchema.extend({
  device: digestSchema.optional(),
  site: nameSchema.optional(),
  /** A whole kind, or a beginning that ends with a dot: `deployment.` */
  kind: z.string().max(100).optional(),
  /** Part of who did it. */
  by: z.string().max(100).optional(),
  ...between,
})
export type RecordQuery = z.infer<typeof recordQuerySchema>
export const recordItemSchema = z.object({
  device: digestSchema,
  machine: z.string(),
  site: z.string(),
  stream: z.string(),
  epoch: z.string(),
  seq: z.int(),
  /** By the machine's clock. */
  at: z.string(),
  receivedAt: z.string(),
  kind: z.string(),
  by: z.string(),
  body: z.unknown(),
})
export type RecordItem = z.infer<typeof recordItemSchema>
export const recordPageSchema = pageOf(recordItemSchema)
export type RecordPage = z.infer<typeof recordPageSchema>

/** `GET /api/log`: what people and the server itself did at central, newest first. */
export const logQuerySchema = pageQuerySchema.extend({
  kind: z.string().max(100).optional(),
  by: z.string().max(100).optional(),
  ...between,
})
export type LogQuery = z.infer<typeof logQuerySchema>
export const logItemSchema = z.object({
  id: z.int(),
  at: z.string(),
  by: z.string(),
  kind: z.string(),
  body: z.unknown(),
})
export type LogItem = z.infer<typeof logItemSchema>
export const logPageSchema = pageOf(logItemSchema)
export type LogPage = z.infer<typeof logPageSchema>

/** `GET /api/findings`: contradictions, newest first. */
export const findingsQuerySchema = pageQuerySchema.extend({ device: digestSchema.optional() })
export type FindingsQuery = z.infer<typeof findingsQuerySchema>
export const fleetFindingSchema = z.object({
  id: z.int(),
  device: digestSchema,
  machine: z.string(),
  site: z.string(),
  at: z.string(),
  /** fork: it says something else than before · restored: its record was put back · began-anew: it began a record as if it had none · lost: its disk lost rows that were never here. */
  kind: z.string(),
  words: z.string(),
  detail: z.unknown(),
})
export type FleetFinding = z.infer<typeof fleetFindingSchema>
export const findingsPageSchema = pageOf(fleetFindingSchema)

/** `GET /api/devices/{device}/checkpoints`: what was countersigned, newest first. */
export const checkpointsPageSchema = pageOf(
  z.object({
    counter: z.int(),
    at: z.string(),
    receivedAt: z.string(),
    epoch: z.string(),
    kept: keptCheckpointSchema,
  }),
)
export type CheckpointsPage = z.infer<typeof checkpointsPageSchema>
export type FindingsPage = z.infer<typeof findingsPageSchema>
