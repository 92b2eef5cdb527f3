import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { Provider, Qualification } from '#core/contracts/hardware.ts'
import { startDeadline } from '../inference/deadline.ts'
import type { LaneOptions } from '../inference/open-lane.ts'
import { titleOf } from '../inference/providers.ts'
import type { LoadedPackage } from '../package/read-package.ts'
import { type OpenLane, withLane } from '../package/with-lane.ts'
import type { Outcome } from './choose-provider.ts'
import type { Machine } from './machine.ts'
import { type Measured, measureProvider, refuseWrong } from './measure-provider.ts'

/** What qualifying needs of the package; the whole LoadedPackage is one. */
export type Qualified = Pick<LoadedPackage, 'manifest' | 'golden' | 'modelFile' | 'digest'>

export interface QualifyParts {
  openLane: OpenLane
  machine: () => Promise<Machine>
  memoryOf: (pid: number) => number | null
  /** Wall clock, milliseconds since the epoch. */
  now: () => number
  /** Results of earlier measurements, for good. What is not a qualification any more is measured again. */
  cache?: { get: (key: string) => unknown; put: (key: string, found: Qualification) => Promise<void> | void }
  /** Rows of a batch in use; absent: 16, or as many as the model takes. */
  batchRows?: number
  deadlines?: Partial<QualifyDeadlines>
  /** Of the throwaway lanes: as those in service have them. */
  lane?: LaneOptions
  signal?: AbortSignal
}

export interface QualifyDeadlines {
  /** Loading on the CPU, milliseconds. */
  loadMs: number
  /** Golden rows on the CPU: they may take five times longer than the manifest allows in service, and at least this long. */
  rowMs: number
  /** Whatever happens on the CPU, milliseconds: after that the package is refused. */
  cpuMs: number
  /** Whatever happens on another provider, loading and compiling included. */
  trialMs: number
}

const defaults: QualifyDeadlines = { loadMs: 60_000, rowMs: 5_000, cpuMs: 240_000, trialMs: 30_000 }
export const defaultBatchRows = 16
const patience = 5
const mostPatienceMs = 120_000
/** One batch while measuring takes about this long at most: a slow model is measured with fewer rows. */
const longBatchMs = 2_000
const spendMs = { alone: 25, compared: 200 }
const neverMs = 2 ** 30

/** Of a provider that was not, or could not be, measured. */
export const unmeasured = {
  golden: null,
  largestDifference: null,
  latency: null,
  memoryMb: null,
  loadMs: null,
  nodes: null,
}

export const figures = ({ golden, verdict, latency, memoryMb, loadMs, nodes }: Measured) => ({
  golden,
  largestDifference: finiteOrNull(verdict.largestDifference),
  latency,
  memoryMb,
  loadMs,
  nodes,
})

const finiteOrNull = (x: number | undefined) => (x !== undefined && Number.isFinite(x) ? x : null)

/**
 * The reference: it must load, and answer as the package's makers saw it answer.
 * @throws EdgewrightError package-refused, in words
 */
export async function measureCpu(loaded: Qualified, parts: QualifyParts, alone: boolean): Promise<Measured> {
  const { loadMs, cpuMs } = { ...defaults, ...parts.deadlines }
  const { id, version } = loaded.manifest
  try {
    const measured = await within(parts, cpuMs, (signal) =>
      withLane(parts.openLane, loaded.modelFile, laneOptions(loaded, parts, 'cpu', loadMs), signal, (lane) =>
        measureProvider(lane, loaded, measuring(loaded, parts, alone ? spendMs.alone : spendMs.compared)),
      ),
    )
    refuseWrong(loaded, measured.verdict)
    return measured
  } catch (error) {
    if (!(error instanceof EdgewrightError) || error.code === 'package-refused' || parts.signal?.aborted)
      throw error
    throw new EdgewrightError(
      'package-refused',
      `${id} ${version} cannot run on this machine: ${error.message}`,
      { cause: error },
    )
  }
}

