import type { MachineState, RolloutPlan, RolloutState } from '#core/contracts/rollout.ts'

/** A rollout as its pure core sees it. Times are RFC 3339 in what is kept, epoch ms in what is computed. */

export interface Agreed {
  by: string
  at: string
}

/** What is kept of a group beside its plan. */
export interface GroupRecord {
  state: 'wait' | 'active' | 'passed' | 'skipped'
  chosenAt: string | null
  /** Since when enough of its machines have run the version, without a break; null: they do not. */
  soakSince: string | null
  endedAt: string | null
  skipped: { by: string; reason: string } | null
  approvals: Agreed[]
  /** The alert rate stopped it, and somebody resumed it knowing that. */
  alertsAccepted: boolean
}

export interface Rollout {
  id: number
  digest: string
  plan: RolloutPlan
  state: RolloutState
  groups: GroupRecord[]
  /** To start at all. */
  approvals: Agreed[]
  /** Nothing is left to be signed for it. */
  settled: boolean
  proposedBy: string
}

/** How many machines of a group stand where, now. */
export interface GroupCounts {
  /** Chosen for the group and still in it: all but those in the state taken-back. */
  machines: number
  /** Of them, those whose assignment is not signed yet. */
  unassigned: number
  byState: Partial<Record<MachineState, number>>
  /** In a failed state, and not accepted by whoever resumed the rollout. */
  failed: number
  succeeded: number
  /** Of those that succeeded, the ones that were heard of within the last hour. */
  succeededNow: number
}

export const noMachines: GroupCounts = {
  machines: 0,
  unassigned: 0,
  byState: {},
  failed: 0,
  succeeded: 0,
  succeededNow: 0,
}

/** Readings and alerts of a group's machines, by this version and by what ran before. */
export interface AlertRates {
  readings: number
  alerts: number
  readingsBefore: number
  alertsBefore: number
  versionsBefore: string[]
}

export interface Observations {
  /** By group, as in the plan. */
  groups: readonly GroupCounts[]
  /** Of the active group; null: its gate does not ask. */
  alerts: AlertRates | null
}

/** What is to be done in the world. Each may be done again without harm, and is asked for again until it shows. */
export type Action =
  | { do: 'choose'; group: number }
  | { do: 'assign'; group: number }
  | { do: 'take-back' }
  | { do: 'tidy' }
  | { do: 'tell'; kind: string; by: string; body: object }
