import { join } from 'node:path'
import type { QualityMark } from '#core/contracts/decision.ts'
import type { DeploymentState, LaneStatus } from '#core/contracts/deployment.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { Manifest } from '#core/contracts/manifest.ts'
import type { ProviderChange } from '../inference/proven-lane.ts'
import { loadPackageDir } from '../package/read-package.ts'
import { type Decided, Pipeline } from '../pipeline.ts'
import { Ledger } from './ledger.ts'
import { type LoadedVersion, openVersion, weightOf } from './loaded-version.ts'
import { resumeWindows } from './resume-windows.ts'
import { type Route, versionsOf } from './route.ts'
import { noted, type VersionRecord, versionsIn } from './slots.ts'

/** Must not throw, and must not wait. */
export interface ModelListener {
  decided(decided: Decided): void
  serves(route: Route): void
  /** A candidate that only answers to be compared; undefined: none any more. */
  shadows(version: LoadedVersion | undefined): void
  laneEnded(version: LoadedVersion, state: 'restarting' | 'failed', reason: string): void
}

/**
 * One model of this machine: its record (what is durable), its loaded versions (what can answer), and the way of its
 * readings. It changes when one of the operations beside this file says so; they decide, this carries out.
 */
export class Model extends Ledger {
  pipeline: Pipeline | undefined
  /** What is going on, one thing at a time: 'install', 'activate', 'drill', … */
  busy: string | undefined
  /** Nothing is loaded that could answer: why. */
  broken: string | undefined
  /** The runtime is being stopped: nothing is opened any more, and what ends now is nobody's fault. */
  isClosed = false
  /** Hears what goes on with the versions. */
  listener: ModelListener | undefined
  /** By digest; a version stays loaded while it moves from slot to slot. */
  readonly #loaded = new Map<string, LoadedVersion>()
  readonly #opening = new Map<string, Promise<LoadedVersion>>()
  /** Copies on the disk that are no longer what was installed: why, by digest. */
  readonly damaged = new Map<string, string>()
  /** What served last, where its lane is closed. */
  #served: LoadedVersion | undefined
  /** Versions whose scores are watched. */
  readonly #watched = new Set<string>()
  readonly #counters = new Set<(decided: Decided) => void>()

  loaded(version: VersionRecord | null): LoadedVersion | undefined {
    return version ? this.#loaded.get(version.digest) : undefined
  }

  /** The version whose package describes the model to people: the one that serves, or served last. */
  described(): LoadedVersion | undefined {
    return this.loaded(this.record.running) ?? this.#served
  }

  /** Nobody else may change the slots meanwhile; a rollback alone does not ask. */
  async exclusive<T>(what: string, work: () => Promise<T>): Promise<T> {
    if (this.busy)
      throw new EdgewrightError('model-busy', `model "${this.id}" is busy: ${this.busy} is under way`)
    this.busy = what
    try {
      return await work()
    } finally {
      this.busy = undefined
    }
  }

  /** Hashes a version's copy on the disk, opens a lane on it, and waits until it can answer. */
  async load(version: VersionRecord, priority?: number): Promise<LoadedVersion> {
    const { elapsed } = this.parts
    const startedMs = elapsed()
    const opened = await this.open(version, priority)
    try {
      await opened.lane.ready
      const loadMs = elapsed() - startedMs
      // A start must know what a version holds before it decides whether to load it.
      this.record = noted(this.record, version.digest, { loadMs, ...weightOf(opened, this.parts.residentMb) })
      return opened
    } catch (error) {
      if (this.#loaded.get(version.digest) === opened) await this.unload(version.digest)
      throw error
    }
  }

  /** As `load`, but does not wait for the lane. Whoever wants the same version meanwhile gets the same lane. */
  open(version: VersionRecord, priority?: number): Promise<LoadedVersion> {
    const { digest } = version
    const opening =
      this.#opening.get(digest) ?? this.#open(version, priority).finally(() => this.#opening.delete(digest))
    this.#opening.set(digest, opening)
    return opening
  }

  async #open(version: VersionRecord, priority?: number): Promise<LoadedVersion> {
    await this.unload(version.digest)
    const { openLane, elapsed } = this.parts
    const loaded = await this.verified(version)
    if (this.isClosed) throw new EdgewrightError('lane-failed', 'the runtime is being stopped')
    const provider = version.qualification?.chosen ?? 'cpu'
    const lane = priority === undefined ? {} : { lane: { priority, threads: 1 } }
    const providerChanged = (change: ProviderChange) => {
      this.changed()
      const { provider: now, reason } = change
      this.parts
        .audit('provider.changed', 'runtime', {
          id: this.id,
          version: version.version,
          provider: now,
          reason,
        })
        .catch(this.parts.failed)
    }
    const opened = openVersion(loaded, openLane, { provider, ...lane, providerChanged }, elapsed)
    this.#loaded.set(version.digest, opened)
    opened.lane.onStatus((status) => this.#laneChanged(opened, status))
    return opened
  }

  /** The copy on the disk, every byte hashed anew. Rejects with `package-refused` where it is not what was installed. */
  async verified(version: VersionRecord) {
    try {
      const loaded = await loadPackageDir(this.dirOf(version))
      if (loaded.digest !== version.digest)
        throw new EdgewrightError('package-refused', `another package lies in ${this.dirOf(version)}`)
      if (this.damaged.delete(version.digest)) this.#wholeAgain()
      return loaded
    } catch (error) {
      this.#damagedBy(version, error instanceof Error ? error.message : String(error))
      throw error
    }
  }

  #wholeAgain(): void {
    this.changed()
    const { alerts, failed } = this.parts
    if (this.damaged.size === 0)
      alerts.clearNotice(this.id, 'damaged', 'the copy is whole again').catch(failed)
  }

