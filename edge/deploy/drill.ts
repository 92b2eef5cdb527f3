import type { Drill, Turned } from '#core/contracts/deployment.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { LoadedVersion } from './loaded-version.ts'
import type { Model } from './model.ts'
import { ready, rehash, whyNotBack } from './rollback.ts'
import type { Route } from './route.ts'
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
  const { from, to } = { from: running.version, to: previous.version }
  const stillRuns = () => {
    if (model.record.running?.digest === running.digest) return
    throw new EdgewrightError('model-busy', `model "${model.id}" was rolled back during the drill`)
  }
  // As a rollback would: what is not loaded, or has failed since, is loaded first. Nothing is sent there that would be lost.
  const there = await ready(model, previous).catch((error: unknown) => whyOf(error))
  const before =
    typeof there === 'string' ? `${to} cannot be loaded: ${there}` : wrong(there, await there.marker())
  stillRuns()
  const here = model.loaded(running)
  const route = model.pipeline?.route
  if (!here || !route || route.running !== here)
    throw new EdgewrightError(
      'lane-failed',
      `model "${model.id}" does not answer; there is nothing to rehearse`,
    )
  const counted = model.count()
  let wayThere: Way = { ms: null, problem: before }
  let wayBack: Way = { ms: null, problem: undefined }
  try {
    if (typeof there !== 'string' && before === undefined) {
      wayThere = await turn(there, () => model.serve({ running: there }), parts.elapsed)
      stillRuns()
      const isBad = wayThere.problem !== undefined
      wayBack = await turn(here, () => model.serve(asItIsNow(model, route), isBad), parts.elapsed)
      await model.pipeline?.settled()
    }
  } catch (error) {
    counted.end()
    throw error
  }
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
      { hint: `The way back to ${to} does not work as it is: mend it before you need it.` },
    )
  return { from, to, ms: wayThere.ms! }
}

const whyOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** Its canary may have been ended meanwhile. */
function asItIsNow(model: Model, { running, canary }: Route): Route {
  const { staged } = model.record
  const goesOn = staged?.deployment.state === 'canary' && model.loaded(staged) === canary?.version
  return canary && goesOn ? { running, canary } : { running }
}

interface Way {
  ms: number | null
  problem: string | undefined
}

async function turn(version: LoadedVersion, flip: () => void, elapsed: () => number): Promise<Way> {
  const startedMs = elapsed()
  flip()
  const problem = wrong(version, await version.marker())
  return { ms: problem === undefined ? elapsed() - startedMs : null, problem }
}

const wrong = ({ manifest }: LoadedVersion, { ok, reason }: { ok: boolean; reason?: string }) =>
  ok ? undefined : `${manifest.version} did not answer as it should: ${reason}`

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
