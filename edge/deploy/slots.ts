import type { DeploymentState, Drill, ModelSummary, Slot } from '#core/contracts/deployment.ts'
import { mayFollow } from './states.ts'

/** What is durable of one version. */
export interface VersionRecord
  extends Pick<
    Slot,
    | 'version'
    | 'release'
    | 'digest'
    | 'bytes'
    | 'installedAt'
    | 'installedBy'
    | 'signedBy'
    | 'deployment'
    | 'been'
    | 'selfTest'
    | 'qualification'
  > {
  /** Below `packages` of the data folder. */
  folder: string
  /** Of its manifest: known before anything of it is read. */
  trial: { windowS: number; crashLimit: number }
  /** When it was last loaded: how long that took, and what its process held. */
  loadMs: number | null
  memoryMb: number | null
}

/** What is durable of one model: enough to be back after a kill. One candidate at a time: it stands in `staged`. */
export interface ModelRecord {
  id: string
  running: VersionRecord | null
  previous: VersionRecord | null
  staged: VersionRecord | null
  /** Verified, and not in its place on the disk yet. */
  arriving: VersionRecord | null
  lastRollback: ModelSummary['lastRollback']
  /** Newest first. */
  drills: Drill[]
}

export const places = ['running', 'previous', 'staged', 'arriving'] as const

export const versionsIn = (record: ModelRecord): VersionRecord[] =>
  places.flatMap((place) => record[place] ?? [])

/** Who wants it and why. */
export interface Who {
  by: string
  reason: string
}

export const emptyRecord = (id: string): ModelRecord => ({
  id,
  running: null,
  previous: null,
  staged: null,
  arriving: null,
  lastRollback: null,
  drills: [],
})

const iso = (ms: number) => new Date(ms).toISOString()
const inState = (version: VersionRecord, deployment: DeploymentState): VersionRecord => ({
  ...version,
  deployment,
})

/** One version that entered another state. */
export interface Step {
  version: VersionRecord
  from: DeploymentState['state'] | 'absent'
}

/**
 * What changed from one record to the next, a step per version; one that is in no place any more has retired. Throws where
 * the table of states does not allow it: that is a mistake of this program, never of a user.
 */
export function steps(before: ModelRecord, after: ModelRecord, nowMs: number): Step[] {
  const was = new Map(versionsIn(before).map((version) => [version.digest, version]))
  const is = new Map(versionsIn(after).map((version) => [version.digest, version]))
  const found: Step[] = []
  for (const [digest, version] of is) {
    const old = was.get(digest)?.deployment
    if (old && isSame(old, version.deployment)) continue
    found.push({ version, from: old?.state ?? 'absent' })
  }
  for (const [digest, version] of was) {
    const { state } = version.deployment
    // What never came to be a version of this machine does not retire.
    if (is.has(digest) || state === 'verifying' || state === 'refused') continue
    found.push({ version: inState(version, { state: 'retired', since: iso(nowMs) }), from: state })
  }
  for (const { from, version } of found) {
    const to = version.deployment.state
    if (!mayFollow(from, to))
      throw new Error(`deployment of ${after.id} ${version.version} cannot go from ${from} to ${to}`)
  }
  return found
}

/** Details of a state (a trial that goes on, a time that was measured) make no other state of it; a canary's share does. */
function isSame(a: DeploymentState, b: DeploymentState): boolean {
  if (a.state === 'canary' && b.state === 'canary') return a.percent === b.percent
  return a.state === b.state
}

/** A verified package on its way to its place on the disk. */
export const arriving = (record: ModelRecord, version: VersionRecord): ModelRecord => ({
  ...record,
  arriving: version,
})

/** It is the candidate now; what was candidate before makes room. */
export const arrived = (record: ModelRecord, nowMs: number): ModelRecord => ({
  ...record,
  staged: record.arriving && inState(record.arriving, { state: 'staged', since: iso(nowMs) }),
  arriving: null,
})

/** It could not be put in its place. */
export const turnedAway = (record: ModelRecord): ModelRecord => ({ ...record, arriving: null })

/** The candidate enters another state. One that is brought in anew has come through nothing yet. */
export function candidateIn(record: ModelRecord, deployment: DeploymentState): ModelRecord {
  const { staged } = record
  if (!staged) return record
  const { been, ...rest } = staged
  const isBeside = ({ state }: DeploymentState) => state === 'shadow' || state === 'canary'
  const isNew = deployment.state === 'qualifying' && !isBeside(staged.deployment)
  const kept = isBeside(deployment) ? (['beside'] as const) : isNew ? undefined : been
  return { ...record, staged: inState({ ...rest, ...(kept && { been: [...kept] }) }, deployment) }
}