  /** Told once for the same damage, and only of versions that still are here. */
  #damagedBy(version: VersionRecord, reason: string): void {
    const { digest } = version
    const isHere = versionsIn(this.record).some((one) => one.digest === digest)
    if (!isHere || this.damaged.get(digest) === reason) return
    this.damaged.set(digest, reason)
    this.changed()
    const { audit, alerts, failed } = this.parts
    audit('package.damaged', 'runtime', { id: this.id, version: version.version, reason }).catch(failed)
    const manifest = this.loaded(version)?.manifest
    if (manifest) alerts.raiseNotice(manifest, { kind: 'damaged', reason }).catch(failed)
  }

  dirOf({ folder }: VersionRecord): string {
    return join(this.parts.dataDir, 'packages', folder)
  }

  async unload(digest: string): Promise<void> {
    const opened = this.#loaded.get(digest)
    this.#loaded.delete(digest)
    await opened?.lane.close()
  }

  /** From here on `route` serves. */
  serve(route: Route, rescue = false): void {
    for (const { manifest, decider } of versionsOf(route)) {
      this.parts.alerts.watch(manifest, decider)
      this.#watched.add(manifest.version)
    }
    this.broken = undefined
    this.#served = this.loaded(this.record.running) ?? this.#served
    if (this.pipeline) this.pipeline.serve(route, rescue)
    else {
      this.pipeline = new Pipeline(route, this.parts)
      this.pipeline.onDecided((decided) => {
        this.parts.decided(decided)
        for (const counter of this.#counters) counter(decided)
        this.listener?.decided(decided)
      })
    }
    this.listener?.serves(route)
    const serving = new Set(versionsOf(route).map(({ manifest }) => manifest.version))
    for (const version of this.#watched) if (!serving.has(version)) this.#leaves(version)
  }

  /** The candidate answers beside the running version, to be compared; undefined: no longer. */
  shadow(version: LoadedVersion | undefined): void {
    this.listener?.shadows(version)
  }

  /** What serves, and during a drill what will serve again. */
  #staying(): Manifest[] {
    const { running, staged } = this.record
    const tried = staged?.deployment.state === 'canary' ? this.loaded(staged) : undefined
    const serving = this.pipeline ? versionsOf(this.pipeline.route) : []
    return [...serving, this.loaded(running), tried].flatMap((version) => version?.manifest ?? [])
  }

  /** Readings of the version that are still on their way are observed as its own; then it is watched no more. */
  #leaves(version: string): void {
    const { alerts, failed } = this.parts
    this.pipeline
      ?.settled()
      .then(async () => {
        if (this.#staying().some((manifest) => manifest.version === version)) return
        this.#watched.delete(version)
        alerts.unwatch(this.id, version)
        await alerts.retireRules(this.id, this.#staying())
      })
      .catch(failed)
  }

  /** Windows and times that a fresh version needs, out of the journal. */
  async prepare(opened: LoadedVersion): Promise<void> {
    await resumeWindows(opened.manifest, opened.validator, this.parts.journal)
  }

  /** Closes lanes and removes folders that no slot names any more: as the slots are then, which may change meanwhile. */
  async sweep(): Promise<void> {
    for (const [digest, opened] of [...this.#loaded]) {
      if (this.#needsLane(digest)) continue
      // Two swaps within one long inference: its readings are still answered by the version that they went to.
      if (this.pipeline?.isAsking(opened)) await this.pipeline.settled()
      if (!this.#needsLane(digest) && this.#loaded.get(digest) === opened) await this.unload(digest)
    }
    for (const digest of this.damaged.keys())
      if (!versionsIn(this.record).some((version) => version.digest === digest)) this.damaged.delete(digest)
    await this.parts.store.sweep(this.id, () => versionsIn(this.record).map(({ folder }) => folder))
  }

  #needsLane(digest: string): boolean {
    return versionsIn(this.record).some(
      (version) => version.digest === digest && needsLane(version.deployment),
    )
  }

  /** Counts readings from now on, and those that a version should have answered and did not. */
  count(): { end: () => { readings: number; lost: number } } {
    let readings = 0
    let lost = 0
    const counter = ({ record }: Decided) => {
      readings += record.rows
      for (const { quality = [] } of record.notes.values()) if (quality.some(isUnanswered)) lost += 1
    }
    this.#counters.add(counter)
    return {
      end: () => {
        this.#counters.delete(counter)
        return { readings, lost }
      },
    }
  }

  override changed(): void {
    this.parts.changed(this)
  }

  async close(): Promise<void> {
    this.isClosed = true
    await Promise.all([...this.#loaded.keys()].map((digest) => this.unload(digest)))
  }

  #laneChanged(opened: LoadedVersion, status: LaneStatus): void {
    if (this.#loaded.get(opened.digest) !== opened) return
    const { id, version } = opened.manifest
    this.changed()
    if (status.state !== 'restarting' && status.state !== 'failed') return
    this.parts
      .audit(`lane.${status.state}`, 'runtime', { id, version, reason: status.reason })
      .catch(this.parts.failed)
    this.listener?.laneEnded(opened, status.state, status.reason)
  }
}

function needsLane({ state }: DeploymentState): boolean {
  return ['qualifying', 'shadow', 'canary', 'running', 'previous'].includes(state)
}

const isUnanswered = ({ code }: QualityMark) =>
  code === 'no-model' || code === 'inference-failed' || code === 'deadline-exceeded'
