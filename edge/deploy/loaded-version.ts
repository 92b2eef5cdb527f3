import { setTimeout as sleep } from 'node:timers/promises'
import type { Slot } from '#core/contracts/deployment.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { Provider } from '#core/contracts/hardware.ts'
import type { Golden } from '#core/contracts/package.ts'
import { createDecider } from '../decide/decide.ts'
import { usualRanges } from '../decide/explain.ts'
import type { InferenceLane, ModelFile } from '../inference/lane.ts'
import type { LaneOptions } from '../inference/open-lane.ts'
import { openProvenLane, type ProviderChange } from '../inference/proven-lane.ts'
import { paceOf } from '../ingest/pace.ts'
import { createValidator } from '../ingest/validate.ts'
import { goldenRows, verifyGolden } from '../package/golden.ts'
import type { LoadedPackage } from '../package/read-package.ts'
import type { Serving } from '../pipeline.ts'

export type OpenLane = (file: ModelFile, options?: LaneOptions) => InferenceLane

/** A version whose package was hashed and whose lane is open. */
export interface LoadedVersion extends Serving {
  digest: string
  package: LoadedPackage
  /** The execution provider that answers now. */
  readonly provider: Provider
  /** Where each feature usually lies. */
  usual: Record<string, { min: number; max: number }>
  /** Puts the first golden vector to the lane as a marker reading: whether its answer is right, and how long it took. */
  marker(): Promise<{ ok: boolean; ms: number; reason?: string }>
  /** All golden vectors. */
  selfTest(nowMs: number): Promise<{ figures: NonNullable<Slot['selfTest']>; reason?: string }>
}

/** A marker reading is waited for at least this long. */
const leastPatienceMs = 5_000

export interface OpenOptions {
  /** What it was qualified for. */
  provider: Provider
  /** Of a shadow: threads and nice value. */
  lane?: LaneOptions
  /** The provider failed in service and the CPU answers, or it is back. */
  providerChanged: (change: ProviderChange) => void
}

/** Opens a lane on a verified package and compiles its manifest. `lane.ready` says when it can answer. */
export function openVersion(
  loaded: LoadedPackage,
  openLane: OpenLane,
  { provider, lane: laneOptions, providerChanged }: OpenOptions,
  elapsed: () => number,
): LoadedVersion {
  const { manifest, baseline, golden } = loaded
  const { memoryMb } = manifest.operation
  const version = { provider }
  const lane = openProvenLane(loaded.modelFile, {
    provider,
    openLane,
    lane: { ...laneOptions, ...(memoryMb !== undefined && { memoryMb }) },
    changed: (change) => {
      version.provider = change.provider
      providerChanged(change)
    },
    check: async (tried) => {
      const verdict = await verifyGolden(tried, golden, manifest)
      return verdict.ok ? undefined : verdict.reason
    },
  })
  const first = firstOf(golden)
  const ranges = usualRanges(manifest.inputs.features, baseline)
  return {
    manifest,
    lane,
    get provider() {
      return version.provider
    },
    validator: createValidator(manifest),
    decider: createDecider(manifest, baseline),
    pace: paceOf(manifest),
    digest: loaded.digest,
    package: loaded,
    usual: Object.fromEntries(ranges.map(({ feature, min, max }) => [feature.name, { min, max }])),
    async marker() {
      const startedMs = elapsed()
      const patienceMs = Math.max(leastPatienceMs, 2 * manifest.operation.deadlineMs)
      const verdict = await Promise.race([verifyGolden(lane, first, manifest), noAnswer(patienceMs)])
      return { ok: verdict.ok, ms: elapsed() - startedMs, ...(!verdict.ok && { reason: verdict.reason }) }
    },
    async selfTest(nowMs) {
      const verdict = await verifyGolden(lane, golden, manifest)
      const of = goldenRows(golden)
      const figures = {
        passed: verdict.ok ? of : 0,
        of,
        at: new Date(nowMs).toISOString(),
        largestDifference: verdict.largestDifference ?? null,
      }
      return { figures, ...(!verdict.ok && { reason: verdict.reason }) }
    },
  }
}

const noAnswer = (ms: number) =>
  sleep(ms, { ok: false as const, reason: `it did not answer within ${ms} ms` }, { ref: false })

function firstOf(golden: Golden): Golden {
  const cut = (tensors: Golden['inputs']) =>
    Object.fromEntries(Object.entries(tensors).map(([name, rows]) => [name, rows.slice(0, 1)]))
  return { ...golden, inputs: cut(golden.inputs), outputs: cut(golden.outputs) }
}

/** What its process holds now, MiB; nothing where that cannot be told. */
export function weightOf(
  { lane: { status } }: LoadedVersion,
  residentMb: (pid: number) => number | null,
): { memoryMb?: number } {
  const memoryMb = status.state === 'ready' ? residentMb(status.pid) : null
  return memoryMb === null ? {} : { memoryMb: Math.round(memoryMb) }
}

/** The version without its model: nothing but its fallback rules, where it has any, can answer. */
export function stopped(version: Serving, reason: string): Serving {
  const refused = () => new EdgewrightError('lane-failed', `the model cannot run: ${reason}`)
  const ready = Promise.reject(refused())
  ready.catch(() => undefined) // whoever awaits it sees why
  const lane: InferenceLane = {
    status: { state: 'failed', reason },
    ready,
    infer: () => Promise.reject(refused()),
    onStatus: () => undefined,
    close: () => Promise.resolve(),
  }
  return { ...version, lane }
}
