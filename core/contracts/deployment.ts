import { z } from 'zod'
import { manifestSchema } from './manifest.ts'
import { textSchema } from './text.ts'

/**
 * Where a version stands.
 *
 * absent → downloading → verifying → staged → qualifying → shadow? → canary? → running → previous → retired
 *                 any step can end in refused(reason); running can end in rolled-back(reason)
 */
export const deploymentStateSchema = z.discriminatedUnion('state', [
  z.object({ state: z.literal('verifying') }),
  z.object({ state: z.literal('staged') }),
  z.object({ state: z.literal('qualifying') }),
  z.object({ state: z.literal('running'), since: z.string() }),
  z.object({ state: z.literal('refused'), reason: z.string() }),
])
export type DeploymentState = z.infer<typeof deploymentStateSchema>

export const laneStatusSchema = z.discriminatedUnion('state', [
  z.object({ state: z.literal('starting') }),
  z.object({ state: z.literal('ready'), pid: z.int() }),
  z.object({ state: z.literal('restarting'), reason: z.string(), crashes: z.int() }),
  z.object({ state: z.literal('failed'), reason: z.string() }),
  z.object({ state: z.literal('closed') }),
])
export type LaneStatus = z.infer<typeof laneStatusSchema>

export const slotSchema = z.object({
  version: z.string(),
  release: z.int(),
  /** sha256 of the package file, hex. */
  digest: z.string(),
  installedAt: z.string(),
  deployment: deploymentStateSchema,
  lane: laneStatusSchema,
  provider: z.string(),
})
export type Slot = z.infer<typeof slotSchema>

export const modelSummarySchema = z.object({
  id: z.string(),
  title: textSchema,
  signed: z.boolean(),
  /** Data of an asset that was not heard of for this long counts as old. */
  staleAfterMs: z.number(),
  slots: z.object({
    running: slotSchema.nullable(),
    previous: slotSchema.nullable(),
    staged: slotSchema.nullable(),
  }),
})
export type ModelSummary = z.infer<typeof modelSummarySchema>

/** `GET /api/models/{id}`: the summary, the running version's manifest, and where each feature usually lies (middle 90 %). */
export const modelDetailSchema = modelSummarySchema.extend({
  manifest: manifestSchema,
  card: z.string(),
  usual: z.record(z.string(), z.object({ min: z.number(), max: z.number() })),
})
export type ModelDetail = z.infer<typeof modelDetailSchema>
