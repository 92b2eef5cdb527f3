import type { ActivateRequest, Turned } from '#core/contracts/deployment.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { LoadedVersion } from './loaded-version.ts'
import type { Model } from './model.ts'
import { rollBack, whyNotBack } from './rollback.ts'
import { activated, candidateIn, noted, reinstated, type VersionRecord, type Who } from './slots.ts'

/** Nice value of a shadow's process (setpriority(2)): it gets what nobody else wants. */
export const shadowPriority = 19

type Mode = { mode: 'replace' } | { mode: 'shadow' } | { mode: 'canary'; percent: number }

/**
 * Qualifies the candidate in fresh lanes and brings it in: at once, beside the running version as its shadow, or for a
 * share of the assets. Where it does not qualify it is refused with the reason, and the running version never noticed.
 */
export async function activate(model: Model, request: ActivateRequest, who: Who): Promise<Turned> {
  const { parts, id } = model
  const startedMs = parts.elapsed()
  const isBack = isWithdrawn(model, request.version)
  const candidate = isBack ? model.record.running! : candidateOf(model, request.version)
  refuseBarred(model, candidate)
  const compared = model.pipeline && model.record.running?.deployment.state === 'running'
  if (request.mode !== 'replace' && !compared)
    throw new EdgewrightError('no-candidate', `model "${id}" has no running version to compare with`, {
      hint: 'Activate it without --shadow or --canary.',
    })
  if (isBack) return reinstate(model, candidate, who)
  const from = model.record.running?.version ?? null
  const opened =
    request.mode === 'shadow'
      ? await qualified(model, candidate, 'shadow', who)
      : (inCanary(model) ?? (await qualified(model, candidate, request.mode, who)))
  try {
    refuseBarred(model, candidate) // it may have been revoked while it was being checked
    if (request.mode === 'replace') await replace(model, opened, who)
    else await beside(model, opened, request, who)
  } catch (error) {
    await waitAgain(model, opened.digest, who).catch(parts.failed)
    await model.sweep()
    throw error
  }
  const marker = await opened.marker()
  const ms = parts.elapsed() - startedMs
  void model.sweep().catch(parts.failed)
  if (!marker.ok) {
    const reason = `${candidate.version} qualified, and then did not answer as it should: ${marker.reason}`
    const runtime = { by: 'runtime', reason }
    if (request.mode !== 'replace') await abort(model, runtime, true)
    else if (!whyNotBack(model)) await rollBack(model, runtime)
    throw new EdgewrightError('lane-failed', reason)
  }
  return { from, to: candidate.version, ms }
}

function refuseBarred({ id, parts }: Model, candidate: VersionRecord): void {
  const barred = parts.trust.revocation({ id, ...candidate })
  if (barred?.action === 'stop')
    throw new EdgewrightError('version-barred', `model "${id}" cannot run that version: ${barred.reason}`)
}

function candidateOf({ id, record }: Model, version: string): VersionRecord {
  const { running, previous, staged } = record
  if (staged?.version === version) return staged
  if (previous?.version === version)
    throw new EdgewrightError('model-exists', `${version} is the previous version of "${id}"`, {
      hint: 'Roll back to it.',
    })
  if (running?.version === version)
    throw new EdgewrightError('model-exists', `"${id}" already runs in version ${version}`)
  throw new EdgewrightError(
    'version-unknown',
    `there is no version ${version.slice(0, 40)} of "${id}" on this machine`,
  )
}

/** The candidate whose lane serves its share already, and has qualified for that. */
function inCanary(model: Model): LoadedVersion | undefined {
  const { staged } = model.record
  const opened = staged?.deployment.state === 'canary' ? model.loaded(staged) : undefined
  return opened?.lane.status.state === 'ready' ? opened : undefined
}

/** load → golden vectors → choice of the provider, each in a lane that serves nobody; then the lane that will. */
async function qualified(
  model: Model,
  candidate: VersionRecord,
  mode: Mode['mode'],
  who: Who,
): Promise<LoadedVersion> {
  const { parts } = model
  const { digest } = candidate
  const since = () => new Date(parts.now()).toISOString()
  leaveWork(model)
  await model.enter(candidateIn(model.record, { state: 'qualifying', since: since(), mode }), who.by)
  try {
    const qualification = await parts.qualify(await model.verified(candidate))
    stillCandidate(model, digest)
    model.record = noted(model.record, digest, { qualification })
    const opened = await model.load(model.record.staged!, mode === 'shadow' ? shadowPriority : undefined)
    const { figures, reason } = await opened.selfTest(parts.now())
    if (reason !== undefined)
      throw new EdgewrightError(
        'package-refused',
        `${model.id} ${candidate.version} answers differently here than where it was packed: ${reason}`,
      )
    await model.prepare(opened)
    stillCandidate(model, digest)
    model.record = noted(model.record, digest, { selfTest: figures })
    return opened
  } catch (error) {
    if (model.record.staged?.digest === digest && !model.isClosed) {
      const reason = error instanceof Error ? error.message : String(error)
      const refused = candidateIn(model.record, { state: 'refused', since: since(), reason })
      await model.keep(refused, who.by).catch(parts.failed)
    }
    await model.sweep().catch(parts.failed)
    stillCandidate(model, digest)
    throw error
  }
}

