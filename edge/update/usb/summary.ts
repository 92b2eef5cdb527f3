import type { ModelSummary, Slot } from '#core/contracts/deployment.ts'
import type { Assigned, ImportSummary, TrustedPackage, View } from '#core/contracts/update.ts'
import { nextStep, type Step } from '../plan.ts'
import type { Standing } from './target.ts'

type Found = ImportSummary['packages'][number]
type Changes = Pick<
  ImportSummary,
  'roles' | 'rootRotations' | 'packages' | 'problem' | 'problems' | 'revokes'
>

/**
 * What the view that a stick brings would change here. Pure. `onStick`: whether a package's file lies on it; `bring`: the
 * packages whose bytes are needed.
 */
export function changes(
  view: View,
  standing: Standing,
  onStick: (found: TrustedPackage) => boolean,
): Changes & { bring: TrustedPackage[] } {
  const { versions, models } = standing
  const steps = view.assigned.map((assigned) => {
    const model = models.find(({ id }) => id === assigned.model)
    return { assigned, model, step: nextStep(assigned, model) }
  })
  const bring = steps.flatMap(({ step }) =>
    step.do === 'install' && onStick(step.package) ? [step.package] : [],
  )
  return {
    roles: Object.entries(view.versions)
      .filter(([role, version]) => versions[role] !== version)
      .map(([role, version]) => ({ role, version, here: versions[role] ?? null })),
    rootRotations: Math.max(0, (view.versions['root'] ?? 0) - (versions['root'] ?? 0)),
    packages: steps.flatMap(({ assigned, model, step }) =>
      assigned.package ? [told(assigned, assigned.package, model, whySkipped(step, bring))] : [],
    ),
    ...(view.problem !== undefined && { problem: view.problem }),
    problems: view.assigned
      .filter((assigned) => !assigned.package)
      .map(({ model, version, problem }) => ({ model, version, problem: problem ?? 'it is not signed' })),
    revokes: revokes(view, standing),
    bring,
  }
}

function told(
  { activate }: Assigned,
  found: TrustedPackage,
  model: ModelSummary | undefined,
  skipped: string | undefined,
): Found {
  const running = model?.slots.running
  const replaces = running && running.digest !== found.digest ? running.version : null
  return { ...found, replaces, activate, ...(skipped !== undefined && { skipped }) }
}

function whySkipped(step: Step, bring: TrustedPackage[]): string | undefined {
  if (step.do === 'install')
    return bring.includes(step.package)
      ? undefined
      : 'its file is not on the stick; it is fetched when it can be had'
  if (step.do !== 'nothing') return undefined
  if ('reason' in step) return step.reason
  return step.state === 'done'
    ? 'it runs here already'
    : 'it is here already, or another version is being tried'
}

/** What is new in the policy, and speaks of a version that is here. */
function revokes(view: View, { view: before, models }: Standing): ImportSummary['revokes'] {
  const known = new Set(before?.policy.revoked.map(({ digest, action }) => `${digest} ${action}`))
  return models.flatMap(({ id, slots }) => {
    const here = [slots.running, slots.previous, slots.staged].filter((slot): slot is Slot => slot !== null)
    const least = view.policy.minimumRelease[id] ?? 0
    const leastBefore = before?.policy.minimumRelease[id] ?? 0
    return here.flatMap(({ version, digest, release }) => [
      ...view.policy.revoked
        .filter((one) => one.digest === digest && !known.has(`${digest} ${one.action}`))
        .map(({ action, reason }) => ({ model: id, version, action, reason })),
      ...(release < least && release >= leastBefore
        ? [
            {
              model: id,
              version,
              action: 'stop' as const,
              reason: `no release below ${least} may run any more`,
            },
          ]
        : []),
    ])
  })
}
