import { setTimeout as sleep } from 'node:timers/promises'
import type { Alert } from '#core/contracts/alert.ts'
import type { Comparison } from '#core/contracts/comparison.ts'
import type { LaneStatus } from '#core/contracts/deployment.ts'
import type { Manifest } from '#core/contracts/manifest.ts'
import type { Decider } from '../../decide/decide.ts'
import { ask } from '../../inference/ask.ts'
import type { InferenceLane } from '../../inference/lane.ts'
import { Pace } from '../../ingest/pace.ts'
import type { Validator } from '../../ingest/validate.ts'
import type { Decided } from '../../pipeline.ts'
import type { Case } from './cases.ts'
import {
  ComparisonKeeper,
  comparisonKey,
  type KeeperParts,
  type KeptComparison,
} from './comparison-keeper.ts'
import { ComparisonTracker } from './comparison-tracker.ts'
import { DutyCycle } from './duty-cycle.ts'
import { type MirroredRow, MirrorQueue, type QueueLimits } from './mirror-queue.ts'
import { PrivateAlarms, type StoredAlarms } from './private-alarms.ts'

/** Crashes and hangs of the challenger's lane after which its shadow ends, where its manifest says nothing. */
const defaultCrashLimit = 3
/** A lane at low priority may wait for the processor: an inference is given up only after so many times its deadline. */
const patience = 5

export interface ShadowLimits extends QueueLimits {
  /** Put to the challenger at once: it is validated and sent on the thread that production's readings go through. */
  rowsAtOnce: number
  bytesAtOnce: number
  /** Cases written to the journal in a minute. */
  casesPerMinute: number
}

export const shadowLimits: ShadowLimits = {
  rows: 2048,
  bytes: 64 * 2 ** 20,
  rowsAtOnce: 64,
  bytesAtOnce: 2 ** 20,
  casesPerMinute: 10,
}

export interface ShadowParts extends KeeperParts {
  /** The version in production. */
  champion: Manifest
  /** Of the challenger, all four; nobody else uses its validator. The lane stays its owner's, who closes it. */
  manifest: Manifest
  lane: InferenceLane
  validator: Validator
  decider: Decider
  /** Monotonic clock, ms. */
  elapsed: () => number
  /** Where the champion's conditions stand: the challenger begins there, as it would in its place. */
  standing?: StoredAlarms
  /** Share of one processor that the challenger may have, 0..1. Absent: 0.25. */
  cpuShare?: number
  limits?: Partial<ShadowLimits>
  /** For tests. */
  sleep?: (ms: number, signal: AbortSignal) => Promise<void>
  /** Hears that the shadow has ended by itself, with the reason. */
  ended?: (reason: string) => void
}

export type ShadowState =
  /** `trouble`: how often the lane has crashed or hung, and how it did last. */
  | { state: 'running'; trouble?: { times: number; last: string } }
  | { state: 'ended'; reason: string }
  | { state: 'closed' }

const rest = (ms: number, signal: AbortSignal) =>
  sleep(ms, undefined, { signal, ref: false }).catch(() => undefined) // cut short by the end of the shadow
const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve))

/**
 * Puts production's readings to a challenger as well, and compares. What the challenger says reaches no reply, no alert and
 * no reading's record; what happens to it reaches nobody but `state` and `report`.
 */
export class Shadow {
  readonly #parts: ShadowParts
  readonly #limits: ShadowLimits
  readonly #queue: MirrorQueue
  readonly #duty: DutyCycle
  readonly #pace: Pace
  readonly #patient: Manifest
  readonly #alarms: PrivateAlarms
  readonly #tracker: ComparisonTracker
  readonly #keeper: ComparisonKeeper
  readonly #stop = new AbortController()
  #state: ShadowState = { state: 'running' }
  /** Spared readings that the challenger's windows must still see, in pieces, oldest first. */
  readonly #unseen: MirroredRow[][] = []
  #underWay: MirroredRow[] = []
  #pumping: Promise<void> | undefined

