import type { DeploymentState } from '#core/contracts/deployment.ts'
import type { Journal } from '../journal/journal.ts'
import { shadowPriority } from './activate.ts'
import { recordKey } from './ledger.ts'
import { defaultCrashLimit, mayLoad } from './limits.ts'
import { stopped } from './loaded-version.ts'
import type { Model } from './model.ts'
import { rehash, whyNotBack } from './rollback.ts'
import {
  emptyRecord,
  interrupted,
  type ModelRecord,
  rolledBack,
  startedAgain,
  type VersionRecord,
  type Who,
} from './slots.ts'

/** What versions 0.1 of the journal kept of a model: the one that runs. */
interface OneSlot {
  version: string
  release: number
  digest: string
  installedAt: string
  folder: string
  deployment: { state: string; since?: string }
}

/** The record of a model as the journal has it. */
export function readRecord(journal: Pick<Journal, 'state'>, id: string): ModelRecord {
  const stored = journal.state<ModelRecord | OneSlot>(recordKey(id))
  if (!stored) return emptyRecord(id)
  if (!('deployment' in stored)) return stored
  const { deployment, installedAt, ...rest } = stored
  if (deployment.state !== 'running') return emptyRecord(id)
  const since = deployment.since ?? installedAt
  const running: VersionRecord = {
    ...rest,
    installedAt,
    bytes: 0,
    installedBy: 'admin',
    signedBy: [],
    deployment: { state: 'running', since, by: 'admin', reason: 'first version' },
    selfTest: null,
    qualification: null,
    trial: { windowS: 0, crashLimit: defaultCrashLimit },
    loadMs: null,
    memoryMb: null,
  }
  return { ...emptyRecord(id), running }
}

/**
 * Brings back what served before this start. A version on trial that brought the runtime down too often, or whose copy is
 * no longer what was installed, is taken back first; where nothing can be loaded, the model says so and takes nobody with it.
 */
export async function resume(model: Model): Promise<void> {
  const { parts } = model
  const { now } = parts
  const runtime = 'runtime'
  // A disk that refuses keeps nothing from serving: it is written as soon as that is possible.
  const found = interrupted(model.record, now())
  if (found !== model.record) await model.keep(found, runtime).catch(parts.failed)
  const { lastRollback } = model.record
  await bootCounted(model)
  await startRunning(model)
  await tellTakenBack(model, lastRollback).catch(parts.failed)
  const { previous, staged } = model.record
  if (previous) await startPrevious(model, previous)
  if (staged) await startCandidate(model, staged)
  await model.sweep()
}

/** Counted before anything of the version is touched. */
async function bootCounted(model: Model): Promise<void> {
  const { trial } = model.record.running ?? {}
  if (!trial) return
  const next = startedAgain(model.record, model.parts.now() + 1000 * trial.windowS)
  if (next === model.record) return
  const running = next.running!
  const boots = running.deployment.state === 'running' ? (running.deployment.boots ?? 0) : 0
  const { version } = running
  const event = model.event('deployment.boot', 'runtime', { version, boots })
  await model.keep(next, 'runtime', [event]).catch(model.parts.failed)
  if (boots >= trial.crashLimit && !whyNotBack(model))
    await takenBackAtStart(model, `the runtime ended ${boots} times while ${running.version} was on trial`)
}

async function takenBackAtStart(model: Model, reason: string): Promise<void> {
  const who: Who = { by: 'runtime', reason }
  const { failed, now } = model.parts
  await model.keep(rolledBack(model.record, who, now(), null), who.by).catch(failed)
}

/** People are told of what was taken back before anybody could see it. */
async function tellTakenBack(model: Model, before: ModelRecord['lastRollback']): Promise<void> {
  const { lastRollback } = model.record
  const manifest = model.pipeline?.route.running.manifest
  if (!lastRollback || lastRollback === before || !manifest) return
  const { from, to, reason } = lastRollback
  const notice = { kind: 'taken-back', to, ms: null, reason } as const
  await model.parts.alerts.raiseNotice({ ...manifest, version: from }, notice)
}

/** Opens what should run; a version whose copy cannot be loaded gives way to the previous one. */
export async function startRunning(model: Model): Promise<void> {
  const { running, previous } = model.record
  if (!running) return
  try {
    const opened = await model.open(running)
    await model.prepare(opened)
    const { deployment } = running
    if (deployment.state === 'withdrawn') {
      model.serve({ running: stopped(opened, deployment.reason) })
      await model.unload(running.digest)
    } else model.serve({ running: opened })
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    if (previous && (await rehash(model, previous)) === undefined && !whyNotBack(model)) {
      await takenBackAtStart(model, reason)
      return startRunning(model)
    }
    model.broken = reason
    model.changed()
    await model.parts.audit('deployment.failed', 'runtime', {
      id: model.id,
      version: running.version,
      reason,
    })
  }
}

/** Hashed in any case, and told where it is damaged; loaded where the memory for it is there. */
async function startPrevious(model: Model, previous: VersionRecord): Promise<void> {
  if (!mayLoad(model, previous)) return void (await rehash(model, previous))
  await model.open(previous).catch(() => rehash(model, previous))
}

/** A shadow or a canary goes on; a copy that is no longer what was installed is told. */
async function startCandidate(model: Model, staged: VersionRecord): Promise<void> {
  // While it is hashed or opened, a failure of the running version may have changed the slots.
  const at = (state: DeploymentState['state']) =>
    model.record.staged?.digest === staged.digest && model.record.staged.deployment.state === state
  const damage = await rehash(model, staged)
  if (damage !== undefined || !model.pipeline || !(at('shadow') || at('canary'))) return
  const version = await model.open(staged, at('shadow') ? shadowPriority : undefined)
  await model.prepare(version)
  const { running } = model.pipeline.route
  const { deployment } = staged
  if (at('shadow')) model.shadow(version)
  else if (at('canary') && deployment.state === 'canary')
    model.serve({ running, canary: { version, percent: deployment.percent } })
}