/** The candidate runs, on trial until `trialUntilMs`; what ran becomes previous, and what was previous leaves. What was withdrawn is nothing to go back to. */
export function activated(
  record: ModelRecord,
  { by, reason }: Who,
  nowMs: number,
  trialUntilMs: number,
): ModelRecord {
  const { running, staged } = record
  if (!staged) throw new Error(`there is no candidate of ${record.id}`)
  const since = iso(nowMs)
  const back = running?.deployment.state === 'withdrawn' ? null : running
  const trial = back && trialUntilMs > nowMs ? { trialUntil: iso(trialUntilMs), boots: 0 } : {}
  return {
    ...record,
    running: inState(staged, { state: 'running', since, by, reason, ...trial }),
    previous: back ? inState(back, { state: 'previous', since }) : record.previous,
    staged: null,
  }
}

/** It served until now: whether past its trial as well. */
function thatRan(version: VersionRecord, nowMs: number): VersionRecord {
  const { been = [], deployment } = version
  if (deployment.state !== 'running') return version
  const isCommitted = deployment.trialUntil === undefined || Date.parse(deployment.trialUntil) <= nowMs
  const beside = been.filter((each) => each === 'beside')
  return { ...version, been: [...beside, 'running', ...(isCommitted ? (['committed'] as const) : [])] }
}

/** Back to the previous version: the bad one stands in `staged`, held. */
export function rolledBack(
  record: ModelRecord,
  { by, reason }: Who,
  nowMs: number,
  ms: number | null,
): ModelRecord {
  const { running, previous } = record
  if (!running || !previous) throw new Error(`${record.id} has no previous version`)
  const since = iso(nowMs)
  return {
    ...record,
    running: inState(previous, { state: 'running', since, by, reason }),
    previous: null,
    staged: inState(thatRan(running, nowMs), { state: 'rolled-back', since, by, reason, ms }),
    lastRollback: { at: since, from: running.version, to: previous.version, ms, by, reason },
  }
}

/** How long the way back took, from the command to the first answer. */
export function rollbackMeasured(record: ModelRecord, { by, reason }: Who, ms: number): ModelRecord {
  const { running, staged } = record
  if (!running || staged?.deployment.state !== 'rolled-back') return record
  const at = staged.deployment.since
  return {
    ...record,
    staged: inState(staged, { ...staged.deployment, ms }),
    lastRollback: { at, from: staged.version, to: running.version, ms, by, reason },
  }
}

/** Taken out with nothing to go back to. */
export const withdrawn = (record: ModelRecord, { by, reason }: Who, nowMs: number): ModelRecord => ({
  ...record,
  running:
    record.running &&
    inState(thatRan(record.running, nowMs), { state: 'withdrawn', since: iso(nowMs), by, reason }),
})

/** What was withdrawn serves again. */
export const reinstated = (record: ModelRecord, { by, reason }: Who, nowMs: number): ModelRecord => ({
  ...record,
  running: record.running && inState(record.running, { state: 'running', since: iso(nowMs), by, reason }),
})

/** The health window has passed. */
export function committed(record: ModelRecord): ModelRecord {
  const { running } = record
  if (running?.deployment.state !== 'running') return record
  const { trialUntil: _, boots: __, ...deployment } = running.deployment
  return { ...record, running: inState(running, deployment) }
}

/** A trial that a start of the runtime interrupted begins anew, and the start is counted. */
export function startedAgain(record: ModelRecord, trialUntilMs: number): ModelRecord {
  const { running } = record
  if (running?.deployment.state !== 'running' || running.deployment.trialUntil === undefined) return record
  const deployment = {
    ...running.deployment,
    boots: (running.deployment.boots ?? 0) + 1,
    trialUntil: iso(trialUntilMs),
  }
  return { ...record, running: inState(running, deployment) }
}

/** The runtime was stopped in order: that start does not count. */
export function stoppedInOrder(record: ModelRecord): ModelRecord {
  const { running } = record
  if (running?.deployment.state !== 'running' || !running.deployment.boots) return record
  return { ...record, running: inState(running, { ...running.deployment, boots: 0 }) }
}

/** What a start finds half-way: a package that had not arrived is dropped, one that was being qualified waits again. */
export function interrupted(record: ModelRecord, nowMs: number): ModelRecord {
  const isQualifying = record.staged?.deployment.state === 'qualifying'
  if (!isQualifying) return record.arriving ? { ...record, arriving: null } : record
  return candidateIn({ ...record, arriving: null }, { state: 'staged', since: iso(nowMs) })
}

/** Figures about the version in a slot, where it still is that version. */
export function noted(
  record: ModelRecord,
  digest: string,
  figures: Partial<Pick<VersionRecord, 'selfTest' | 'qualification' | 'loadMs' | 'memoryMb'>>,
): ModelRecord {
  const next = { ...record }
  for (const place of places) {
    const version = record[place]
    if (version?.digest === digest) next[place] = { ...version, ...figures }
  }
  return next
}
