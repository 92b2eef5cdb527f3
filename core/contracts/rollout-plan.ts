import { z } from 'zod'
import { chooserSchema } from './fleet.ts'
import { modelIdSchema, versionSchema } from './manifest.ts'
import { digestSchema } from './update.ts'

/** What people say of a rollout beforehand: groups one after the other, each with a gate. */

export const rolloutWhySchema = z.string().trim().min(1).max(1000)
const groupName = z.string().trim().min(1).max(60)
const share = z.number().gt(0).max(1)

/**
 * Machines of a group: those that fit all of what is named, less those of the groups before. Nothing named: all of the rest. Shares
 * nest (the salt is the model): 5, 25 and 100 percent in three groups take 5 %, 20 % and the rest.
 */
export const chooseSchema = chooserSchema
export type Choose = z.infer<typeof chooseSchema>

/**
 * What must hold before the next group begins, and what stops the rollout. Thresholds are numbers; nothing is read out of words.
 * A failure: the version was refused, could not be brought in, rolled back, or held by people on site.
 */
export const gateSchema = z.strictObject({
  /** How long enough machines must have run it without the gate's thresholds being reached. */
  soakMin: z.number().min(0).max(43_200),
  /** Machines that must have succeeded: they reported the version running after its health window, its self-test passed. */
  minimumN: z.int().min(1),
  /** It stops at this many failures; 0 and 1 both mean at the first. Where neither limit stands, at the first. */
  maxFailures: z.int().min(0).optional(),
  /** It stops at this share of the group's machines, 0..1. */
  maxFailureShare: share.optional(),
  /** Alerts per reading on these machines, against the versions that ran there before. */
  alertsAgainst: z
    .strictObject({
      /** It stops where the rate differs by this much, up or down, percent. */
      percent: z.number().gt(0).max(10_000),
      /** On each side; with fewer the gate waits. */
      minimumReadings: z.int().min(1),
    })
    .optional(),
  /** People with accounts who must agree before it goes on; none of them is who proposed it. */
  approvals: z.int().min(0).max(2).default(0),
})
export type Gate = z.infer<typeof gateSchema>

/** `POST /api/rollouts` (publisher) */
export const rolloutPlanSchema = z.strictObject({
  model: modelIdSchema,
  version: versionSchema,
  /** Of the package; where it stands, the signed repository must say the same. */
  digest: digestSchema.optional(),
  groups: z
    .array(z.strictObject({ name: groupName, choose: chooseSchema, gate: gateSchema }))
    .min(1)
    .max(20)
    .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, 'two groups have one name'),
  /** People who must agree before the first group begins. */
  approvals: z.int().min(0).max(2).default(0),
  /** Once it has arrived and qualified, or when a technician says so. */
  activate: z.enum(['at-once', 'by-technician']).default('at-once'),
  /** It stays a draft until `POST …/start`. */
  draft: z.boolean().default(false),
  reason: rolloutWhySchema,
})
export type RolloutPlan = z.infer<typeof rolloutPlanSchema>
export type RolloutPlanInput = z.input<typeof rolloutPlanSchema>
