import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import type { ActivateRequest, ModelDetail, ModelSummary, Turned } from '#core/contracts/deployment.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { Qualification } from '#core/contracts/hardware.ts'
import type { Manifest } from '#core/contracts/manifest.ts'
import { mayActAs, type Role } from '#core/contracts/people.ts'
import type { LaneModel } from '../inference/lane.ts'
import { type LoadedPackage, readPackage } from '../package/read-package.ts'
import { NotAllowed } from '../people/not-allowed.ts'
import type { Pipeline } from '../pipeline.ts'
import { abort, activate, promote } from './activate.ts'
import { drill } from './drill.ts'
import { enforce } from './enforce.ts'
import { leftToAnswer } from './left-to-answer.ts'
import { heldMb, loadedIn } from './limits.ts'
import { Model } from './model.ts'
import type { DeploymentParts } from './parts.ts'
import { keepPrivacyOfThoseHere } from './privacy-of.ts'
import { readRecord, resume } from './resume.ts'
import { rollBack } from './rollback.ts'
import { emptyRecord, stoppedInOrder, versionsIn, type Who } from './slots.ts'
import { mend, stage } from './stage.ts'
import { defaultStaleAfterMs, summaryOf } from './summary.ts'
import type { Vouched } from './trust.ts'
import { Watchdog } from './watchdog.ts'

export interface DeploymentsParts extends Omit<DeploymentParts, 'changed' | 'heldByOthersMb'> {
  /** Hears of every model whose slots or lanes changed; must not throw. */
  changed: (summary: ModelSummary) => void
}

export interface Installed {
  summary: ModelSummary
  mended: boolean
}

/** Who a manifest can let roll back, the least first. */
const lowest = ['operator', 'technician'] as const

interface Kept {
  model: Model
  watchdog: Watchdog
}

/** What runs on this machine, how it came to run, and the way back. */
export class Deployments {
  readonly #parts: DeploymentParts
  readonly #models = new Map<string, Kept>()

