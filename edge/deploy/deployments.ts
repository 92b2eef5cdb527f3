import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import type { DeploymentState, ModelDetail, ModelSummary, Slot } from '#core/contracts/deployment.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { Manifest } from '#core/contracts/manifest.ts'
import type { AlertDesk } from '../alerts/desk.ts'
import { createDecider } from '../decide/decide.ts'
import { usualRanges } from '../decide/explain.ts'
import type { InferenceLane, LaneModel, ModelFile } from '../inference/lane.ts'
import type { LaneOptions } from '../inference/open-lane.ts'
import { createValidator } from '../ingest/validate.ts'
import { syncFolder } from '../journal/durable-file.ts'
import type { Journal } from '../journal/journal.ts'
import { type LoadedPackage, loadPackageDir, readPackage } from '../package/read-package.ts'
import { type DecidedListener, Pipeline } from '../pipeline.ts'
import { qualify } from './qualify.ts'
import { resumeWindows } from './resume-windows.ts'
import { mayFollow } from './states.ts'

/** What is durable of one model's slots: enough to be back after a kill. */
interface Persisted {
  version: string
  release: number
  digest: string
  installedAt: string
  folder: string
  deployment: DeploymentState
}

interface Running {
  package: LoadedPackage
  persisted: Persisted
  lane: InferenceLane
  pipeline: Pipeline
}

export interface DeploymentParts {
  dataDir: string
  journal: Journal
  alerts: AlertDesk
  openLane: (file: ModelFile, options?: LaneOptions) => InferenceLane
  allowUnsigned: () => boolean
  now: () => number
  elapsed: () => number
  randomUUID: () => string
  /** Hears of every model whose slots or lane changed; must not throw. */
  changed: (summary: ModelSummary) => void
  /** Hears of every decided batch; must not throw. */
  decided: DecidedListener
  /** Hears of what went wrong where nobody waits for an answer. */
  failed: (error: unknown) => void
}

/** Data older than this counts as old, where the manifest says nothing. */
const defaultStaleAfterMs = 10_000

/** What runs on this machine, and how it came to run. */
export class Deployments {
  readonly #parts: DeploymentParts
  readonly #running = new Map<string, Running>()
  readonly #installing = new Set<string>()
  /** Models that stood in the running slot and could not be started, with the reason. */
  readonly #broken = new Map<string, { persisted: Persisted; reason: string }>()

  constructor(parts: DeploymentParts) {
    this.#parts = parts
  }

  get #packages(): string {
    return join(this.#parts.dataDir, 'packages')
  }

