import type { Presence } from '#core/contracts/central.ts'
import type { Deployment } from '#core/contracts/deployments.ts'
import type {
  Gate,
  RolloutDetail,
  RolloutGroup,
  RolloutMachine,
  RolloutSummary,
} from '#core/contracts/rollout.ts'
import type { DeploymentRow } from '../store/deployments.ts'
import type { FailureLine, MachineLine } from '../store/rollout-lists.ts'
import type { HistoryLine, KeptRollout } from '../store/rollouts.ts'
import { activeGroup } from './commands.ts'
import { gateFigures } from './gate.ts'
import { type AlertRates, type GroupCounts, noMachines } from './types.ts'

/** Rollouts in the form of the contract. Pure. */

const failedOf = ({ byState }: GroupCounts): number =>
  (byState.failed ?? 0) + (byState.refused ?? 0) + (byState.held ?? 0) + (byState['rolled-back'] ?? 0)

/** Those of an aborted rollout are all that it had; before, those that left count no more. */
const machinesOf = ({ state }: KeptRollout['state'], { machines, byState }: GroupCounts): number =>
  machines + (state === 'aborted' ? (byState['taken-back'] ?? 0) : 0)

/** `would`: how many machines a group that has not begun would take now, by group. */
export function summaryOf(
  rollout: KeptRollout,
  counts: readonly GroupCounts[],
  would: readonly number[],
): RolloutSummary {
  const { id, plan, digest, state, proposedBy, createdAt } = rollout
  return {
    ...{ id, model: plan.model, version: plan.version, digest, state, proposedBy, createdAt },
    reason: plan.reason,
    text: inOneLine(rollout, counts),
    groups: plan.groups.map(({ name }, k) => {
      const of = counts[k] ?? noMachines
      const { succeeded } = of
      const failed = failedOf(of)
      const group = {
        name,
        state: rollout.groups[k]!.state,
        machines: rollout.groups[k]!.chosenAt === null ? (would[k] ?? 0) : machinesOf(state, of),
        succeeded,
        failed,
      }
      return { ...group, open: of.machines - succeeded - failed }
    }),
  }
}

function inOneLine(rollout: KeptRollout, counts: readonly GroupCounts[]): string {
  const { state, plan } = rollout
  const all = counts.reduce(
    (sum, of) => ({
      machines: sum.machines + (of?.machines ?? 0),
      succeeded: sum.succeeded + (of?.succeeded ?? 0),
      failed: sum.failed + (of ? failedOf(of) : 0),
    }),
    { machines: 0, succeeded: 0, failed: 0 },
  )
  const far = `${all.succeeded} of ${all.machines} machines${all.failed > 0 ? `, ${all.failed} failed` : ''}`
  switch (state.state) {
    case 'draft':
      return 'a draft'
    case 'waiting-for-approvals':
      return `waits for approval: ${state.approvals.length} of ${state.needed}`
    case 'running': {
      const of = counts[state.group] ?? noMachines
      const failed = failedOf(of)
      const name = plan.groups[state.group]!.name
      return `${name}: ${of.succeeded} of ${of.machines}${failed > 0 ? `, ${failed} failed` : ''}`
    }
    case 'paused':
      return `paused by ${state.by}: ${state.reason}`
    case 'halted':
      return `stopped by itself: ${state.reason}`
    case 'aborted':
      return `aborted by ${state.by}: ${state.reason}`
    default:
      return `done: ${far}`
  }
}

export interface DetailParts {
  counts: readonly GroupCounts[]
  alerts: AlertRates | null
  failures: FailureLine[]
  history: HistoryLine[]
  /** How many machines a group that has not begun would take now, by group. */
  would: readonly number[]
  trouble: string | undefined
  nowMs: number
}

export function detailOf(rollout: KeptRollout, parts: DetailParts): RolloutDetail {
  const { groups: _, ...summary } = summaryOf(rollout, parts.counts, parts.would)
  const { plan, approvals, signing } = rollout
  return {
    ...summary,
    activate: plan.activate,
    approvals: { needed: plan.approvals, given: approvals },
    groups: plan.groups.map((_group, k) => groupOf(rollout, k, parts)),
    failures: parts.failures,
    signing,
    history: parts.history,
  }
}