/** While it was qualified, a rollback may have taken its place and its copy: then that is why, and not what it met with. */
function stillCandidate(model: Model, digest: string): void {
  if (model.record.staged?.digest !== digest)
    throw new EdgewrightError('model-busy', `the slots of model "${model.id}" have changed meanwhile`)
}

/** It has qualified, and could not be brought in: it is not being qualified any more. */
async function waitAgain(model: Model, digest: string, who: Who): Promise<void> {
  const { staged } = model.record
  if (staged?.digest !== digest || staged.deployment.state !== 'qualifying') return
  const since = new Date(model.parts.now()).toISOString()
  await model.keep(candidateIn(model.record, { state: 'staged', since }), who.by)
}

/** Durable first, then the flip: a kill in between starts the new version, on trial. */
async function replace(model: Model, opened: LoadedVersion, who: Who): Promise<void> {
  const { now } = model.parts
  const windowS = model.record.staged?.trial.windowS ?? 0
  await model.enter(activated(model.record, who, now(), now() + 1000 * windowS), who.by)
  if (model.record.running?.digest !== opened.digest)
    throw new EdgewrightError('model-busy', `model "${model.id}" was rolled back meanwhile`)
  model.serve({ running: opened })
}

async function beside(
  model: Model,
  opened: LoadedVersion,
  request: Exclude<Mode, { mode: 'replace' }>,
  who: Who,
): Promise<void> {
  const since = new Date(model.parts.now()).toISOString()
  const next =
    request.mode === 'canary'
      ? ({ state: 'canary', since, ...who, percent: request.percent } as const)
      : ({ state: 'shadow', since, ...who } as const)
  if (model.record.running?.deployment.state !== 'running')
    throw new EdgewrightError('model-busy', `what runs of model "${model.id}" was taken out meanwhile`)
  await model.enter(candidateIn(model.record, next), who.by)
  // Meanwhile a rollback may have changed who runs, or the candidate may have been ended.
  stillCandidate(model, opened.digest)
  if (model.record.staged?.deployment.state !== next.state)
    throw new EdgewrightError('model-busy', `the trial of ${opened.manifest.version} was ended meanwhile`)
  if (next.state === 'shadow') return model.shadow(opened)
  const { running } = model.pipeline!.route
  model.serve({ running, canary: { version: opened, percent: next.percent } })
}

/** Whatever the candidate is at beside the running version ends. */
function leaveWork(model: Model): void {
  model.shadow(undefined)
  const route = model.pipeline?.route
  if (route?.canary) model.serve({ running: route.running }, true)
}

function atWork({ id, record: { staged } }: Model): VersionRecord {
  const state = staged?.deployment.state
  if (staged && (state === 'shadow' || state === 'canary')) return staged
  throw new EdgewrightError('no-candidate', `model "${id}" has nothing in shadow or canary`)
}

/** The candidate that runs beside the running version takes its place. */
export async function promote(model: Model, who: Who): Promise<Turned> {
  const { version } = atWork(model)
  return activate(model, { version, mode: 'replace', reason: who.reason }, who)
}

/** The candidate that runs beside the running version waits in its slot again; `held` where it was found to be bad. */
export async function abort(model: Model, who: Who, held = false): Promise<void> {
  atWork(model)
  leaveWork(model)
  const since = new Date(model.parts.now()).toISOString()
  const next = held
    ? ({ state: 'rolled-back', since, ...who, ms: null } as const)
    : ({ state: 'staged', since } as const)
  await model.keep(candidateIn(model.record, next), who.by)
  await model.sweep()
}

const isWithdrawn = ({ record: { running } }: Model, version: string) =>
  running?.version === version && running.deployment.state === 'withdrawn'

/** A version that was withdrawn serves again, once it has qualified anew. */
async function reinstate(model: Model, running: VersionRecord, who: Who): Promise<Turned> {
  const { parts, id } = model
  const { version, digest } = running
  const startedMs = parts.elapsed()
  // While it qualified, a rollback may have gone past it; while it was written down, it may have been taken out again.
  const stillHere = (state: 'withdrawn' | 'running') => {
    const { running: now } = model.record
    if (now?.digest !== digest || now.deployment.state !== state)
      throw new EdgewrightError('model-busy', `the slots of model "${id}" have changed meanwhile`)
  }
  const qualification = await parts.qualify(await model.verified(running))
  stillHere('withdrawn')
  model.record = noted(model.record, digest, { qualification })
  let opened: LoadedVersion
  try {
    opened = await model.load(model.record.running!)
    const { figures, reason } = await opened.selfTest(parts.now())
    if (reason !== undefined)
      throw new EdgewrightError('package-refused', `${id} ${version} answers differently: ${reason}`)
    stillHere('withdrawn')
    refuseBarred(model, running) // it may have been revoked while it was being checked
    model.record = noted(model.record, digest, { selfTest: figures })
    await model.enter(reinstated(model.record, who, parts.now()), who.by)
    stillHere('running')
  } catch (error) {
    await model.sweep()
    throw error
  }
  model.serve({ running: opened })
  await opened.marker()
  return { from: version, to: version, ms: parts.elapsed() - startedMs }
}
