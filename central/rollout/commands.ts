import { EdgewrightError } from '#core/contracts/errors.ts'
import { nameKey } from '#core/contracts/people.ts'
import type { RolloutPlan } from '#core/contracts/rollout.ts'
import { isNobodys } from '../accounts/accounts.ts'
import type { Tell } from '../store/rollouts.ts'
import { goOn } from './advance.ts'
import { type Action, type GroupRecord, noMachines, type Observations, type Rollout } from './types.ts'

/** What people do to a rollout. Pure; each throws EdgewrightError rollout-refused where it does not fit how it stands. */

export interface Changed<R extends Rollout> {
  next: R
  tells: Tell[]
  /** The failures so far are accepted. */
  accept?: true
}

export interface Who {
  by: string
  reason: string
  nowMs: number
}

const refused = (what: string, hint?: string) =>
  new EdgewrightError('rollout-refused', what, hint === undefined ? {} : { hint })
const at = ({ nowMs }: Pick<Who, 'nowMs'>) => new Date(nowMs).toISOString()

const freshGroup: GroupRecord = {
  state: 'wait',
  chosenAt: null,
  soakSince: null,
  endedAt: null,
  skipped: null,
  approvals: [],
  alertsAccepted: false,
}

export function proposed(
  plan: RolloutPlan,
  digest: string,
  proposedBy: string,
  nowMs: number,
): Omit<Rollout, 'id'> {
  const since = at({ nowMs })
  return {
    plan,
    digest,
    proposedBy,
    state: plan.draft
      ? { state: 'draft', since }
      : { state: 'waiting-for-approvals', since, approvals: [], needed: plan.approvals },
    groups: plan.groups.map(() => freshGroup),
    approvals: [],
    settled: false,
  }
}

export function start<R extends Rollout>(rollout: R, { by, reason, nowMs }: Who): Changed<R> {
  if (rollout.state.state !== 'draft') throw refused(`rollout ${rollout.id} is no draft any more`)
  const needed = rollout.plan.approvals
  const next: R = {
    ...rollout,
    state: { state: 'waiting-for-approvals', since: at({ nowMs }), approvals: [], needed },
  }
  return { next, tells: [{ do: 'tell', kind: 'rollout.started', by, body: { reason } }] }
}

/**
 * Two people are two accounts, whatever capitals they write themselves with; who proposed it is neither of them, and whoever holds the
 * token of the data folder may be any of them. `group` null: that it starts.
 */
export function approve<R extends Rollout>(
  rollout: R,
  { by, nowMs, reason }: Omit<Who, 'reason'> & { reason: string | undefined },
  group: number | null,
): Changed<R> {
  const { state, proposedBy } = rollout
  if (isNobodys(by))
    throw refused(
      `${by} is nobody in particular, and cannot approve`,
      'Sign in at the fleet console with an account of your own, and approve it there.',
    )
  if (nameKey(by) === nameKey(proposedBy))
    throw refused(`${by} proposed this rollout, and cannot approve it`, 'Let somebody else look at it.')
  const one = { by, at: at({ nowMs }) }
  const tells: Tell[] = [
    { do: 'tell', kind: 'rollout.approved', by, body: { group, ...(reason !== undefined && { reason }) } },
  ]
  if (group === null) {
    if (state.state !== 'waiting-for-approvals')
      throw refused(`rollout ${rollout.id} does not wait for approvals to start`)
    once(rollout.approvals, by)
    const approvals = [...rollout.approvals, one]
    return { next: { ...rollout, approvals, state: { ...state, approvals } }, tells }
  }
  const active = activeGroup(rollout)
  if (active === undefined || active !== group)
    throw refused(
      `the group that is approved is not the one whose turn it is`,
      'Load the rollout again: it has gone on meanwhile.',
    )
  const record = rollout.groups[group]!
  if (rollout.plan.groups[group]!.gate.approvals === 0)
    throw refused('the gate of this group needs no approval')
  once(record.approvals, by)
  return { next: withGroup(rollout, group, { approvals: [...record.approvals, one] }), tells }
}

function once(given: readonly { by: string }[], by: string): void {
  if (given.some((one) => nameKey(one.by) === nameKey(by))) throw refused(`${by} has approved this already`)
}

