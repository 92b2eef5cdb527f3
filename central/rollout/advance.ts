import type { RolloutState } from '#core/contracts/rollout.ts'
import { gateFigures, opens, stops } from './gate.ts'
import { type Action, type GroupRecord, noMachines, type Observations, type Rollout } from './types.ts'

/**
 * What a rollout does next, by what is seen of its machines. Pure, and the same again gives the same: whatever was decided and not
 * yet carried out is asked for again.
 *
 *   draft → waiting-for-approvals → running(group: assigning → soaking → gate → next group) → done
 *                                   running ⇄ paused (people)   running → halted (by itself) → running (people)
 *   any open state → aborted
 */
export function advance(
  rollout: Rollout,
  seen: Observations,
  nowMs: number,
): { next: Rollout; actions: Action[] } {
  const { state } = rollout
  const at = new Date(nowMs).toISOString()
  switch (state.state) {
    case 'waiting-for-approvals':
      return rollout.approvals.length < rollout.plan.approvals ? stay(rollout) : begin(rollout, 0, at, [])
    case 'running':
      return run(rollout, state, seen, nowMs)
    case 'aborted':
      return rollout.settled ? stay(rollout) : { next: rollout, actions: [{ do: 'take-back' }] }
    case 'done':
      return rollout.settled ? stay(rollout) : { next: rollout, actions: [{ do: 'tidy' }] }
    default:
      return stay(rollout)
  }
}

const stay = (rollout: Rollout) => ({ next: rollout, actions: [] })
const system = 'central'
type Running = Extract<RolloutState, { state: 'running' }>

const withGroup = (rollout: Rollout, index: number, change: Partial<GroupRecord>): Rollout => ({
  ...rollout,
  groups: rollout.groups.map((one, k) => (k === index ? { ...one, ...change } : one)),
})

/** The turn of a group. Its machines are chosen now, and no earlier; an empty one is chosen anew until somebody fits. */
export function begin(rollout: Rollout, group: number, at: string, told: Action[]) {
  const next: Rollout = {
    ...withGroup(rollout, group, { state: 'active' }),
    state: { state: 'running', since: at, group, step: 'assigning' },
  }
  const name = rollout.plan.groups[group]!.name
  const tell: Action = { do: 'tell', kind: 'rollout.group-began', by: system, body: { group, name } }
  return { next, actions: [...told, tell, { do: 'choose', group }] satisfies Action[] }
}

function run(rollout: Rollout, state: Running, seen: Observations, nowMs: number) {
  const at = new Date(nowMs).toISOString()
  const halt = whyHalt(rollout, state.group, seen, nowMs)
  if (halt) {
    const next: Rollout = { ...rollout, state: { state: 'halted', since: at, ...halt } }
    const tell: Action = { do: 'tell', kind: 'rollout.halted', by: system, body: halt }
    return { next, actions: [tell] }
  }
  const { group } = state
  const record = rollout.groups[group]!
  const counts = seen.groups[group] ?? noMachines
  // A group that nobody fits begins with the first machine that does.
  if (record.chosenAt === null || counts.machines === 0)
    return { next: rollout, actions: [{ do: 'choose', group }] as Action[] }

  const { gate, name } = rollout.plan.groups[group]!
  const isEnough = counts.machines > 0 && counts.succeeded >= gate.minimumN
  const soakSince = isEnough ? (record.soakSince ?? at) : null
  const soaking = soakSince === record.soakSince ? rollout : withGroup(rollout, group, { soakSince })
  const figures = gateFigures(gate, soaking.groups[group]!, counts, seen.alerts, nowMs)
  if (counts.unassigned > 0)
    return { next: inStep(soaking, state, 'assigning'), actions: [{ do: 'assign', group }] as Action[] }
  if (!opens(figures)) {
    const isSoaked = figures.every(({ kind, met }) => (kind !== 'soak' && kind !== 'succeeded') || met)
    return { next: inStep(soaking, state, isSoaked ? 'gate' : 'soaking'), actions: [] }
  }
  const passed = withGroup(soaking, group, { state: 'passed', endedAt: at })
  const body = { group, name, figures: figures.map(({ text }) => text) }
  return goOn(passed, group, at, [{ do: 'tell', kind: 'rollout.group-passed', by: system, body }])
}

/** After a group has passed, or was let pass. */
export function goOn(rollout: Rollout, group: number, at: string, told: Action[]) {
  if (group + 1 < rollout.groups.length) return begin(rollout, group + 1, at, told)
  const next: Rollout = { ...rollout, state: { state: 'done', since: at } }
  const done: Action[] = [{ do: 'tell', kind: 'rollout.done', by: system, body: {} }, { do: 'tidy' }]
  return { next, actions: [...told, ...done] }
}

const inStep = (rollout: Rollout, state: Running, step: Running['step']): Rollout =>
  state.step === step ? rollout : { ...rollout, state: { ...state, step } }

/** A threshold of any group that has begun: those that have passed are watched on. */
function whyHalt(rollout: Rollout, active: number, seen: Observations, nowMs: number) {
  for (let group = active; group >= 0; group -= 1) {
    const { gate, name } = rollout.plan.groups[group]!
    const record = rollout.groups[group]!
    const alerts = group === active ? seen.alerts : null
    const found = stops(gateFigures(gate, record, seen.groups[group] ?? noMachines, alerts, nowMs))
    if (found) return { group: active, reason: `${name}: ${found.text}` }
  }
  return undefined
}
