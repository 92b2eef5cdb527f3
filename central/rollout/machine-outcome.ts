import type { Slot } from '#core/contracts/deployment.ts'
import type { MachineState } from '#core/contracts/rollout.ts'
import type { DeviceReport } from '#core/contracts/sync.ts'

/** What of a machine says how far it is. */
export interface SeenMachine {
  /** When its assignment was signed; null: it is not yet. */
  assignedAtMs: number | null
  lastSeenMs: number | null
  reportAtMs: number | null
  report: { models: DeviceReport['models']; progress: DeviceReport['updates']['progress'] } | null
  /** Revoked or in quarantine: why. null: neither. */
  barred: string | null
  /** It can be told nothing any more where it was chosen: why. null: it can. */
  gone: string | null
}

export interface MachineOutcome {
  state: MachineState
  reason: string | null
  by: string | null
}

const is = (state: MachineState, reason: string | null = null, by: string | null = null): MachineOutcome => ({
  state,
  reason,
  by,
})

/**
 * How far a machine is with a version, by its newest report. Pure. It has succeeded where it REPORTS, after the assignment was
 * signed, that these bytes run, that their health window is over, that their self-test passed, and that they answer readings.
 *
 *   in its report                                            here
 *   running, no trial, self-test passed, it answers          succeeded
 *   running, trial                                           on-trial
 *   running, self-test not passed, or somebody else answers  failed
 *   running, withdrawn                                       held (by people) or rolled-back (by itself)
 *   staged                                                   waiting-for-technician or qualifying
 *   staged, rolled back                                      rolled-back
 *   staged, refused                                          refused
 *   moved to another site, or revoked                        taken-back, but for one that was heard to fail
 *   not there, progress                                      downloading, qualifying, held, failed, …
 */
export function outcomeOf(
  { assignedAtMs, lastSeenMs, reportAtMs, report, barred, gone }: SeenMachine,
  { model, digest }: { model: string; digest: string },
  { silentSinceMs }: { silentSinceMs: number },
): MachineOutcome {
  if (gone !== null) return is('taken-back', gone)
  if (assignedAtMs === null) return is('chosen')
  const isSilent = lastSeenMs === null || lastSeenMs < silentSinceMs
  const isFresh = report !== null && reportAtMs !== null && reportAtMs > assignedAtMs
  const told = isFresh ? fromReport(report, model, digest) : is('assigned')
  if (isSettled(told.state)) return told
  if (barred !== null) return is('offline', barred)
  return isSilent ? is('offline', told.state === 'assigned' ? null : `last heard: ${told.state}`) : told
}

/** Nothing but a new report changes these: a machine that was heard to fail has failed, however silent it is now. */
const isSettled = (state: MachineState) =>
  ['succeeded', 'failed', 'refused', 'held', 'rolled-back'].includes(state)

function fromReport(
  { models, progress: all }: NonNullable<SeenMachine['report']>,
  model: string,
  digest: string,
): MachineOutcome {
  const here = models.find(({ id }) => id === model)
  const { running = null, previous = null, staged = null } = here?.slots ?? {}
  const progress = all.find((one) => one.digest === digest && one.model === model)
  if (here && running?.digest === digest) return whileRunning(running, here)
  if (staged?.digest === digest) return whileStaged(staged, progress?.state)
  if (!progress) return is('assigned')
  const reason = progress.reason ?? null
  switch (progress.state) {
    case 'downloading':
      return is('downloading')
    case 'installing':
    case 'activating':
      return is('qualifying')
    case 'held':
      return is('held', reason)
    case 'failed':
      return is('failed', reason)
    case 'waiting':
      return previous?.digest === digest ? is('waiting-for-technician') : is('assigned', reason)
    default:
      return is('assigned', reason)
  }
}

function whileRunning(
  { deployment, selfTest }: Slot,
  { answeredBy, why }: Pick<DeviceReport['models'][number], 'answeredBy' | 'why'>,
): MachineOutcome {
  if (deployment.state === 'withdrawn')
    return is(isByItself(deployment.by) ? 'rolled-back' : 'held', deployment.reason, deployment.by)
  if (deployment.state !== 'running') return is('qualifying')
  if (deployment.trialUntil !== undefined) return is('on-trial')
  if (selfTest === null) return is('failed', 'it runs, and its self-test was never put to it there')
  if (selfTest.passed < selfTest.of)
    return is('failed', `its self-test there: ${selfTest.passed} of ${selfTest.of} passed`)
  if (answeredBy !== 'model')
    return is('failed', `it runs, and ${answeredBy} answers${why === undefined ? '' : `: ${why}`}`)
  return is('succeeded')
}

function whileStaged({ deployment }: Slot, progress: string | undefined): MachineOutcome {
  switch (deployment.state) {
    case 'rolled-back':
      return is('rolled-back', deployment.reason, deployment.by)
    case 'refused':
      return is('refused', deployment.reason)
    case 'qualifying':
    case 'verifying':
      return is('qualifying')
    case 'shadow':
    case 'canary':
      return is('on-trial', `it is tried there as ${deployment.state} by ${deployment.by}`, deployment.by)
    default:
      return is(progress === 'waiting' ? 'waiting-for-technician' : 'qualifying')
  }
}

/** The runtime itself, a guardrail, or the signed policy; else a person. */
const isByItself = (by: string) => by === 'runtime' || by === 'policy' || by.startsWith('guardrail ')
