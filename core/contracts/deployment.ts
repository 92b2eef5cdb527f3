import { z } from 'zod'
import { guardrailStatusSchema } from './guardrail.ts'
import { qualificationSchema } from './hardware.ts'
import { manifestSchema, versionSchema } from './manifest.ts'
import { textSchema } from './text.ts'

const since = z.string()
const who = { since, by: z.string(), reason: z.string() }

/**
 * Where a version stands; edge/deploy/states.ts says what may follow what.
 *
 * absent → verifying → staged → qualifying → shadow? → canary? → running → previous → retired
 *        any step can end in refused(reason); running in rolled-back(reason) or withdrawn(reason)
 */
export const deploymentStateSchema = z.discriminatedUnion('state', [
  z.object({ state: z.literal('verifying'), since }),
  z.object({ state: z.literal('staged'), since }),
  z.object({ state: z.literal('qualifying'), since, mode: z.enum(['replace', 'shadow', 'canary']) }),
  z.object({ state: z.literal('shadow'), ...who }),
  z.object({ state: z.literal('canary'), ...who, percent: z.number() }),
  z.object({
    state: z.literal('running'),
    ...who,
    /** Until when the version is on trial (the health window); absent: it is committed. */
    trialUntil: z.string().optional(),
    /** Starts of the runtime during the trial: the boot counter. */
    boots: z.int().optional(),
  }),
  z.object({ state: z.literal('previous'), since }),
  /** Taken out with nothing to go back to: fallback rules answer, or nobody does. */
  z.object({ state: z.literal('withdrawn'), ...who }),
  /** Held: nothing but a person's explicit activation brings it back. */
  z.object({ state: z.literal('rolled-back'), ...who, ms: z.number().nullable() }),
  z.object({ state: z.literal('retired'), since }),
  z.object({ state: z.literal('refused'), since, reason: z.string() }),
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
  bytes: z.int(),
  installedAt: z.string(),
  installedBy: z.string(),
  /** Who vouches for it; empty: nobody, it was accepted under --allow-unsigned. */
  signedBy: z.array(z.string()),
  deployment: deploymentStateSchema,
  /** What it has come through here before the state it is in. beside: shadow or canary · running: served, on trial or not. */
  been: z.array(z.enum(['beside', 'running', 'committed'])).optional(),
  /** null: not loaded, on the disk only. */
  lane: laneStatusSchema.nullable(),
  /** The execution provider in use, or the one it was qualified for. */
  provider: z.string(),
  /** Golden vectors, the last time they were put to it here. */
  selfTest: z
    .object({ passed: z.int(), of: z.int(), at: z.string(), largestDifference: z.number().nullable() })
    .nullable(),
  /** Which provider was chosen and why; null before it was qualified. */
  qualification: qualificationSchema.nullable(),
  /** Resident memory of its process, MiB. */
  memoryMb: z.number().nullable(),
  /** The central team revoked it: it must stop, or runs on under a warning. */
  revocation: z.object({ action: z.enum(['stop', 'warn']), reason: z.string() }).optional(),
  /** Its copy on the disk no longer is what was installed, in words; absent: it is. */
  damaged: z.string().optional(),
})
export type Slot = z.infer<typeof slotSchema>

/** One way back or there that was gone, with its measured time from the command to the first answer. */
const turnSchema = z.object({
  at: z.string(),
  from: z.string(),
  to: z.string(),
  ms: z.number(),
  by: z.string(),
  reason: z.string(),
})

export const drillSchema = z.object({
  at: z.string(),
  by: z.string(),
  passed: z.boolean(),
  from: z.string(),
  to: z.string(),
  /** From the command to the previous version's answer to the marker reading, and from there back. */
  thereMs: z.number().nullable(),
  backMs: z.number().nullable(),
  /** Readings decided while it went on, and those of them that got no answer. */
  readings: z.int(),
  lost: z.int(),
  /** What went wrong, in words. */
  problem: z.string().optional(),
})
export type Drill = z.infer<typeof drillSchema>

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
  /** Who answers readings now; nobody: "AI stopped. Follow the manual procedure." */
  answeredBy: z.enum(['model', 'rules', 'nobody']),
  /** Where `answeredBy` is not the model: why. */
  why: z.string().optional(),
  /** The way back, where there is one: how long it would take, measured or expected. */
  rollback: z
    .object({ to: z.string(), ready: z.boolean(), expectedMs: z.number().nullable(), text: z.string() })
    .nullable(),
  /** `ms` is null where it happened at a start of the runtime. */
  lastRollback: turnSchema.extend({ ms: z.number().nullable() }).nullable(),
  /** Newest first, at most 12. */
  drills: z.array(drillSchema),
  nextDrillAt: z.string().nullable(),
  guardrails: z.array(guardrailStatusSchema),
})
export type ModelSummary = z.infer<typeof modelSummarySchema>

/** What activate, rollback and drill answer: from the command to the first answer of the version that now serves. */
export const turnedSchema = z.object({ from: z.string().nullable(), to: z.string(), ms: z.number() })
export type Turned = z.infer<typeof turnedSchema>

/** Signs that are not seen and change how the rest reads: control characters, and those that turn its direction. */
const unseen = /[^\P{Cc}\t\r\n]|[\u2028-\u202e\u2066-\u2069]/u
const nonEmpty = (most: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(most)
    .refine((text) => !unseen.test(text), 'holds control characters')
/** `person`: who does it, by name; the runtime adds which credentials they came with. */
const nameSchema = nonEmpty(200).refine((name) => !/[\t\r\n]/.test(name), 'is not one line')
const asked = { reason: nonEmpty(1000), person: nameSchema.optional() }
export const activateRequestSchema = z.discriminatedUnion('mode', [
  z.strictObject({ version: versionSchema, mode: z.literal('replace'), ...asked }),
  z.strictObject({ version: versionSchema, mode: z.literal('shadow'), ...asked }),
  z.strictObject({
    version: versionSchema,
    mode: z.literal('canary'),
    percent: z.number().gt(0).lt(100),
    ...asked,
  }),
])
export type ActivateRequest = z.infer<typeof activateRequestSchema>
export const reasonRequestSchema = z.strictObject(asked)
export type ReasonRequest = z.infer<typeof reasonRequestSchema>

/** `GET /api/models/{id}`: the summary, the running version's manifest, and where each feature usually lies (middle 90 %). */
export const modelDetailSchema = modelSummarySchema.extend({
  manifest: manifestSchema,
  card: z.string(),
  usual: z.record(z.string(), z.object({ min: z.number(), max: z.number() })),
})
export type ModelDetail = z.infer<typeof modelDetailSchema>