/** One provider in a lane of its own, against what the CPU answered. Whatever goes wrong there is the outcome. */
export async function tryProvider(
  loaded: Qualified,
  parts: QualifyParts,
  provider: Provider,
  device: string,
  cpu: Measured,
): Promise<Outcome> {
  const { trialMs } = { ...defaults, ...parts.deadlines }
  const proofDir = await mkdtemp(join(tmpdir(), 'edgewright-proof-'))
  // The deadline of the whole trial passes first, wherever it stands.
  const stepMs = 2 * trialMs
  const options = { ...laneOptions(loaded, parts, provider, stepMs), proofDir }
  const batchRows = cpu.latency?.batchRows
  try {
    const measured = await within(parts, trialMs, (signal) =>
      withLane(parts.openLane, loaded.modelFile, options, signal, (lane) =>
        measureProvider(lane, loaded, {
          ...measuring(loaded, parts, spendMs.compared),
          ...(batchRows !== undefined && { batchRows, longBatchMs: Number.POSITIVE_INFINITY }),
          // A provider may compile something for each new shape: only the whole trial has a deadline.
          deadlineMs: () => stepMs,
          expected: cpu.answers,
        }),
      ),
    )
    const { verdict, golden } = measured
    const failed = !verdict.ok && !golden
    const [outcome, reason] = failed
      ? (['failed', `${titleOf[provider]} failed: ${verdict.reason}.`] as const)
      : verdict.ok
        ? (['measured', 'It answers as the CPU does.'] as const)
        : ([
            'wrong',
            `${titleOf[provider]} answers differently than the CPU: ${golden?.passed} of ${golden?.of} golden vectors agree.`,
          ] as const)
    return { provider, device, ...figures(measured), outcome, reason }
  } catch (error) {
    if (!(error instanceof EdgewrightError) || parts.signal?.aborted) throw error
    const why = error.message.replace(/^the model cannot be loaded: /, '')
    return {
      provider,
      device,
      ...unmeasured,
      outcome: 'failed',
      reason: `${titleOf[provider]} failed: ${why}.`,
    }
  } finally {
    await rm(proofDir, { recursive: true, force: true })
  }
}

function measuring({ manifest }: Qualified, parts: QualifyParts, spend: number) {
  const { deadlineMs, maxBatch } = manifest.operation
  const { rowMs } = { ...defaults, ...parts.deadlines }
  return {
    batchRows: Math.max(1, Math.min(parts.batchRows ?? defaultBatchRows, maxBatch)),
    longBatchMs,
    deadlineMs: (rows: number) => Math.min(mostPatienceMs, Math.max(rowMs, patience * rows * deadlineMs)),
    spendMs: spend,
    memoryOf: parts.memoryOf,
  }
}

/** A throwaway lane is not started again: its first end is the answer. */
function laneOptions(
  { manifest }: Qualified,
  parts: QualifyParts,
  provider: Provider,
  loadTimeoutMs: number,
): LaneOptions {
  const { memoryMb } = manifest.operation
  return {
    ...parts.lane,
    ...(memoryMb !== undefined && { memoryMb }),
    provider,
    loadTimeoutMs,
    crashLimit: 1,
    retryMs: neverMs,
  }
}

/** `work` gets a signal that is aborted, in words, when its time is over or the caller's signal is. */
async function within<T>(
  { signal }: QualifyParts,
  limitMs: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const over = new AbortController()
  const stop = startDeadline(limitMs, () =>
    over.abort(new EdgewrightError('inference-failed', `it was not done within ${seconds(limitMs)}`)),
  )
  try {
    return await work(signal ? AbortSignal.any([signal, over.signal]) : over.signal)
  } finally {
    stop()
  }
}

const seconds = (ms: number) => `${Number((ms / 1000).toPrecision(2))} s`