function groupOf(rollout: KeptRollout, k: number, parts: DetailParts): RolloutGroup {
  const { name, choose, gate } = rollout.plan.groups[k]!
  const record = rollout.groups[k]!
  const counts = parts.counts[k] ?? noMachines
  const isActive = activeGroup(rollout) === k && record.state === 'active'
  const figures = gateFigures(gate, record, counts, isActive ? parts.alerts : null, parts.nowMs)
  const isRunning = rollout.state.state === 'running' && isActive
  const { state, chosenAt, endedAt, skipped, approvals } = record
  return {
    ...{ name, choose, gate, state, chosenAt, endedAt, skipped, approvals },
    machines: chosenAt === null ? (parts.would[k] ?? 0) : machinesOf(rollout.state, counts),
    counts: counts.byState,
    // Alerts are measured while it is its turn; afterwards there is nothing to show.
    figures: isActive ? figures : figures.filter(({ kind }) => kind !== 'alerts'),
    waitsFor: isRunning ? waitsFor(rollout, gate, counts, figures, parts.trouble) : [],
  }
}

function waitsFor(
  { signing }: KeptRollout,
  { minimumN }: Gate,
  counts: GroupCounts,
  figures: readonly {
    effect: 'stop' | 'go'
    kind: string
    value: number | null
    met: boolean
    text: string
  }[],
  trouble: string | undefined,
): string[] {
  const { machines, byState } = counts
  const offline = byState.offline ?? 0
  const technician = byState['waiting-for-technician'] ?? 0
  return [
    ...(trouble === undefined ? [] : [trouble]),
    ...signing.map(({ why, hint }) => `${why}. ${hint}`),
    ...(machines === 0
      ? [
          'no machine fits this group: it begins with the first that does; or let it pass with a reason, or abort the rollout',
        ]
      : []),
    ...(machines > 0 && machines < minimumN
      ? [
          `its gate asks for ${minimumN} machines, and ${machines} are in it: let it pass with a reason, or abort the rollout`,
        ]
      : []),
    ...(machines > 0 && offline === machines
      ? ['every machine of this group is offline: it goes on once they are back']
      : offline > 0
        ? [`${offline} of ${machines} machines are offline`]
        : []),
    ...(technician > 0 ? [`${technician} machines wait for a technician to start it`] : []),
    ...figures.flatMap(({ effect, kind, met, value, text }) =>
      (effect === 'go' && !met) || (kind === 'alerts' && value === null) ? [text] : [],
    ),
  ]
}

export const machineOf = (row: MachineLine, presence: Presence): RolloutMachine => ({
  device: row.device,
  machine: row.name,
  site: row.site,
  group: row.grp,
  state: row.state,
  reason: row.reason,
  by: row.by,
  since: row.since.toISOString(),
  assignedAt: row.assigned_at?.toISOString() ?? null,
  accepted: row.accepted,
  presence,
  before: row.before?.version ?? null,
  running: row.running,
})

export function deploymentOf(row: DeploymentRow, presence: Presence): Deployment {
  const { device, name: machine, site, report_at, model } = row
  const { running, previous, staged } = model.slots
  const held = [running, staged].flatMap((slot): Deployment['held'] => {
    if (!slot) return []
    const { version, digest, deployment } = slot
    const { state, since: at } = deployment
    if (state === 'refused') return [{ version, digest, state, reason: deployment.reason, by: null, at }]
    if (state !== 'rolled-back' && state !== 'withdrawn') return []
    return [{ version, digest, state, reason: deployment.reason, by: deployment.by, at }]
  })
  const runs =
    running && running.deployment.state === 'running'
      ? {
          ...{ version: running.version, digest: running.digest },
          ...{ since: running.deployment.since, by: running.deployment.by },
        }
      : null
  return {
    ...{ device, machine, site, presence, model: model.id, running: runs },
    ...{ previous: previous?.version ?? null, answeredBy: model.answeredBy, held },
    reportAt: report_at.toISOString(),
  }
}
