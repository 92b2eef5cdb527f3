import { createReadStream } from 'node:fs'
import type { ModelSummary } from '#core/contracts/deployment.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { Assigned, TrustedPackage } from '#core/contracts/update.ts'
import type { Deployments } from '../deploy/deployments.ts'
import { nextStep, type Step } from './plan.ts'
import type { ProgressBoard } from './progress.ts'

export interface ApplyParts {
  deployments: Pick<Deployments, 'list' | 'install' | 'activate' | 'rollback'>
  /** A verified file of the package; `undefined`: it cannot be had from here, and nothing is wrong. */
  fetch: (package_: TrustedPackage, tell: (bytes: number) => void) => Promise<string | undefined>
  /** Who brings it, for the record. */
  by: string
  progress: ProgressBoard
}

/** What became of one assignment. */
export interface Applied {
  assigned: Assigned
  ok: boolean
  /** Something was done; false: everything is as it was. */
  acted: boolean
  /** In words. */
  what: string
}

/** Brings one model to what is assigned to it: fetched, installed, activated, each step where it is due. */
export async function applyAssigned(assigned: Assigned, parts: ApplyParts): Promise<Applied> {
  let acted = false
  // Installing a version may leave it to be activated; every step brings it further, so there are few.
  for (let steps = 0; steps < 3; steps += 1) {
    const step = nextStep(assigned, modelIn(parts, assigned.model))
    if (step.do === 'nothing') return standing(assigned, step, parts, acted)
    const hopeless = parts.progress.hopeless(assigned)
    if (hopeless !== undefined)
      return standing(assigned, { do: 'nothing', state: 'failed', reason: hopeless }, parts, acted)
    try {
      if (!(await carryOut(assigned, step, parts))) return waiting(assigned, parts, acted)
      acted = true
    } catch (error) {
      return failed(assigned, error, parts, acted)
    }
  }
  return standing(assigned, nextStep(assigned, modelIn(parts, assigned.model)), parts, acted)
}

const modelIn = ({ deployments }: ApplyParts, id: string): ModelSummary | undefined =>
  deployments.list().find((model) => model.id === id)

/** False: it cannot be done from here. */
async function carryOut(
  assigned: Assigned,
  step: Exclude<Step, { do: 'nothing' }>,
  parts: ApplyParts,
): Promise<boolean> {
  const { model, version } = assigned
  const { deployments, by, progress } = parts
  if (step.do === 'install') {
    progress.tell(assigned, { state: 'downloading' })
    const file = await parts.fetch(step.package, (bytes) =>
      progress.tell(assigned, { state: 'downloading', bytes }),
    )
    if (file === undefined) return false
    progress.tell(assigned, { state: 'installing', bytes: assigned.bytes })
    await deployments.install(createReadStream(file, { highWaterMark: 1 << 20 }), by)
    return true
  }
  progress.tell(assigned, { state: 'activating', bytes: assigned.bytes })
  const who = { by, reason: reasonOf(assigned) }
  if (step.do === 'activate')
    await deployments.activate(model, { version, mode: 'replace', reason: who.reason }, who)
  else await deployments.rollback(model, who, 'admin')
  return true
}

const reasonOf = ({ version, metadata, signedBy, group }: Assigned) =>
  `${version} is assigned to ${group === null ? 'this site' : `the group ${group}`} (metadata ${metadata}, signed by ${signedBy.join(', ')})`

function standing(assigned: Assigned, step: Step, { progress }: ApplyParts, acted: boolean): Applied {
  const { version, activate } = assigned
  if (step.do !== 'nothing') {
    const reason = 'it is not where it should be after every step'
    progress.tell(assigned, { state: 'failed', reason })
    return { assigned, acted, ok: false, what: reason }
  }
  const bytes = acted || step.state === 'done' ? { bytes: assigned.bytes } : {}
  progress.tell(assigned, { state: step.state, ...bytes, ...('reason' in step && { reason: step.reason }) })
  if (step.state === 'held' || step.state === 'failed')
    return { assigned, acted, ok: false, what: step.reason }
  if (step.state === 'done') return { assigned, acted, ok: true, what: `${version} runs` }
  const what =
    activate === 'by-technician'
      ? `${version} is here, and waits for a technician to start it`
      : `${version} waits until what is tried here now has ended`
  return { assigned, acted, ok: true, what }
}

function waiting(assigned: Assigned, { progress }: ApplyParts, acted: boolean): Applied {
  progress.tell(assigned, { state: 'waiting' })
  return { assigned, acted, ok: false, what: `the bytes of ${assigned.version} are not to be had here` }
}

function failed(assigned: Assigned, error: unknown, { progress }: ApplyParts, acted: boolean): Applied {
  const what = error instanceof Error ? error.message : String(error)
  progress.failed(assigned, error)
  // Somebody is at work on this model: it is tried again, and nobody needs to hear of it.
  const busy = error instanceof EdgewrightError && error.code === 'model-busy'
  progress.tell(assigned, busy ? { state: 'waiting' } : { state: 'failed', reason: what })
  return { assigned, acted, ok: false, what }
}
