import type { Alert } from '#core/contracts/alert.ts'
import type { Comparison } from '#core/contracts/comparison.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { GuardrailStatus } from '#core/contracts/guardrail.ts'
import type { Manifest } from '#core/contracts/manifest.ts'
import { isAboutModel } from '../alerts/guardrail-alert.ts'
import type { Decided } from '../pipeline.ts'
import { abort } from './activate.ts'
import { drill, nextDrillMs } from './drill.ts'
import { actOn } from './guardrails/act.ts'
import { firingEvent } from './guardrails/firing.ts'
import { createGuardrails, type GuardrailMonitor } from './guardrails/monitor.ts'
import { resumeGuardrails } from './guardrails/resume.ts'
import { firingInWords } from './guardrails/words.ts'
import { defaultCrashLimit, recent } from './limits.ts'
import type { LoadedVersion } from './loaded-version.ts'
import { keepWithinMemory } from './memory.ts'
import type { Model, ModelListener } from './model.ts'
import { rollBack, whyNotBack } from './rollback.ts'
import type { Route } from './route.ts'
import { CanaryComparison } from './shadow/canary-comparison.ts'
import { Shadow } from './shadow/shadow.ts'
import { committed, type Who } from './slots.ts'

const warmEveryMs = 30_000
const memoryEveryMs = 5_000
/** A drill that is due and could not be held is tried again after this long. */
const drillAgainMs = 3600_000
/** Crashes are counted over at least this long, however short the trial. */
const leastWindowS = 60
const runtime = 'runtime'

/**
 * Watches over one model while it serves: the trial of a new version, crashes, guardrails, what runs beside it, memory,
 * and drills that are due. What it finds it acts on by itself, with `runtime` as the one who did it.
 */
export class Watchdog implements ModelListener {
  readonly #model: Model
  #route: Route | undefined
  #guardrails: GuardrailMonitor = createGuardrails([])
  /** Of the version that answers a canary's share. */
  #canaryGuardrails: GuardrailMonitor = createGuardrails([])
  #endingsMs: { digest: string; atMs: number }[] = []
  #beside: Shadow | CanaryComparison | undefined
  #warmedMs = Number.NEGATIVE_INFINITY
  #weighedMs = Number.NEGATIVE_INFINITY
  #drilledMs = Number.NEGATIVE_INFINITY
  #leaving: Promise<unknown> | undefined
  #isTicking = false
  readonly #unheard: () => void
  /** How long the previous version took for its last marker reading. */
  warmMs: number | null = null
  /** Why its answer to that was none, or a wrong one. */
  warmProblem: string | undefined

  constructor(model: Model) {
    this.#model = model
    model.listener = this
    this.#unheard = model.parts.alerts.onChange((alert, kind) => this.#alertChanged(alert, kind))
  }

  /** Of the version that runs. */
  guardrails(): GuardrailStatus[] {
    return this.#guardrails.status(this.#model.parts.now())
  }

