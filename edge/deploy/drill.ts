import type { Drill, Turned } from '#core/contracts/deployment.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { LoadedVersion } from './loaded-version.ts'
import type { Model } from './model.ts'
import { rehash, whyNotBack } from './rollback.ts'
import type { Who } from './slots.ts'

const kept = 12

/**
 * Goes the way back for real and returns: the previous version serves until it has answered a marker reading, then the
 * running one serves again. Readings that come meanwhile are answered by whichever serves.
 */
export async function drill(model: Model, who: Who): Promise<Turned> {
  const { parts } = model
  const refusal = whyNotBack(model)
  if (refusal) throw refusal
  const running = model.record.running!
  const previous = model.record.previous!
  const there = model.loaded(previous) ?? (await model.load(previous))
  const here = model.loaded(running)
  const route = model.pipeline?.route
  if (!here || !route || route.running !== here)
    throw new EdgewrightError(
      'lane-failed',
      `model "${model.id}" does not answer; there is nothing to rehearse`,
    )
  await there.lane.ready

  const { from, to } = { from: running.version, to: previous.version }
  const counted = model.count()
  const wayThere = await turn(there, () => model.serve({ running: there }), parts.elapsed)
  if (model.record.running?.digest !== running.digest)
    throw new EdgewrightError('model-busy', `model "${model.id}" was rolled back during the drill`)
  const wayBack = await turn(here, () => model.serve(route), parts.elapsed)
  await model.pipeline?.settled()
  const { readings, lost } = counted.end()
  const damage = await rehash(model, previous)
  const problem = wayThere.problem ?? wayBack.problem ?? damage
  const result: Drill = {
    at: new Date(parts.now()).toISOString(),
    by: who.by,
    passed: problem === undefined && lost === 0,
    from,
    to,
    thereMs: wayThere.ms,
    backMs: wayBack.ms,
    readings,
    lost,
    ...(problem !== undefined && { problem }),
  }
  const row = model.event('deployment.drill', who.by, { reason: who.reason, ...result })
  await model.keep({ ...model.record, drills: [result, ...model.record.drills].slice(0, kept) }, who.by, [
    row,
  ])
  if (problem !== undefined)
    throw new EdgewrightError(
      'lane-failed',
      `the drill of model "${model.id}" failed: ${problem}; ${from} serves`,
    )
  return { from, to, ms: wayThere.ms! }
}

async function turn(version: LoadedVersion, flip: () => void, elapsed: () => number) {
  const startedMs = elapsed()
  flip()
  const marker = await version.marker()
  if (marker.ok) return { ms: elapsed() - startedMs, problem: undefined }
  return { ms: null, problem: `${version.manifest.version} did not answer as it should: ${marker.reason}` }
}

/**
 * When the next drill is due, epoch ms: `everyDays` after the last (or after `sinceMs`), at the hour of the machine's
 * clock that the manifest names.
 */
export function nextDrillMs(
  schedule: { everyDays: number; atHour: number } | undefined,
  lastMs: number | undefined,
  sinceMs: number,
): number | null {
  if (!schedule) return null
  const due = new Date(lastMs ?? sinceMs)
  due.setDate(due.getDate() + schedule.everyDays)
  due.setHours(schedule.atHour, 0, 0, 0)
  return due.getTime()
}