  /** Goes on with what the journal kept of the same two versions. */
  constructor(parts: ShadowParts) {
    const { champion, manifest, decider, lane, journal, now, elapsed } = parts
    this.#parts = parts
    const rows = Math.max(shadowLimits.rows, champion.operation.maxBatch)
    this.#limits = { ...shadowLimits, rows, ...parts.limits }
    this.#queue = new MirrorQueue(this.#limits)
    this.#duty = new DutyCycle(parts.cpuShare ?? 0.25, elapsed)
    const { maxBatch, deadlineMs } = manifest.operation
    this.#pace = new Pace(Math.min(maxBatch, this.#limits.rowsAtOnce), deadlineMs)
    this.#patient = {
      ...manifest,
      operation: { ...manifest.operation, deadlineMs: patience * deadlineMs },
    }
    const kept = journal.state<KeptComparison>(comparisonKey(champion.id))
    const begin = { mode: 'shadow', champion, challenger: manifest, nowMs: now() } as const
    this.#tracker = ComparisonTracker.fromJSON(begin, kept?.comparison)
    const alarms = this.#tracker.isResumed ? kept?.alarms : parts.standing
    this.#alarms = new PrivateAlarms(manifest.decision.alerts, decider.watched, alarms)
    this.#keeper = new ComparisonKeeper(parts, champion.id, this.#tracker, this.#limits.casesPerMinute, () =>
      this.#alarms.toJSON(),
    )
    lane.onStatus((status) => this.#laneIs(status))
    this.#laneIs(lane.status)
  }

  get state(): ShadowState {
    return this.#state
  }

  /** A batch of production's, after it is durable. Returns at once; never throws. */
  observe(decided: Decided): void {
    if (this.#state.state !== 'running' || decided.record.version !== this.#parts.champion.version) return
    try {
      this.#spare(this.#queue.push({ decided, atMs: this.#parts.now() }))
      this.#pumping ??= nextTurn().then(() => this.#pump())
    } catch (error) {
      this.#fail(error)
    }
  }

  /** Every change of every alert: the champion's are what the challenger is judged by. Never throws. */
  alertChanged(alert: Alert): void {
    if (this.#state.state !== 'running') return
    try {
      this.#tracker.alertChanged(alert)
      this.#settle()
    } catch (error) {
      this.#fail(error)
    }
  }

  /** To be called now and then, so that a quiet minute is kept as well. */
  tick(): void {
    if (this.#state.state === 'running') this.#keeper.tick()
  }

  report(): Comparison {
    const report = this.#tracker.report(this.#parts.now())
    if (this.#state.state !== 'ended') return report
    const reason = `The shadow has ended: ${this.#state.reason}. ${report.verdict.reason}`
    return { ...report, verdict: { ...report.verdict, reason } }
  }

  /**
   * Stops, waits for the readings that are with the lane (one that is closed gives them back at once), and resolves when
   * all that is known is durable. Rejects where the journal cannot keep it.
   */
  async close(): Promise<void> {
    if (this.#state.state === 'running') this.#state = { state: 'closed' }
    this.#stop.abort()
    await this.#pumping
    this.#spare(this.#queue.clear())
    await this.#keeper.keep(true)
  }

  async #pump(): Promise<void> {
    const { lane, elapsed, sleep: pause = rest } = this.#parts
    try {
      if (lane.status.state === 'starting') await lane.ready.catch(() => undefined) // a refusal is told by its status
      while (this.#isRunning && this.#queue.rows > 0) {
        if (this.#duty.restMs > 0) await pause(this.#duty.restMs, this.#stop.signal)
        else if (this.#unseen.length > 0) await nextTurn()
        else {
          const startedMs = elapsed()
          await this.#mirror(startedMs)
          this.#duty.ran(elapsed() - startedMs)
          this.#settle()
          this.#keeper.tick()
        }
      }
    } catch (error) {
      this.#fail(error)
    } finally {
      this.#pumping = undefined
    }
  }

  /** The oldest readings that wait, through the challenger's own way. */
  async #mirror(startedMs: number): Promise<void> {
    const { lane, validator, decider, elapsed } = this.#parts
    const rows = this.#queue.take(this.#pace.batch, this.#limits.bytesAtOnce)
    this.#underWay = rows
    const checked = validator.check(sentOf(rows), rows.at(-1)!.atMs)
    const answer = await ask(lane, this.#patient, checked, (n, ms) => this.#pace.ran(n, ms))
    this.#underWay = []
    const isLost = [...answer.failures.values()].some(({ code }) => code === 'no-model')
    // What a lane that is gone did not answer is nobody's abstention.
    if (isLost && !this.#isRunning) return this.#tracker.skip(rows.map(ownOf))
    const record = decider.decide(checked, answer, elapsed() - startedMs)
    const cases = rows.map((own, k) => {
      const active = this.#alarms.observe(record, k)
      return this.#tracker.pair(ownOf(own), record, k, active)
    })
    this.#keeper.cases(cases.filter((one): one is Case => one !== undefined))
  }

  /** Counts the labels about times up to which nothing waits any more. */
  #settle(): void {
    const waiting = this.#underWay[0]?.atMs ?? this.#queue.oldestMs
    if (this.#tracker.settle(waiting === undefined ? Number.POSITIVE_INFINITY : waiting - 1))
      this.#keeper.keep().catch(this.#parts.failed) // people give few labels: none is lost to a kill
  }

  #spare(left: readonly MirroredRow[][]): void {
    const { rowsAtOnce } = this.#limits
    for (const rows of left) {
      this.#tracker.skip(rows.map(ownOf))
      if (!this.#isRunning || !this.#parts.validator.windows.any) continue
      if (this.#unseen.length === 0) setImmediate(() => this.#see())
      for (let from = 0; from < rows.length; from += rowsAtOnce)
        this.#unseen.push(rows.slice(from, from + rowsAtOnce))
    }
  }

  /** Lets the windows see a piece of what the model is spared: a window with holes is none that production would have. */
  #see(): void {
    const startedMs = this.#parts.elapsed()
    try {
      const rows = this.#unseen.shift()
      if (rows && this.#isRunning) this.#parts.validator.check(sentOf(rows), rows.at(-1)!.atMs)
    } catch (error) {
      this.#fail(error)
    }
    this.#duty.ran(this.#parts.elapsed() - startedMs)
    if (this.#unseen.length > 0) setImmediate(() => this.#see())
  }

  #laneIs(status: LaneStatus): void {
    if (this.#state.state !== 'running') return
    if (status.state === 'closed') {
      this.#state = { state: 'closed' }
      this.#stop.abort()
    } else if (status.state === 'failed') this.#end(status.reason)
    else if (status.state === 'restarting') {
      const times = (this.#state.trouble?.times ?? 0) + 1
      const { version, operation } = this.#parts.manifest
      this.#state = { state: 'running', trouble: { times, last: status.reason } }
      if (times >= (operation.crashLimit ?? defaultCrashLimit))
        this.#end(`${version} crashed or hung ${times} times; the last: ${status.reason}`)
    }
  }

  get #isRunning(): boolean {
    return this.#state.state === 'running'
  }

  #fail(error: unknown): void {
    this.#parts.failed(error)
    this.#end(`it could not go on: ${error instanceof Error ? error.message : String(error)}`)
  }

  #end(reason: string): void {
    if (!this.#isRunning) return
    this.#state = { state: 'ended', reason }
    this.#stop.abort()
    this.#spare(this.#queue.clear())
    this.#keeper.keep(true).catch(this.#parts.failed)
    this.#parts.ended?.(reason)
  }
}

const sentOf = (rows: readonly MirroredRow[]) => rows.map(({ decided, row }) => decided.sent[row])
const ownOf = ({ decided: { record, placed }, row, atMs }: MirroredRow) => ({ record, placed, row, atMs })