  /** Starts what ran before. A version that cannot be started is shown as failed; it takes nobody else with it. */
  async start(): Promise<void> {
    await rm(join(this.#parts.dataDir, 'staging'), { recursive: true, force: true })
    for (const id of this.#parts.journal.state<string[]>('models') ?? []) {
      const persisted = this.#parts.journal.state<Persisted>(`deployment:${id}`)
      if (persisted?.deployment.state !== 'running') continue
      let lane: InferenceLane | undefined
      try {
        const loaded = await loadPackageDir(join(this.#packages, persisted.folder))
        lane = this.#openLane(loaded)
        await this.#run(loaded, persisted, lane)
      } catch (error) {
        await lane?.close()
        const reason = error instanceof Error ? error.message : String(error)
        this.#broken.set(id, { persisted, reason })
        await this.#audit('deployment.failed', 'runtime', { id, version: persisted.version, reason })
      }
    }
  }

  pipeline(id: string): Pipeline {
    const running = this.#running.get(id)
    if (running) return running.pipeline
    const broken = this.#broken.get(id)
    if (broken) throw new EdgewrightError('lane-failed', `model "${id}" cannot run: ${broken.reason}`)
    throw new EdgewrightError('model-unknown', `there is no model "${id.slice(0, 80)}" on this machine`)
  }

  list(): ModelSummary[] {
    const running = [...this.#running.values()].map((r) => this.#summary(r))
    const broken = [...this.#broken].map(([id, { persisted, reason }]) => ({
      id,
      title: id,
      signed: false,
      staleAfterMs: defaultStaleAfterMs,
      slots: { running: slot(persisted, { state: 'failed', reason }, 'none'), previous: null, staged: null },
    }))
    return [...running, ...broken]
  }

  /** The shortest of the models here. */
  staleAfterMs(): number {
    const each = this.list().map((model) => model.staleAfterMs)
    return each.length > 0 ? Math.min(...each) : defaultStaleAfterMs
  }

  /** Of the version that runs. Throws as `pipeline` does. */
  manifest(id: string): Manifest {
    this.pipeline(id)
    return this.#running.get(id)!.package.manifest
  }

  /** What the running version looks like from outside, once its lane has loaded it. */
  loaded(id: string): Promise<LaneModel> {
    this.pipeline(id)
    return this.#running.get(id)!.lane.ready
  }

  detail(id: string): ModelDetail {
    this.pipeline(id)
    const running = this.#running.get(id)!
    const { manifest, baseline, card } = running.package
    const ranges = usualRanges(manifest.inputs.features, baseline)
    const usual = Object.fromEntries(ranges.map(({ feature, min, max }) => [feature.name, { min, max }]))
    return { ...this.#summary(running), manifest, card, usual }
  }

  /** verify → stage → qualify → run. The first version of an id starts to run; another is refused. */
  async install(bytes: Readable, by: string): Promise<ModelSummary> {
    const staging = join(this.#parts.dataDir, 'staging', this.#parts.randomUUID())
    await mkdir(staging, { recursive: true })
    try {
      const loaded = await readPackage(bytes, staging)
      return await this.#installRead(loaded, by)
    } catch (error) {
      await this.#audit('package.refused', by, {
        reason: error instanceof Error ? error.message : String(error),
      })
      throw error
    } finally {
      await rm(staging, { recursive: true, force: true })
    }
  }

  async #installRead(loaded: LoadedPackage, by: string): Promise<ModelSummary> {
    const { id, version, release } = loaded.manifest
    if (!this.#parts.allowUnsigned())
      throw new EdgewrightError(
        'unsigned-refused',
        `package ${id} ${version} is not signed, and this edge accepts signed packages only`,
      )
    const present = this.#running.get(id)?.persisted
    if (present)
      throw new EdgewrightError('model-exists', `model "${id}" already runs in version ${present.version}`)
    if (this.#installing.has(id))
      throw new EdgewrightError('model-exists', `model "${id}" is being installed right now`)
    this.#installing.add(id)
    const folder = join(id, `${version}-${loaded.digest.slice(0, 12)}`)
    let persisted: Persisted = {
      version,
      release,
      folder,
      digest: loaded.digest,
      installedAt: new Date(this.#parts.now()).toISOString(),
      deployment: { state: 'verifying' },
    }
    let lane: InferenceLane | undefined
    const enter = async (deployment: DeploymentState) => {
      if (deployment.state !== 'verifying' && !mayFollow(persisted.deployment.state, deployment.state))
        throw new Error(
          `deployment of ${id} cannot go from ${persisted.deployment.state} to ${deployment.state}`,
        )
      persisted = { ...persisted, deployment }
      await this.#persist(id, persisted, by)
    }
    try {
      await enter({ state: 'verifying' })
      const placed = await this.#place(loaded, folder)
      await enter({ state: 'staged' })
      await enter({ state: 'qualifying' })
      lane = this.#openLane(placed)
      await qualify(lane, placed)
      await enter({ state: 'running', since: new Date(this.#parts.now()).toISOString() })
      return await this.#run(placed, persisted, lane)
    } catch (error) {
      await lane?.close()
      await enter({ state: 'refused', reason: error instanceof Error ? error.message : String(error) })
      await rm(join(this.#packages, folder), { recursive: true, force: true })
      throw error
    } finally {
      this.#installing.delete(id)
    }
  }

  /** Readings that wait for a micro-batch, over all models. */
  waiting(): number {
    let sum = 0
    for (const { pipeline } of this.#running.values()) sum += pipeline.waiting
    return sum
  }

  /** Drops what each manifest no longer wants kept. */
  async retain(): Promise<void> {
    for (const [
      id,
      {
        package: { manifest },
      },
    ] of this.#running)
      await this.#parts.journal.retain(id, manifest.retentionDays * 24 * 3600_000, this.#parts.now())
  }

  async close(): Promise<void> {
    await Promise.all([...this.#running.values()].map(({ lane }) => lane.close()))
  }

  #openLane(loaded: LoadedPackage): InferenceLane {
    const { memoryMb } = loaded.manifest.operation
    return this.#parts.openLane(loaded.modelFile, memoryMb === undefined ? {} : { memoryMb })
  }

  /** From staging to its place for good: one rename, with the folder above made durable. */
  async #place(loaded: LoadedPackage, folder: string): Promise<LoadedPackage> {
    const dir = join(this.#packages, folder)
    await mkdir(join(dir, '..'), { recursive: true })
    await rm(dir, { recursive: true, force: true })
    await rename(loaded.dir, dir)
    await syncFolder(join(dir, '..'))
    return loadPackageDir(dir)
  }

  async #run(loaded: LoadedPackage, persisted: Persisted, lane: InferenceLane): Promise<ModelSummary> {
    const { manifest, baseline } = loaded
    const validator = createValidator(manifest)
    await resumeWindows(manifest, validator, this.#parts.journal)
    const decider = createDecider(manifest, baseline, 'cpu')
    const { journal, alerts, now, elapsed, failed } = this.#parts
    alerts.watch(manifest, decider)
    const pipeline = new Pipeline(
      { manifest, lane, validator, decider },
      { journal, alerts, now, elapsed, failed },
    )
    pipeline.onDecided(this.#parts.decided)
    const running = { package: loaded, persisted, lane, pipeline }
    this.#running.set(manifest.id, running)
    this.#broken.delete(manifest.id)
    lane.onStatus((status) => {
      this.#parts.changed(this.#summary(running))
      if (status.state === 'restarting' || status.state === 'failed')
        this.#audit(`lane.${status.state}`, 'runtime', {
          id: manifest.id,
          version: manifest.version,
          reason: status.reason,
        }).catch(this.#parts.failed)
    })
    const summary = this.#summary(running)
    this.#parts.changed(summary)
    return summary
  }

  #summary({ package: { manifest }, persisted, lane }: Running): ModelSummary {
    const running = slot(persisted, lane.status, 'cpu')
    return {
      id: manifest.id,
      title: manifest.title,
      signed: false,
      staleAfterMs: 1000 * (manifest.operation.staleAfterS ?? defaultStaleAfterMs / 1000),
      slots: { running, previous: null, staged: null },
    }
  }

  async #persist(id: string, persisted: Persisted, by: string): Promise<void> {
    const { journal, now } = this.#parts
    await journal.write((tx) => {
      const models = journal.state<string[]>('models') ?? []
      if (!models.includes(id)) tx.putState('models', [...models, id])
      tx.putState(`deployment:${id}`, persisted)
      const { version, digest, deployment } = persisted
      tx.events('rollout', [
        {
          kind: `deployment.${deployment.state}`,
          timeMs: now(),
          by,
          body: { id, version, digest, ...deployment },
        },
      ])
    })
  }

  async #audit(kind: string, by: string, body: Record<string, unknown>): Promise<void> {
    await this.#parts.journal.write((tx) =>
      tx.events('events', [{ kind, timeMs: this.#parts.now(), by, body }]),
    )
  }
}

function slot(
  { version, release, digest, installedAt, deployment }: Persisted,
  lane: Slot['lane'],
  provider: string,
): Slot {
  return { version, release, digest, installedAt, deployment, lane, provider }
}
