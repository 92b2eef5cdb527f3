import { join } from 'node:path'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { LoadedPackage } from '../package/read-package.ts'
import { defaultCrashLimit } from './limits.ts'
import type { Model } from './model.ts'
import { keepPrivacy } from './privacy-of.ts'
import { startRunning } from './resume.ts'
import { arrived, arriving, turnedAway, type VersionRecord, versionsIn } from './slots.ts'

/**
 * The same package over a copy of it that is no longer what was installed: mends the copy. False where there is none.
 */
export async function mend(model: Model, loaded: LoadedPackage, by: string): Promise<boolean> {
  const same = versionsIn(model.record).find(({ digest }) => digest === loaded.digest)
  if (!same || !model.damaged.has(same.digest)) return false
  await model.parts.store.place(loaded.dir, same.folder)
  await model.verified(same)
  const { id } = model
  await model.parts.audit('package.mended', by, { id, version: same.version, digest: same.digest })
  if (!model.pipeline && same === model.record.running) await startRunning(model)
  model.changed()
  return true
}

/** Puts a verified package into the slot `staged`. The candidate that stood there makes room, unless it is at work. */
export async function stage(
  model: Model,
  loaded: LoadedPackage,
  signedBy: string[],
  by: string,
): Promise<void> {
  refuseKnown(model, loaded)
  const { now, store, healthWindowS } = model.parts
  const at = new Date(now()).toISOString()
  const { version, release, operation } = loaded.manifest
  const record: VersionRecord = {
    version,
    release,
    digest: loaded.digest,
    bytes: loaded.bytes,
    installedAt: at,
    installedBy: by,
    signedBy,
    deployment: { state: 'verifying', since: at },
    selfTest: null,
    qualification: null,
    folder: join(model.id, `${version}-${loaded.digest.slice(0, 12)}`),
    trial: {
      windowS: operation.healthWindowS ?? healthWindowS,
      crashLimit: operation.crashLimit ?? defaultCrashLimit,
    },
    loadMs: null,
    memoryMb: null,
  }
  await model.enter(arriving(model.record, record), by)
  try {
    await keepPrivacy(model.parts.journal, loaded)
    await store.place(loaded.dir, record.folder)
    await model.enter(arrived(model.record, now()), by)
  } catch (error) {
    await model.keep(turnedAway(model.record), by)
    throw error
  }
  await model.sweep()
}

function refuseKnown({ id, record }: Model, { digest, manifest: { version } }: LoadedPackage): void {
  const same = versionsIn(record).find((known) => known.version === version || known.digest === digest)
  const state = same?.deployment.state
  if (same && state !== 'refused') {
    const bytes = same.digest === digest ? 'the same bytes' : 'other bytes under the same number'
    throw new EdgewrightError(
      'model-exists',
      state === 'running'
        ? `model "${id}" already runs in version ${same.version} (${bytes})`
        : `version ${same.version} of "${id}" is on this machine already (${state}; ${bytes})`,
    )
  }
  const busy = record.staged?.deployment.state
  if (busy === 'shadow' || busy === 'canary' || busy === 'qualifying')
    throw new EdgewrightError(
      'model-busy',
      `version ${record.staged?.version} of "${id}" is in ${busy}; there is one candidate at a time`,
      { hint: 'Promote or abort it first.' },
    )
}
