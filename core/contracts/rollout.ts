import { z } from 'zod'
import { pageOf, pageQuerySchema, presenceSchema } from './central.ts'
import { chooserSchema } from './fleet.ts'
import { modelIdSchema, versionSchema } from './manifest.ts'
import { digestSchema, nameSchema } from './update.ts'

/** How a version reaches the fleet: groups one after the other, each with a gate. Times are RFC 3339, by central's clock. */

const reason = z.string().trim().min(1).max(1000)
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
  reason,
})
export type RolloutPlan = z.infer<typeof rolloutPlanSchema>
export type RolloutPlanInput = z.input<typeof rolloutPlanSchema>

const agreedSchema = z.array(z.object({ by: z.string(), at: z.string() }))

/** Where it stands as a whole. `group`: index of the group that is, or was, at work. */
export const rolloutStateSchema = z.discriminatedUnion('state', [
  z.object({ state: z.literal('draft'), since: z.string() }),
  z.object({
    state: z.literal('waiting-for-approvals'),
    since: z.string(),
    approvals: agreedSchema,
    needed: z.int(),
  }),
  /**
   * assigning: machines are chosen, and what they are to run is being signed; soaking: until the gate's time and number are
   * reached; gate: until all the rest of it holds.
   */
  z.object({
    state: z.literal('running'),
    since: z.string(),
    group: z.int(),
    step: z.enum(['assigning', 'soaking', 'gate']),
  }),
  z.object({
    state: z.literal('paused'),
    since: z.string(),
    group: z.int(),
    reason: z.string(),
    by: z.string(),
  }),
  /** By itself: a gate's threshold was reached. */
  z.object({ state: z.literal('halted'), since: z.string(), group: z.int(), reason: z.string() }),
  /** No machine is assigned it any more but those that already run it. settled: what that needs is signed. */
  z.object({
    state: z.literal('aborted'),
    since: z.string(),
    group: z.int().nullable(),
    reason: z.string(),
    by: z.string(),
    /** Machines that already ran it go back as well. */
    takeBack: z.boolean(),
    settled: z.boolean(),
  }),
  z.object({ state: z.literal('done'), since: z.string() }),
])
export type RolloutState = z.infer<typeof rolloutStateSchema>
export const rolloutStateNames = [
  'draft',
  'waiting-for-approvals',
  'running',
  'paused',
  'halted',
  'aborted',
  'done',
] as const satisfies readonly RolloutState['state'][]

/**
 * chosen: not signed yet · assigned: signed, the machine has not said anything of it · offline: neither succeeded nor failed, and
 * not heard of for an hour · on-trial: it runs, in its health window · held: people on site keep it out · rolled-back: it was taken
 * back there · taken-back: the assignment was withdrawn (abort), or the machine left: it was revoked, or moved to another site.
 */
export const machineStateSchema = z.enum([
  'chosen',
  'assigned',
  'downloading',
  'qualifying',
  'on-trial',
  'waiting-for-technician',
  'succeeded',
  'failed',
  'refused',
  'held',
  'rolled-back',
  'offline',
  'taken-back',
])
export type MachineState = z.infer<typeof machineStateSchema>
/** These count against the gate. */
export const failedStates = [
  'failed',
  'refused',
  'held',
  'rolled-back',
] as const satisfies readonly MachineState[]
export const isFailed = (state: MachineState): boolean => (failedStates as readonly string[]).includes(state)

export const rolloutMachineSchema = z.object({
  device: digestSchema,
  machine: z.string(),
  site: z.string(),
  group: z.int(),
  state: machineStateSchema,
  /** In words, as the machine says it; null: there is nothing to say. */
  reason: z.string().nullable(),
  /** Who held it or took it back there. */
  by: z.string().nullable(),
  since: z.string(),
  assignedAt: z.string().nullable(),
  /** It failed, and somebody resumed the rollout knowing that: it no longer counts against the gate. */
  accepted: z.boolean(),
  presence: presenceSchema,
  /** What it ran when it was chosen. */
  before: z.string().nullable(),
  /** What it runs now, by its newest report. */
  running: z.string().nullable(),
})
export type RolloutMachine = z.infer<typeof rolloutMachineSchema>

