import type { DeploymentState, ModelSummary, Slot } from '#core/contracts/deployment.ts'

/** For so long an operator is told on Now that a version was taken back; Models and Swap say it for as long as it is held. */
export const tellTakenBackMs = 24 * 3_600_000

/** What holds for a model's versions, in words that an operator needs. */
export type Standing =
  | { kind: 'normal'; version: string }
  | { kind: 'rules'; why: string | undefined }
  /** Nobody answers: said above everything, in its own words. */
  | { kind: 'nobody' }
  | { kind: 'trial'; version: string; until: string; back: string | undefined }
  | { kind: 'shadow' | 'qualifying'; version: string; running: string }
  | { kind: 'canary'; version: string; running: string; percent: number }
  | { kind: 'taken-back'; version: string; running: string; at: string; by: string; reason: string }

/** What an operator should know first of it. */
export function standing({ answeredBy, why, slots }: ModelSummary, nowMs: number): Standing {
  const { running, previous, staged } = slots
  if (answeredBy === 'rules') return { kind: 'rules', why }
  if (!running || answeredBy === 'nobody') return { kind: 'nobody' }
  const candidate = staged?.deployment
  const both = { version: staged?.version ?? '', running: running.version }
  if (candidate?.state === 'canary') return { kind: 'canary', ...both, percent: candidate.percent }
  if (candidate?.state === 'shadow' || candidate?.state === 'qualifying')
    return { kind: candidate.state, ...both }
  const until = trialUntil(running, nowMs)
  if (until !== undefined) return { kind: 'trial', version: running.version, until, back: previous?.version }
  if (candidate?.state === 'rolled-back' && nowMs - Date.parse(candidate.since) < tellTakenBackMs) {
    const { since: at, by, reason } = candidate
    return { kind: 'taken-back', ...both, at, by, reason }
  }
  return { kind: 'normal', version: running.version }
}

/** When the health window ends; undefined: it is over, and the version is committed. */
export function trialUntil({ deployment }: Slot, nowMs: number): string | undefined {
  if (deployment.state !== 'running' || deployment.trialUntil === undefined) return undefined
  return Date.parse(deployment.trialUntil) > nowMs ? deployment.trialUntil : undefined
}

export const stepNames = ['verify', 'load', 'golden', 'shadow', 'commit'] as const
export type StepName = (typeof stepNames)[number]
export type StepState = 'done' | 'here' | 'failed' | 'open' | 'skipped'

/** How far a version is on its way in: verify → load → golden vectors → shadow → commit. */
export function swapSteps(slot: Slot, nowMs: number): Record<StepName, StepState> {
  const open = { verify: 'done', load: 'open', golden: 'open', shadow: 'open', commit: 'open' } as const
  const proved = { ...open, load: 'done', golden: 'done' } as const
  const { deployment, lane, been } = slot
  const shadow = been?.includes('beside') ? 'done' : 'skipped'
  switch (deployment.state) {
    case 'verifying':
      return { ...open, verify: 'here' }
    case 'staged':
      return open
    case 'qualifying':
      return lane?.state === 'ready' ? { ...proved, golden: 'here' } : { ...open, load: 'here' }
    case 'shadow':
    case 'canary':
      return { ...proved, shadow: 'here' }
    case 'running': {
      const commit = trialUntil(slot, nowMs) === undefined ? 'done' : 'here'
      return { ...proved, shadow, commit }
    }
    case 'refused':
      return failedAt(slot) === 'golden'
        ? { ...open, load: 'done', golden: 'failed' }
        : { ...open, load: 'failed' }
    case 'rolled-back':
    case 'withdrawn':
      // Taken back beside the running version, before it ever served.
      if (been && !been.includes('running')) return { ...proved, shadow: 'failed' }
      return { ...proved, shadow, commit: been?.includes('committed') ? 'done' : 'failed' }
    case 'previous':
    case 'retired':
      return { ...proved, shadow, commit: 'done' }
  }
}

/** Golden vectors that did not all pass, or a load that ended before them. Of a refusal only its words are kept. */
function failedAt({ selfTest, deployment }: Slot): 'load' | 'golden' {
  if (selfTest && selfTest.passed < selfTest.of) return 'golden'
  return deployment.state === 'refused' && /\bgolden\b/.test(deployment.reason) ? 'golden' : 'load'
}

/** A person may start it from here. */
export const startable = ({ state }: DeploymentState): boolean =>
  state === 'staged' || state === 'refused' || state === 'rolled-back'

/** The candidate's state where it stands beside the running version and can be promoted or aborted. */
export function besides(
  state: DeploymentState | undefined,
): state is Extract<DeploymentState, { state: 'shadow' | 'canary' }> {
  return state?.state === 'shadow' || state?.state === 'canary'
}

const wholeFiring = /^[^:]+: (.+?)(?: \([^()]*\))?$/
const reasonLength = 80

/** A reason without its full stop, to stand inside a sentence. */
export const bare = (reason: string): string => reason.trim().replace(/\.$/, '')

/**
 * A reason short enough for one line: of a guardrail the figures alone, since its title says what they are of; anything
 * longer is read on Swap.
 */
export function briefReason(by: string, reason: string): string {
  const whole = bare(reason)
  const brief = by.startsWith('guardrail ') ? (wholeFiring.exec(whole)?.[1] ?? whole) : whole
  return shortened(brief, reasonLength)
}

/** Cut where it is longer than so many characters. */
export const shortened = (text: string, length: number): string =>
  text.length > length ? `${text.slice(0, length).trimEnd()} …` : text
