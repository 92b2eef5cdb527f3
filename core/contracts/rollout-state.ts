import { z } from 'zod'

/** Where a rollout stands, and each of its machines. Times are RFC 3339, by central's clock. */

export const agreedSchema = z.array(z.object({ by: z.string(), at: z.string() }))

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
