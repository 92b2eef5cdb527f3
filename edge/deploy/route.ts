import { unnamedAsset } from '#core/contracts/reading.ts'
import type { Answered, IntakeLimits } from '../ingest/intake.ts'
import { intakeLimits } from '../ingest/intake-limits.ts'
import type { Serving } from '../pipeline.ts'
import { inCanary } from './canary.ts'

/** Which versions of a model answer readings. */
export interface Route {
  running: Serving
  /** Takes the readings of its share of the assets. */
  canary?: { version: Serving; percent: number }
}

export const versionsOf = ({ running, canary }: Route): Serving[] =>
  canary ? [running, canary.version] : [running]

/** The running version sets the pace of the intake; a canary's share is cut into batches that it can bear. */
export const limitsOf = ({ running: { manifest, pace } }: Route): IntakeLimits =>
  intakeLimits(manifest, () => pace.batch)

/** Readings of a batch that go the same way, and their places in it. */
export interface Part {
  serving: Serving
  rows: readonly unknown[]
  /** Absent: the whole batch. */
  places?: number[]
}

/** Divides a batch between the versions that serve: every reading of an asset goes to the same one. */
export function share({ running, canary }: Route, raw: readonly unknown[]): Part[] {
  if (!canary) return [{ serving: running, rows: raw }]
  const { version, percent } = canary
  const mine: number[] = []
  const others: number[] = []
  raw.forEach((reading, place) => {
    const asset = (reading as { asset?: unknown } | null)?.asset
    // Readings without an asset cannot be kept on one side: the running version answers them.
    const isNamed = typeof asset === 'string' && asset !== unnamedAsset
    const chosen = isNamed && inCanary(version.manifest.id, version.manifest.version, asset, percent)
    ;(chosen ? mine : others).push(place)
  })
  const parts: Part[] = []
  if (others.length > 0) parts.push(part(running, raw, others))
  const { batch } = version.pace
  for (let from = 0; from < mine.length; from += batch)
    parts.push(part(version, raw, mine.slice(from, from + batch)))
  return parts
}

const part = (serving: Serving, raw: readonly unknown[], places: number[]): Part => ({
  serving,
  rows: places.map((place) => raw[place]),
  places,
})

/** The answers of the parts, in the order of the batch. */
export function inOrder<Decided>(
  rows: number,
  parts: readonly Part[],
  decided: readonly Decided[],
): Answered<Decided>[] {
  const answers = new Array<Answered<Decided>>(rows)
  parts.forEach(({ rows: own, places }, p) => {
    for (let row = 0; row < own.length; row++) answers[places?.[row] ?? row] = { decided: decided[p]!, row }
  })
  return answers
}

/** As Promise.all, but rejects only when nothing is under way any more. */
export async function settled<T>(all: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(all)
  return Promise.all(all)
}
