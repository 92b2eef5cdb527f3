import type { ModelSummary, Slot } from '#core/contracts/deployment.ts'
import type { GuardrailStatus } from '#core/contracts/guardrail.ts'
import { nextDrillMs } from './drill.ts'
import type { Model } from './model.ts'
import { whyNotBack } from './rollback.ts'
import type { VersionRecord } from './slots.ts'

/** Data older than this counts as old, where the manifest says nothing. */
export const defaultStaleAfterMs = 10_000
/** Before anything was measured: hashing and loading, milliseconds. */
const unknownLoadMs = 1_000

/** A model as people see it. `warmMs`: how long the previous version took for its last marker reading; `warmProblem`: what was wrong with it. */
export function summaryOf(
  model: Model,
  guardrails: GuardrailStatus[],
  warmMs: number | null,
  warmProblem?: string,
): ModelSummary {
  const { record, parts } = model
  const { running, previous, staged } = record
  const manifest = model.pipeline?.route.running.manifest
  const drill = manifest?.operation.drill
  const lastDrill = record.drills[0]
  const since = running ? Date.parse(running.installedAt) : parts.now()
  const nextMs = previous ? nextDrillMs(drill, lastDrill && Date.parse(lastDrill.at), since) : null
  return {
    id: model.id,
    title: manifest?.title ?? model.id,
    signed: (running?.signedBy.length ?? 0) > 0,
    staleAfterMs: 1000 * (manifest?.operation.staleAfterS ?? defaultStaleAfterMs / 1000),
    slots: {
      running: running && slotOf(model, running),
      previous: previous && slotOf(model, previous),
      staged: staged && slotOf(model, staged),
    },
    ...answering(model),
    rollback: wayBack(model, warmMs, warmProblem),
    lastRollback: record.lastRollback,
    drills: record.drills,
    nextDrillAt: nextMs === null ? null : new Date(nextMs).toISOString(),
    guardrails,
  }
}

function slotOf(model: Model, version: VersionRecord): Slot {
  const { folder: _, loadMs: __, trial: ___, memoryMb, ...shown } = version
  const loaded = model.loaded(version)
  const lane = loaded?.lane
  const damaged = model.damaged.get(version.digest)
  const broken = version === model.record.running ? model.broken : undefined
  const revocation = model.parts.trust.revocation({ id: model.id, ...version })
  const live = lane?.status.state === 'ready' ? model.parts.residentMb(lane.status.pid) : null
  return {
    ...shown,
    lane: lane?.status ?? (broken === undefined ? null : { state: 'failed', reason: broken }),
    provider: loaded?.provider ?? version.qualification?.chosen ?? 'cpu',
    memoryMb: live ?? memoryMb,
    ...(revocation && { revocation }),
    ...(damaged !== undefined && { damaged }),
  }
}

/** Who answers readings now, and where it is not the model: why. */
function answering(model: Model): Pick<ModelSummary, 'answeredBy' | 'why'> {
  const serving = model.pipeline?.route.running
  if (!serving) return { answeredBy: 'nobody', why: model.broken ?? 'no version runs' }
  const { status } = serving.lane
  if (status.state !== 'failed' && status.state !== 'closed') return { answeredBy: 'model' }
  const why = status.state === 'failed' ? status.reason : 'its process was closed'
  return { answeredBy: serving.manifest.fallback ? 'rules' : 'nobody', why }
}

/** What the way back would take: what was measured where the previous version is loaded, else what loading it took. */
function wayBack(model: Model, warmMs: number | null, warmProblem?: string): ModelSummary['rollback'] {
  const { previous } = model.record
  if (!previous) return null
  const to = previous.version
  const refusal = whyNotBack(model)
  if (refusal) return { to, ready: false, expectedMs: null, text: refusal.message }
  const loaded = model.loaded(previous)?.lane.status
  if (loaded?.state === 'ready' && warmProblem !== undefined) {
    const text = `it is loaded, and does not answer as it should: ${warmProblem}`
    return { to, ready: false, expectedMs: null, text }
  }
  if (loaded?.state === 'ready') {
    // The slowest of the recent ones: what a person is told must hold on a busy machine as well.
    const drilled = model.record.drills.flatMap((one) => (one.to === to ? (one.thereMs ?? []) : []))
    const known = warmMs === null ? drilled : [...drilled, warmMs]
    const expectedMs = known.length > 0 ? Math.max(...known) : null
    return {
      to,
      ready: true,
      expectedMs,
      text: expectedMs === null ? 'ready' : `ready, ${inWords(expectedMs)}`,
    }
  }
  const expectedMs = previous.loadMs ?? unknownLoadMs
  if (loaded?.state === 'starting')
    return { to, ready: false, expectedMs, text: `it is being loaded, about ${inWords(expectedMs)}` }
  const why = loaded?.state === 'failed' ? `its process failed (${loaded.reason}), so` : 'it is not loaded:'
  return {
    to,
    ready: false,
    expectedMs,
    text: `${why} it must be loaded first, about ${inWords(expectedMs)}`,
  }
}

const inWords = (ms: number) =>
  ms < 1000 ? `${Math.max(1, Math.round(ms))} ms` : `${(ms / 1000).toFixed(1)} s`
