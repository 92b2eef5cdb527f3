import type { Model } from './model.ts'
import { type VersionRecord, versionsIn } from './slots.ts'

/** Where the manifest says nothing. */
export const defaultCrashLimit = 3

/** Endings of a lane that lie within the health window before `nowMs`; older ones are forgotten. */
export const recent = (endingsMs: readonly number[], nowMs: number, windowS: number): number[] =>
  endingsMs.filter((ms) => nowMs - ms < 1000 * windowS)

/** What the lanes of these versions hold, MiB: as measured now, else as last measured. */
export function heldMb(model: Model, versions: readonly VersionRecord[]): number {
  const each = versions.map((version) => {
    const status = model.loaded(version)?.lane.status
    const live = status?.state === 'ready' ? model.parts.residentMb(status.pid) : null
    return live ?? version.memoryMb ?? 0
  })
  return each.reduce((sum, mb) => sum + mb, 0)
}

/** Versions of a model that have a lane. */
export const loadedIn = (model: Model): VersionRecord[] =>
  versionsIn(model.record).filter((version) => model.loaded(version))

/** Whether there is memory to keep this version loaded beside what must be. */
export function mayLoad(model: Model, version: VersionRecord): boolean {
  const others = loadedIn(model).filter((other) => other !== version)
  const { heldByOthersMb, laneMemoryMb } = model.parts
  return heldMb(model, [...others, version]) + heldByOthersMb(model) <= laneMemoryMb
}
