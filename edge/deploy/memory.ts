import { heldMb, loadedIn } from './limits.ts'
import { type LoadedVersion, weightOf } from './loaded-version.ts'
import type { Model } from './model.ts'
import { versionsOf } from './route.ts'
import { noted, type VersionRecord } from './slots.ts'

/**
 * Weighs the loaded versions of a model; where together they hold more than the budget, the previous one is kept on the
 * disk only. It is loaded again by the next start, drill or rollback.
 */
export async function keepWithinMemory(model: Model): Promise<void> {
  const loaded = loadedIn(model)
  for (const version of loaded) note(model, version)
  const { previous } = model.record
  const kept = model.loaded(previous)
  // One that is being loaded is on its way to serve, and one that serves is being rehearsed: neither is taken away.
  if (!previous || kept?.lane.status.state !== 'ready' || serves(model, kept)) return
  const { laneMemoryMb, heldByOthersMb, audit } = model.parts
  const held = heldMb(model, loaded) + heldByOthersMb(model)
  if (held <= laneMemoryMb) return
  await model.unload(previous.digest)
  model.changed()
  const { id } = model
  const reason = `the models hold ${Math.round(held)} MB, and ${laneMemoryMb} MB are theirs`
  await audit('previous.unloaded', 'runtime', { id, version: previous.version, reason })
}

const serves = ({ pipeline }: Model, version: LoadedVersion): boolean =>
  pipeline !== undefined && versionsOf(pipeline.route).includes(version)

function note(model: Model, version: VersionRecord): void {
  const loaded = model.loaded(version)
  const weight = loaded ? weightOf(loaded, model.parts.residentMb) : {}
  if (weight.memoryMb !== undefined) model.record = noted(model.record, version.digest, weight)
}