export function pause<R extends Rollout>(rollout: R, { by, reason, nowMs }: Who): Changed<R> {
  const { state } = rollout
  if (state.state !== 'running') throw refused(`rollout ${rollout.id} is ${state.state}, not running`)
  const next: R = {
    ...rollout,
    state: { state: 'paused', since: at({ nowMs }), group: state.group, reason, by },
  }
  return { next, tells: [{ do: 'tell', kind: 'rollout.paused', by, body: { reason } }] }
}

/** After a halt the failures so far, and a changed rate of alerts, are accepted; whatever comes on top of them stops it again. */
export function resume<R extends Rollout>(rollout: R, { by, reason, nowMs }: Who): Changed<R> {
  const { state } = rollout
  if (state.state !== 'paused' && state.state !== 'halted')
    throw refused(`rollout ${rollout.id} is ${state.state}: there is nothing to resume`)
  const isHalt = state.state === 'halted'
  const running: R = {
    ...rollout,
    state: { state: 'running', since: at({ nowMs }), group: state.group, step: 'assigning' },
  }
  const next = isHalt ? withGroup(running, state.group, { alertsAccepted: true }) : running
  const body = { reason, ...(isHalt && { accepted: state.reason }) }
  const tell: Tell = { do: 'tell', kind: 'rollout.resumed', by, body }
  return { next, tells: [tell], ...(isHalt && { accept: true as const }) }
}

export function abort<R extends Rollout>(
  rollout: R,
  { by, reason, nowMs }: Who,
  takeBack: boolean,
): Changed<R> {
  const { state } = rollout
  if (state.state === 'done' || state.state === 'aborted')
    throw refused(
      `rollout ${rollout.id} is ${state.state}`,
      'To bring an older version back: a rollout of that version.',
    )
  const began = rollout.groups.some(({ chosenAt }) => chosenAt !== null)
  const next: R = {
    ...rollout,
    settled: !began,
    state: {
      ...{ state: 'aborted', since: at({ nowMs }), group: activeGroup(rollout) ?? null },
      ...{ reason, by, takeBack, settled: !began },
    },
  }
  return { next, tells: [{ do: 'tell', kind: 'rollout.aborted', by, body: { reason, takeBack } }] }
}

/** Lets the active group pass: time, number and alerts are waived; failures beyond the threshold, and approvals, are not. */
export function skip<R extends Rollout>(
  rollout: R,
  { by, reason, nowMs }: Who,
  seen: Observations,
): Changed<R> & { actions: Action[] } {
  const { state } = rollout
  if (state.state !== 'running') throw refused(`rollout ${rollout.id} is ${state.state}, not running`)
  const { group } = state
  const record = rollout.groups[group]!
  const { name, gate } = rollout.plan.groups[group]!
  if (record.chosenAt === null) throw refused(`the machines of ${name} are just being chosen`)
  if (record.approvals.length < gate.approvals)
    throw refused(
      `${name} needs ${gate.approvals} approvals, and has ${record.approvals.length}`,
      'Approvals cannot be skipped.',
    )
  const { unassigned } = seen.groups[group] ?? noMachines
  if (unassigned > 0)
    throw refused(
      `what ${unassigned} machines of ${name} are to run is not signed yet`,
      'Sign it, or abort the rollout: a group that is skipped stays assigned.',
    )
  const since = at({ nowMs })
  const let_ = withGroup(rollout, group, { state: 'skipped', endedAt: since, skipped: { by, reason } })
  const tell: Tell = { do: 'tell', kind: 'rollout.group-skipped', by, body: { group, name, reason } }
  const { next, actions } = goOn(let_, group, since, [tell])
  return {
    next: { ...rollout, ...next },
    tells: actions.filter((one): one is Tell => one.do === 'tell'),
    actions,
  }
}

/** Index of the group whose turn it is, or was when it stopped. */
export const activeGroup = ({ state }: Rollout): number | undefined =>
  'group' in state && state.group !== null ? state.group : undefined

const withGroup = <R extends Rollout>(rollout: R, index: number, change: Partial<GroupRecord>): R => ({
  ...rollout,
  groups: rollout.groups.map((one, k) => (k === index ? { ...one, ...change } : one)),
})