  constructor({ changed, ...parts }: DeploymentsParts) {
    this.#parts = {
      ...parts,
      changed: (model) => this.#changed(model, changed),
      heldByOthersMb: (model) => this.#heldByOthersMb(model),
    }
  }

  #changed(model: Model, tell: DeploymentsParts['changed']): void {
    const kept = this.#models.get(model.id)
    if (kept?.model === model) tell(summary(model, kept.watchdog))
  }

  #heldByOthersMb(model: Model): number {
    const others = [...this.#models.values()].filter((kept) => kept.model !== model)
    return others.reduce((sum, kept) => sum + heldMb(kept.model, loadedIn(kept.model)), 0)
  }

  /** Starts what ran before. A model that cannot be started is shown as failed; it takes no other with it. */
  async start(): Promise<void> {
    const { journal, store, failed } = this.#parts
    await store.clearStaging()
    for (const id of journal.state<string[]>('models') ?? []) {
      const { model } = this.#keep(new Model(readRecord(journal, id), this.#parts))
      await resume(model).catch((error: unknown) => {
        model.broken ??= error instanceof Error ? error.message : String(error)
        failed(error)
      })
    }
    await this.enforce()
    this.#keepPrivacy().catch(failed) // nobody waits for it: until then the strictest holds
  }

  async #keepPrivacy(): Promise<void> {
    for (const { model } of [...this.#models.values()]) await keepPrivacyOfThoseHere(model)
  }

  #keep(model: Model): Kept {
    const kept = { model, watchdog: new Watchdog(model) }
    this.#models.set(model.id, kept)
    return kept
  }

  #of(id: string): Kept {
    const kept = this.#models.get(id)
    if (!kept)
      throw new EdgewrightError('model-unknown', `there is no model "${id.slice(0, 80)}" on this machine`)
    return kept
  }

  pipeline(id: string): Pipeline {
    const { model } = this.#of(id)
    if (model.pipeline) return model.pipeline
    throw new EdgewrightError(
      'lane-failed',
      `model "${id}" cannot run: ${model.broken ?? 'none of its versions was activated'}`,
    )
  }

  list(): ModelSummary[] {
    return [...this.#models.values()].map(({ model, watchdog }) => summary(model, watchdog))
  }

  /** The shortest of the models here. */
  staleAfterMs(): number {
    const each = [...this.#models.values()].map(
      ({ model }) => model.pipeline?.route.running.manifest.operation.staleAfterS,
    )
    return Math.min(
      ...each.map((s) => (s === undefined ? defaultStaleAfterMs : 1000 * s)),
      ...(each.length > 0 ? [] : [defaultStaleAfterMs]),
    )
  }

  /** Of the version that runs. Throws as `pipeline` does. */
  manifest(id: string): Manifest {
    return this.pipeline(id).route.running.manifest
  }

  /** What the running version looks like from outside, once its lane has loaded it. */
  loaded(id: string): Promise<LaneModel> {
    return this.pipeline(id).route.running.lane.ready
  }

  detail(id: string): ModelDetail {
    const { model, watchdog } = this.#of(id)
    const { manifest } = this.pipeline(id).route.running
    const opened = model.described()
    return {
      ...summary(model, watchdog),
      manifest,
      card: opened?.package.card ?? '',
      usual: opened?.usual ?? {},
    }
  }

  qualifications(): { id: string; version: string; qualification: Qualification | null }[] {
    return [...this.#models.values()].flatMap(({ model: { id, record } }) =>
      record.running
        ? { id, version: record.running.version, qualification: record.running.qualification }
        : [],
    )
  }

  /** verify → stage; the first version of an id is activated as well. `mended`: it was here, and its copy was damaged. */
  async install(bytes: Readable, by: string): Promise<Installed> {
    const { store, randomUUID, audit, trust, failed } = this.#parts
    const staging = join(store.staging, randomUUID())
    try {
      await mkdir(staging, { recursive: true })
      let vouched: Vouched = { signedBy: [] }
      const loaded = await readPackage(bytes, staging, undefined, (digest) => {
        vouched = this.#vouchedBefore(digest) ?? trust.vouch(digest)
      })
      refuseOther(loaded, vouched)
      return await this.#installRead(loaded, vouched.signedBy, by)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      await audit('package.refused', by, { reason }).catch(failed)
      throw error
    } finally {
      await rm(staging, { recursive: true, force: true })
    }
  }

  /** Of a version that is here already: what was installed once may mend its own copy. */
  #vouchedBefore(digest: string): Vouched | undefined {
    for (const { model } of this.#models.values()) {
      const known = versionsIn(model.record).find((version) => version.digest === digest)
      if (known && known.signedBy.length > 0 && model.damaged.has(digest))
        return { signedBy: known.signedBy, as: { id: model.id, ...known } }
    }
    return undefined
  }

  /** Carries out what the central team decided about versions; one model's trouble is not another's. */
  async enforce(): Promise<void> {
    await Promise.all([...this.#models.values()].map(({ model }) => enforce(model).catch(this.#parts.failed)))
  }

  async #installRead(loaded: LoadedPackage, signedBy: string[], by: string): Promise<Installed> {
    const { id, version } = loaded.manifest
    const { model, watchdog } = this.#models.get(id) ?? this.#keep(new Model(emptyRecord(id), this.#parts))
    const work = async () => {
      if (await mend(model, loaded, by)) return true
      await stage(model, loaded, signedBy, by)
      if (!model.record.running) await this.#activateFirst(model, version, by)
      return false
    }
    try {
      const mended = await model.exclusive('an installation', work)
      return { summary: summary(model, watchdog), mended }
    } finally {
      if (versionsIn(model.record).length === 0 && !model.busy && this.#models.delete(id))
        await watchdog.close()
    }
  }

  /** Where it is refused, nothing of this model stays here but what the record tells. */
  async #activateFirst(model: Model, version: string, by: string): Promise<void> {
    const who = { by, reason: 'the first version of this model' }
    try {
      await activate(model, { version, mode: 'replace', reason: who.reason }, who)
    } catch (error) {
      await model.enter(emptyRecord(model.id), by)
      await model.sweep()
      throw error
    }
  }

  activate(id: string, request: ActivateRequest, who: Who): Promise<Turned> {
    const { model } = this.#of(id)
    const work = () => model.exclusive('an activation', () => activate(model, request, who))
    return this.#orTold('activation.refused', model, who, work)
  }

  promote(id: string, who: Who): Promise<Turned> {
    const { model } = this.#of(id)
    const work = () => model.exclusive('a promotion', () => promote(model, who))
    return this.#orTold('promotion.refused', model, who, work)
  }

  async abort(id: string, who: Who): Promise<ModelSummary> {
    const { model, watchdog } = this.#of(id)
    await model.exclusive('the end of a trial', () => abort(model, who))
    return summary(model, watchdog)
  }

  drill(id: string, who: Who): Promise<Turned> {
    const { model } = this.#of(id)
    return model.exclusive('a drill', () => drill(model, who))
  }

  /** The only one that asks nobody who is busy. `role`: of whoever asks, for who may (RACI). */
  async rollback(id: string, who: Who, role: Role): Promise<Turned> {
    const { model } = this.#of(id)
    return this.#orTold('rollback.refused', model, who, async () => {
      // During a drill another version serves for a moment.
      const may = (model.loaded(model.record.running) ?? model.pipeline?.route.running)?.manifest.people
        .mayRollBack
      const needs = may ? (lowest.find((each) => may.includes(each)) ?? 'admin') : 'operator'
      if (!mayActAs(role, needs)) throw new NotAllowed(`by its package, rolling back "${id}"`, needs, who.by)
      return rollBack(model, who)
    })
  }

  /** Who was refused what stands in the record. What was done, and could only not be written down, was not refused. */
  async #orTold<T>(kind: string, { id }: Model, { by, reason }: Who, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      const { audit, failed } = this.#parts
      const why = error instanceof Error ? error.message : String(error)
      if (!(error instanceof EdgewrightError && error.code === 'journal-unwritable'))
        await audit(kind, by, { id, reason, why }).catch(failed)
      throw error
    }
  }

  comparison(id: string) {
    return this.#of(id).watchdog.comparison()
  }

  /** Readings that wait for a micro-batch, over all models. */
  waiting(): number {
    let sum = 0
    for (const { model } of this.#models.values()) sum += model.pipeline?.waiting ?? 0
    return sum
  }

  /** What time alone brings; called once a second. One model's trouble is not another's. */
  async tick(): Promise<void> {
    await Promise.all(
      [...this.#models.values()].map(({ watchdog }) => watchdog.tick().catch(this.#parts.failed)),
    )
  }

  /** Drops what each manifest no longer wants kept. */
  async retain(): Promise<void> {
    const { journal, now } = this.#parts
    for (const [id, { model }] of this.#models) {
      const days = model.pipeline?.route.running.manifest.retentionDays
      if (days !== undefined) await journal.retain(id, days * 24 * 3600_000, now())
    }
  }

  async close(): Promise<void> {
    await Promise.all(
      [...this.#models.values()].map(async ({ model, watchdog }) => {
        const { failed } = this.#parts
        await leftToAnswer(model.pipeline)
        await model.enter(stoppedInOrder(model.record), 'runtime').catch(failed)
        // A challenger that hangs gives its readings back once its lane is closed.
        await Promise.all([watchdog.close().catch(failed), model.close()])
      }),
    )
  }
}

/** The signers say which version these bytes are; a package that calls itself another is not what they meant. */
function refuseOther({ manifest: { id, version, release } }: LoadedPackage, { as }: Vouched): void {
  if (!as || (as.id === id && as.version === version && as.release === release)) return
  throw new EdgewrightError(
    'package-refused',
    `it was signed as ${as.id} ${as.version} (release ${as.release}), and calls itself ${id} ${version} (release ${release})`,
  )
}

const summary = (model: Model, watchdog: Watchdog): ModelSummary =>
  summaryOf(model, watchdog.guardrails(), watchdog.warmMs, watchdog.warmProblem)