/**
 * A bar of the gate. `value` null: not known yet. stop: it stops the rollout when `value` reaches `limit` · go: it lets it go on
 * when `value` reaches `limit`. `text` says it in words.
 */
export const gateFigureSchema = z.object({
  kind: z.enum(['failures', 'failure-share', 'alerts', 'succeeded', 'soak', 'approvals']),
  effect: z.enum(['stop', 'go']),
  /** Machines, share 0..1, percent (signed), machines, minutes, people. */
  value: z.number().nullable(),
  limit: z.number(),
  met: z.boolean(),
  /** Of alerts: versions that it is held against, and readings on both sides. */
  against: z
    .object({ versions: z.array(z.string()), readings: z.int(), readingsBefore: z.int(), minimum: z.int() })
    .optional(),
  text: z.string(),
})
export type GateFigure = z.infer<typeof gateFigureSchema>

export const rolloutGroupSchema = z.object({
  name: z.string(),
  choose: chooseSchema,
  gate: gateSchema,
  /** wait: it has not begun · active: it is this one's turn · passed · skipped: a person let it pass, and said why. */
  state: z.enum(['wait', 'active', 'passed', 'skipped']),
  /** When its machines were chosen; null: not yet, and `machines` is how many it would be now. */
  chosenAt: z.string().nullable(),
  endedAt: z.string().nullable(),
  skipped: z.object({ by: z.string(), reason: z.string() }).nullable(),
  machines: z.int(),
  /** Machines by state; states that no machine is in are absent. */
  counts: z.partialRecord(machineStateSchema, z.int()),
  figures: z.array(gateFigureSchema),
  /** What it waits for, in words: signatures, machines that are offline, time, people. */
  waitsFor: z.array(z.string()),
  approvals: agreedSchema,
})
export type RolloutGroup = z.infer<typeof rolloutGroupSchema>

/** An item of `GET /api/rollouts`: newest first. */
export const rolloutSummarySchema = z.object({
  id: z.int(),
  model: modelIdSchema,
  version: versionSchema,
  digest: digestSchema,
  state: rolloutStateSchema,
  proposedBy: z.string(),
  createdAt: z.string(),
  reason: z.string(),
  /** In one line: "Early: 18 of 24, 1 refused". */
  text: z.string(),
  groups: z.array(
    rolloutGroupSchema.pick({ name: true, state: true, machines: true }).extend({
      succeeded: z.int(),
      failed: z.int(),
      /** Under way, and offline. */
      open: z.int(),
    }),
  ),
})
export type RolloutSummary = z.infer<typeof rolloutSummarySchema>
export const rolloutQuerySchema = pageQuerySchema.extend({
  model: modelIdSchema.optional(),
  state: z.enum(rolloutStateNames).optional(),
  /** Neither aborted nor done. */
  open: z.stringbool().optional(),
})
export type RolloutQuery = z.infer<typeof rolloutQuerySchema>
export const rolloutPageSchema = pageOf(rolloutSummarySchema)

/** `GET /api/rollouts/{id}` */
export const rolloutDetailSchema = rolloutSummarySchema.omit({ groups: true }).extend({
  activate: z.enum(['at-once', 'by-technician']),
  /** To start at all. */
  approvals: z.object({ needed: z.int(), given: agreedSchema }),
  groups: z.array(rolloutGroupSchema),
  /** Most frequent first, 20 at most. */
  failures: z.array(z.object({ state: machineStateSchema, reason: z.string(), machines: z.int() })),
  /** What is signed elsewhere before it goes on; empty: nothing is missing. */
  signing: z.array(z.object({ role: z.string(), why: z.string(), hint: z.string() })),
  /** Newest first, 100 at most. */
  history: z.array(
    z.object({ at: z.string(), by: z.string(), kind: z.string(), body: z.record(z.string(), z.unknown()) }),
  ),
})
export type RolloutDetail = z.infer<typeof rolloutDetailSchema>

/** `GET /api/rollouts/{id}/machines`: by group and name. `state=any-failed`: all that count against the gate. */
export const rolloutMachinesQuerySchema = pageQuerySchema.extend({
  group: z.coerce.number().int().min(0).optional(),
  state: z.union([z.literal('any-failed'), machineStateSchema]).optional(),
})
export type RolloutMachinesQuery = z.infer<typeof rolloutMachinesQuerySchema>
export const rolloutMachinesPageSchema = pageOf(rolloutMachineSchema)

