import type { ModelSummary } from '#core/contracts/deployment.ts'
import type { Assigned, Progress, TrustedPackage, View } from '#core/contracts/update.ts'

/** What is to be done about one assignment. */
export type Step =
  | { do: 'nothing'; state: 'done' | 'waiting' }
  | { do: 'nothing'; state: 'held' | 'failed'; reason: string }
  | { do: 'install'; package: TrustedPackage }
  | { do: 'activate' }
  | { do: 'go-back' }

/** How far an assignment is, seen by what people have done with its version since; what is under way stays as it was told. */
export function asOfNow(told: Progress, view: View | null, models: readonly ModelSummary[]): Progress {
  const assigned = view?.assigned.find(({ digest }) => digest === told.digest)
  if (!assigned || !['waiting', 'held', 'done'].includes(told.state)) return told
  const step = nextStep(
    assigned,
    models.find(({ id }) => id === told.model),
  )
  if (step.do !== 'nothing' || step.state === told.state) return told
  const { reason: _, ...rest } = told
  return { ...rest, state: step.state, ...('reason' in step && { reason: step.reason }) }
}

/** Taken back because the central team said so: what it says now undoes that. */
const isCentral = (by: string): boolean => by === 'sync' || by === 'policy'

/**
 * The next step for one assignment, by what this machine has of the model. Pure. Nothing that people did is undone: a version
 * that was taken back stays held, and what stands in shadow, in canary or in a check is left to whoever put it there.
 */
export function nextStep(assigned: Assigned, model: ModelSummary | undefined): Step {
  const { digest, activate } = assigned
  if (!assigned.package)
    return { do: 'nothing', state: 'failed', reason: assigned.problem ?? 'it is not signed' }
  const isAtOnce = activate === 'at-once'
  const brought: Step = isAtOnce ? { do: 'activate' } : { do: 'nothing', state: 'waiting' }
  const { running, previous, staged } = model?.slots ?? { running: null, previous: null, staged: null }
  if (running?.digest === digest) {
    if (running.damaged !== undefined) return { do: 'install', package: assigned.package }
    const { deployment } = running
    if (deployment.state !== 'withdrawn') return { do: 'nothing', state: 'done' }
    if (isCentral(deployment.by)) return brought
    return { do: 'nothing', state: 'held', reason: `it was taken out: ${deployment.reason}` }
  }
  if (previous?.digest === digest) return isAtOnce ? { do: 'go-back' } : { do: 'nothing', state: 'waiting' }
  const state = staged?.deployment
  if (staged?.digest === digest && state)
    switch (state.state) {
      case 'staged':
        return brought
      case 'rolled-back':
        if (isCentral(state.by)) return brought
        return {
          do: 'nothing',
          state: 'held',
          reason: `it was taken back here by ${state.by}: ${state.reason}. A technician may start it again.`,
        }
      case 'refused':
        return { do: 'nothing', state: 'failed', reason: state.reason }
      default:
        return { do: 'nothing', state: 'waiting' }
    }
  const isAtWork = state && ['qualifying', 'shadow', 'canary', 'verifying'].includes(state.state)
  return isAtWork ? { do: 'nothing', state: 'waiting' } : { do: 'install', package: assigned.package }
}
