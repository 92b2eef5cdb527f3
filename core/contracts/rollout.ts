import { z } from 'zod'
import { pageOf, pageQuerySchema, presenceSchema } from './central.ts'
import { modelIdSchema, versionSchema } from './manifest.ts'
import { chooseSchema, gateSchema, rolloutWhySchema } from './rollout-plan.ts'
import { agreedSchema, machineStateSchema, rolloutStateNames, rolloutStateSchema } from './rollout-state.ts'
import { digestSchema } from './update.ts'

/** How a version reaches the fleet, as people see and steer it. Times are RFC 3339, by central's clock. */

export * from './rollout-plan.ts'
export * from './rollout-state.ts'

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
export const rolloutReasonSchema = z.strictObject({ reason: rolloutWhySchema })
/** `POST /api/rollouts/{id}/abort` (publisher): with `takeBack`, machines that run the version go back as well. */
export const rolloutAbortSchema = z.strictObject({
  reason: rolloutWhySchema,
  takeBack: z.boolean().default(false),
})
/** `POST /api/rollouts/{id}/approve` (approver): to start, or the gate of the active group. Never who proposed it, nor the holder of the local token. */
export const rolloutApproveSchema = z.strictObject({
  reason: rolloutWhySchema.optional(),
  /** The group that is approved, as the person saw it; null: that it starts. Another one is active by now: refused. */
  group: z.int().nullable(),
})
// Each of these answers the RolloutDetail.