/**
 * `POST /api/rollouts/{id}/pause` · `/resume` · `/skip` · `/start` (publisher). resume after a halt: the failures so far are accepted,
 * and a further one stops it again. skip: the active group's soak time, number and alerts are waived; approvals are not.
 */
export const rolloutReasonSchema = z.strictObject({ reason })
/** `POST /api/rollouts/{id}/abort` (publisher): with `takeBack`, machines that run the version go back as well. */
export const rolloutAbortSchema = z.strictObject({ reason, takeBack: z.boolean().default(false) })
/** `POST /api/rollouts/{id}/approve` (approver): to start, or the gate of the active group. Never who proposed it, nor the holder of the local token. */
export const rolloutApproveSchema = z.strictObject({
  reason: reason.optional(),
  /** The group that is approved, as the person saw it; null: that it starts. Another one is active by now: refused. */
  group: z.int().nullable(),
})
// Each of these answers the RolloutDetail.

/** `GET /api/deployments?model=`: which machine runs what now, by its newest report; by site and name. */
export const deploymentSchema = z.object({
  device: digestSchema,
  machine: z.string(),
  site: z.string(),
  presence: presenceSchema,
  model: modelIdSchema,
  running: z
    .object({ version: z.string(), digest: z.string(), since: z.string(), by: z.string() })
    .nullable(),
  previous: z.string().nullable(),
  answeredBy: z.enum(['model', 'rules', 'nobody']),
  /** Versions that were taken out there, and stay out until a person says otherwise. */
  held: z.array(
    z.object({
      version: z.string(),
      digest: z.string(),
      state: z.enum(['rolled-back', 'withdrawn', 'refused']),
      reason: z.string(),
      by: z.string().nullable(),
      at: z.string(),
    }),
  ),
  reportAt: z.string(),
})
export type Deployment = z.infer<typeof deploymentSchema>
export const deploymentsQuerySchema = pageQuerySchema.extend({
  model: modelIdSchema,
  version: versionSchema.optional(),
  site: nameSchema.optional(),
  /** Only machines where something is held. */
  held: z.stringbool().optional(),
})
export type DeploymentsQuery = z.infer<typeof deploymentsQuerySchema>
export const deploymentsPageSchema = pageOf(deploymentSchema)

/**
 * `GET /api/deployments/history?model=&device=`: what happened on machines, also while they were offline. Of one machine in its own
 * order; else by the machines' own times, newest first.
 */
export const deviceEventSchema = z.object({
  device: digestSchema,
  machine: z.string(),
  site: z.string(),
  /** The machine's own clock. */
  at: z.string(),
  /** When central got to know of it. */
  arrivedAt: z.string(),
  by: z.string(),
  /** deployment.STATE, guardrail.fired, trust.…, import.…, update.…, clock.… */
  kind: z.string(),
  model: z.string().nullable(),
  version: z.string().nullable(),
  reason: z.string().nullable(),
  body: z.record(z.string(), z.unknown()),
})
export type DeviceEvent = z.infer<typeof deviceEventSchema>
export const deviceEventsQuerySchema = pageQuerySchema.extend({
  model: modelIdSchema.optional(),
  device: digestSchema.optional(),
  kind: z.string().max(60).optional(),
})
export type DeviceEventsQuery = z.infer<typeof deviceEventsQuerySchema>
export const deviceEventsPageSchema = pageOf(deviceEventSchema)

/** `GET /api/signing`: what central signs by itself, with which keys, and what ends soon. */
export const deskStatusSchema = z.object({
  /** null: there is no signed repository in the data folder. */
  repository: z.object({ root: z.int(), timestampIssuedAt: z.string() }).nullable(),
  /** Roles that central has a key of. */
  online: z.array(z.string()),
  expires: z.array(z.object({ role: z.string(), at: z.string(), inDays: z.number(), soon: z.boolean() })),
  waiting: z.array(z.object({ role: z.string(), version: z.int(), why: z.string() })),
  problem: z.string().nullable(),
})
export type DeskStatus = z.infer<typeof deskStatusSchema>