  comparison(): Comparison {
    if (!this.#beside)
      throw new EdgewrightError('no-candidate', `model "${this.#model.id}" has nothing in shadow or canary`)
    return this.#beside.report()
  }

  decided(decided: Decided): void {
    const { version } = decided.record
    if (version === this.#route?.running.manifest.version)
      this.#guardrails.observe(decided.record, this.#model.parts.now())
    else if (version === this.#route?.canary?.version.manifest.version)
      this.#canaryGuardrails.observe(decided.record, this.#model.parts.now())
    this.#beside?.observe(decided)
  }

  serves(route: Route): void {
    const before = this.#route
    this.#route = route
    this.warmProblem = undefined // another version may be the previous one now
    const { manifest } = route.running
    if (before?.running.manifest !== manifest) this.#guard(manifest)
    if (before?.canary?.version !== route.canary?.version)
      this.#canaryGuardrails = createGuardrails(route.canary?.version.manifest.guardrails ?? [])
    if (this.#beside instanceof CanaryComparison && before?.canary?.version !== route.canary?.version)
      this.#end()
    if (route.canary && !(this.#beside instanceof CanaryComparison)) {
      const { journal, now, failed } = this.#model.parts
      const challenger = route.canary.version.manifest
      this.#end()
      this.#beside = new CanaryComparison({ champion: manifest, challenger, journal, now, failed })
    }
  }

  /** After a start of the runtime the windows are filled from the journal; a version that begins to serve has nothing there. */
  #guard(manifest: Manifest): void {
    const { alerts, journal, now, failed } = this.#model.parts
    const { id, version, guardrails = [] } = manifest
    const monitor = createGuardrails(guardrails, alerts.standingGuardrails(id, version))
    this.#guardrails = monitor
    const { running } = this.#model.record
    if (running?.version !== version || running.deployment.state !== 'running') return
    const sinceMs = Date.parse(running.deployment.since)
    resumeGuardrails(monitor, manifest, { journal, sinceMs, startedMs: now(), now }).catch(failed)
  }

  shadows(version: LoadedVersion | undefined): void {
    if (this.#beside instanceof Shadow) this.#end()
    const champion = this.#route?.running.manifest
    if (!version || !champion) return
    const { alerts, journal, now, elapsed, failed } = this.#model.parts
    const { manifest, lane, validator, decider } = version
    const standing = alerts.conditionsOf(manifest.id, manifest.decision.alerts)
    const ended = (reason: string) => this.#stopCandidate(reason)
    this.#beside = new Shadow({
      champion,
      manifest,
      lane,
      validator,
      decider,
      standing,
      journal,
      now,
      elapsed,
      failed,
      ended,
    })
  }

  laneEnded(version: LoadedVersion, state: 'restarting' | 'failed', reason: string): void {
    const { healthWindowS, crashLimit = defaultCrashLimit } = version.manifest.operation
    const { parts } = this.#model
    const atMs = parts.now()
    this.#endingsMs.push({ digest: version.digest, atMs })
    const mine = this.#endingsMs.filter(({ digest }) => digest === version.digest).map((one) => one.atMs)
    const times = recent(mine, atMs, Math.max(healthWindowS ?? parts.healthWindowS, leastWindowS)).length
    if (state !== 'failed' && times < crashLimit) return
    this.#endingsMs = this.#endingsMs.filter(({ digest }) => digest !== version.digest)
    const why = state === 'failed' ? reason : `its process ended ${times} times; the last: ${reason}`
    // By the record: during a drill another version serves for a moment.
    const { running, staged } = this.#model.record
    if (version.digest === staged?.digest && staged.deployment.state === 'canary') this.#stopCandidate(why)
    else if (version.digest === running?.digest) this.#takeBack(version.manifest, why)
  }

  /** The running version is taken back by itself, where there is something to go back to. */
  #takeBack(manifest: Manifest, reason: string): void {
    const { alerts, failed } = this.#model.parts
    const previous = this.#model.loaded(this.#model.record.previous)?.lane.status.state
    if (this.#leaving || whyNotBack(this.#model) || previous === 'failed') return
    this.#leaving = rollBack(this.#model, { by: runtime, reason })
      .then(({ to, ms }) => alerts.raiseNotice(manifest, { kind: 'taken-back', to, ms, reason }))
      .catch(failed)
      .finally(() => {
        this.#leaving = undefined
      })
  }

  #stopCandidate(reason: string): void {
    // Not from within the call that told of it: whoever serves is changed.
    setImmediate(() => void this.#endCandidate({ by: runtime, reason }).catch(this.#model.parts.failed))
  }

  /** Ended and held; where it answered readings, people are told. */
  async #endCandidate(who: Who): Promise<void> {
    const canary = this.#route?.canary?.version.manifest
    await abort(this.#model, who, true)
    const to = this.#route?.running.manifest.version
    if (canary && to !== undefined)
      await this.#model.parts.alerts.raiseNotice(canary, {
        kind: 'taken-back',
        to,
        ms: null,
        reason: who.reason,
      })
  }

  #alertChanged(alert: Alert, kind: string): void {
    if (alert.model.id !== this.#model.id) return
    this.#beside?.alertChanged(alert)
    if (kind !== 'alert.feedback' || !alert.feedback || isAboutModel(alert)) return
    if (alert.model.version === this.#route?.running.manifest.version)
      this.#guardrails.feedback(alert.feedback.answer, this.#model.parts.now(), alert.id)
    else if (alert.model.version === this.#route?.canary?.version.manifest.version)
      this.#canaryGuardrails.feedback(alert.feedback.answer, this.#model.parts.now(), alert.id)
  }

  /** Once a second; nothing where the one before is still under way. */
  async tick(): Promise<void> {
    if (this.#isTicking) return
    this.#isTicking = true
    try {
      await this.#tick()
    } finally {
      this.#isTicking = false
    }
  }

  async #tick(): Promise<void> {
    const model = this.#model
    const { now, failed } = model.parts
    // What cannot be written is no reason to look away.
    await model.catchUp().catch(failed)
    const running = this.#route?.running
    if (!running) return
    for (const firing of this.#guardrails.evaluate(now()))
      await actOn(model, running.manifest, firing).catch(failed)
    await this.#judgeCanary()
    await this.#commitTrial()
    this.#beside?.tick()
    // A clock may be set back.
    if (Math.abs(now() - this.#warmedMs) >= warmEveryMs) void this.#keepWarm().catch(model.parts.failed)
    if (Math.abs(now() - this.#weighedMs) >= memoryEveryMs) {
      this.#weighedMs = now()
      await keepWithinMemory(model)
    }
    await this.#drillWhereDue()
  }

  /** A canary that meets a condition of its own package is not grown into trouble: it is ended, and held. */
  async #judgeCanary(): Promise<void> {
    const manifest = this.#route?.canary?.version.manifest
    const { journal, now, failed } = this.#model.parts
    for (const firing of this.#canaryGuardrails.evaluate(now())) {
      if (!manifest || firing.state !== 'fired') continue
      await journal.write((tx) => tx.events('rollout', [firingEvent(manifest, firing)])).catch(failed)
      const { then: action, id, decidedBy } = firing.guardrail
      const ends = action === 'rollback' || action === 'fallback'
      const by = `guardrail ${id} (decided by ${decidedBy.name})`
      if (ends && this.#route?.canary)
        await this.#endCandidate({ by, reason: firingInWords(firing, 'en') }).catch(failed)
    }
  }

  async #commitTrial(): Promise<void> {
    const { record, parts } = this.#model
    const deployment = record.running?.deployment
    if (deployment?.state !== 'running' || deployment.trialUntil === undefined) return
    if (parts.now() < Date.parse(deployment.trialUntil)) return
    if (this.#route?.running.lane.status.state !== 'ready') return
    const event = this.#model.event('deployment.committed', runtime, { version: record.running?.version })
    await this.#model.enter(committed(record), runtime, [event])
  }

  async #keepWarm(): Promise<void> {
    this.#warmedMs = this.#model.parts.now()
    const previous = this.#model.loaded(this.#model.record.previous)
    if (previous?.lane.status.state !== 'ready') {
      this.warmMs = null
      this.warmProblem = undefined
      return
    }
    const { ok, ms, reason } = await previous.marker()
    this.warmMs = ok ? ms : null
    const was = this.warmProblem
    this.warmProblem = ok ? undefined : reason
    if (was !== this.warmProblem) this.#model.changed()
  }

  async #drillWhereDue(): Promise<void> {
    const model = this.#model
    const { drills, running, previous } = model.record
    const schedule = this.#route?.running.manifest.operation.drill
    if (!running || !previous || model.busy) return
    const nowMs = model.parts.now()
    // One that lies ahead was held by a clock that has been set since.
    const last = drills.map(({ at }) => Date.parse(at)).find((ms) => ms <= nowMs)
    const dueMs = nextDrillMs(schedule, last, Date.parse(running.installedAt))
    if (dueMs === null || nowMs < dueMs || Math.abs(nowMs - this.#drilledMs) < drillAgainMs) return
    this.#drilledMs = nowMs
    await model.exclusive('a drill', () => drill(model, { by: runtime, reason: 'it was due' }))
  }

  #end(): void {
    const beside = this.#beside
    this.#beside = undefined
    beside?.close().catch(this.#model.parts.failed)
  }

  async close(): Promise<void> {
    this.#unheard()
    await this.#beside?.close()
  }
}
