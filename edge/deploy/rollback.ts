import type { Turned } from '#core/contracts/deployment.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { type LoadedVersion, stopped } from './loaded-version.ts'
import type { Model } from './model.ts'
import {
  candidateIn,
  rollbackMeasured,
  rolledBack,
  type VersionRecord,
  type Who,
  withdrawn,
} from './slots.ts'

/**
 * Why this model cannot go back, in words; undefined where it can. No network is asked and no expiry looked at: only a
 * previous version that is missing, barred, or rotten and not loaded stands in the way.
 */
export function whyNotBack(model: Model): EdgewrightError | undefined {
  const { id, record, parts } = model
  const { running, previous } = record
  if (!running || !previous)
    return new EdgewrightError('no-previous', `model "${id}" has no previous version on this machine`)
  const barred = parts.trust.revocation({ id, ...previous })
  if (barred?.action === 'stop')
    return new EdgewrightError('version-barred', `model "${id}" cannot go back: ${barred.reason}`)
  const damage = model.damaged.get(previous.digest)
  if (damage !== undefined && !model.loaded(previous))
    return new EdgewrightError('rollback-refused', `model "${id}" cannot go back: ${damage}`, {
      hint: 'Install the same package again: that mends the copy.',
    })
  return undefined
}

/**
 * Back to the previous version: flip, journal, answer; only then is the bad lane stopped. Where the previous version is
 * loaded the flip is immediate, and readings on their way are answered by it. Where it is not, it is hashed and loaded
 * first, while the bad one goes on.
 */
export async function rollBack(model: Model, who: Who): Promise<Turned> {
  const { parts } = model
  const startedMs = parts.elapsed()
  const refusal = whyNotBack(model)
  if (refusal) throw refusal
  const from = model.record.running!
  const to = model.record.previous!
  const back = await ready(model, to)
  if (model.record.previous?.digest !== to.digest)
    throw new EdgewrightError('model-busy', `model "${model.id}" has changed meanwhile`)
  const revokedMeanwhile = whyNotBack(model)
  if (revokedMeanwhile) throw revokedMeanwhile

  model.shadow(undefined)
  model.serve({ running: back }, true)
  const saved = model.keep(rolledBack(model.record, who, parts.now(), null), who.by)
  saved.catch(() => undefined) // told below
  const marker = await back.marker()
  const ms = parts.elapsed() - startedMs
  const turned = { from: from.version, to: to.version, ms }
  const measured = model.keep(rollbackMeasured(model.record, who, ms), who.by, [
    model.event('rollback.measured', who.by, turned),
  ])
  const written = Promise.all([saved, measured])
  // Hashing takes the runtime's thread for milliseconds: the first readings are answered before.
  void written
    .catch(() => undefined) // told below
    .then(() => afterwards(model, to))
    .catch(parts.failed)

  await written.catch((error: unknown) => {
    throw new EdgewrightError(
      'journal-unwritable',
      `${to.version} answers again, but that cannot be written down (${error instanceof Error ? error.message : String(error)})`,
      {
        hint: 'Free space on the disk and check it: it is tried again until it is written. A restart before that would start the version that was taken back.',
        cause: error,
      },
    )
  })
  if (!marker.ok)
    throw new EdgewrightError(
      'lane-failed',
      `model "${model.id}" went back to ${to.version}, but that does not answer as it should: ${marker.reason}`,
    )
  return turned
}

/** Loaded, and answering as far as is known. */
export async function ready(model: Model, version: VersionRecord): Promise<LoadedVersion> {
  const loaded = model.loaded(version)
  const state = loaded?.lane.status.state
  if (loaded && state === 'ready') return loaded
  // Somebody else is loading it: to begin anew would take that from them, and take longer.
  if (loaded && state === 'starting' && (await hasLoaded(loaded))) return loaded
  return model.load(version)
}

const hasLoaded = ({ lane }: LoadedVersion) =>
  lane.ready.then(
    () => true,
    () => false,
  )

/** The bad lane is stopped, and the copy of the version that answers now is hashed. */
async function afterwards(model: Model, to: VersionRecord): Promise<void> {
  await model.sweep()
  await rehash(model, to)
}

/** A rotten copy of a loaded version answers on, and is told as damaged. */
export async function rehash(model: Model, version: VersionRecord): Promise<string | undefined> {
  await model.verified(version).catch(() => undefined) // told there, and kept in model.damaged
  return model.damaged.get(version.digest)
}

/**
 * Taken out of service with nothing to go back to: its fallback rules answer, or nobody does. What was tried beside it
 * waits again: there is nothing to compare it with.
 */
export async function withdraw(model: Model, who: Who): Promise<void> {
  const running = model.pipeline?.route.running
  if (!running || model.record.running?.deployment.state !== 'running') return
  const nowMs = model.parts.now()
  model.shadow(undefined)
  model.serve({ running: stopped(running, who.reason) }, true)
  const state = model.record.staged?.deployment.state
  const isTried = state === 'shadow' || state === 'canary'
  const out = withdrawn(model.record, who, nowMs)
  const since = new Date(nowMs).toISOString()
  await model.keep(isTried ? candidateIn(out, { state: 'staged', since }) : out, who.by)
  await model.sweep()
}
