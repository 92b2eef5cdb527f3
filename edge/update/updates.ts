import { EdgewrightError } from '#core/contracts/errors.ts'
import type {
  Imported,
  Updates as Status,
  TrustedPackage,
  TrustRequest,
  View,
} from '#core/contracts/update.ts'
import { targetFile } from '#core/update/names.ts'
import type { Deployments } from '../deploy/deployments.ts'
import { Turns } from '../turns.ts'
import { Anchoring, type AnchoringParts } from './anchoring.ts'
import { type Applied, applyAssigned } from './apply.ts'
import type { Belief } from './believed.ts'
import { isDue, nextCheckInMs } from './cadence.ts'
import { type CheckedUpdate, checkSource, type Outcome } from './check.ts'
import { clockOf } from './clock.ts'
import type { Downloads } from './download/downloads.ts'
import { asOfNow } from './plan.ts'
import { ProgressBoard } from './progress.ts'
import type { RepositorySource } from './source.ts'
import { shownAddress } from './sources/address.ts'
import { statusOf, whyExpired } from './status.ts'
import type { ImportTarget, Standing } from './usb/target.ts'

export interface UpdatesParts extends AnchoringParts {
  dataDir: string
  deployments: Deployments
  /** The signal ends whatever is under way. */
  openSource: (address: string, signal: AbortSignal) => RepositorySource
  downloads: Pick<Downloads, 'get' | 'sweep'>
  random: () => number
}

type Fetch = (package_: TrustedPackage, tell: (bytes: number) => void) => Promise<string | undefined>

const runtime = 'runtime'

/** What this machine believes about models, where it hears of it, and what it does about it. */
export class Updates implements ImportTarget<CheckedUpdate> {
  readonly #parts: UpdatesParts
  readonly #anchoring: Anchoring
  readonly #progress: ProgressBoard
  #lastCheck: Status['lastCheck'] = null
  #failures = 0
  #nextCheckMs: number
  /** What is believed changes one step at a time; and so does what follows from it, which takes longer. */
  readonly #commits = new Turns()
  readonly #applies = new Turns()
  /** Sources are asked one after the other, which may take long; nobody who brings something newer waits for that. */
  readonly #looks = new Turns()
  #looking = new AbortController()
  /** Of the downloads under way: whoever knows something newer ends them where they are. */
  #downloads = new AbortController()
  /** What was refused last, so that the record says it once. */
  #told: string | undefined
  /** By itself; a slow line must not pile up questions. */
  #isAsking = false
  readonly #closing = new AbortController()

  constructor(parts: UpdatesParts) {
    this.#parts = parts
    this.#anchoring = new Anchoring(parts)
    this.#progress = new ProgressBoard(parts.now)
    this.#nextCheckMs = parts.now()
  }

  start(): Promise<void> {
    return this.#anchoring.start()
  }

  status(): Status {
    const { deployments, believed, now } = this.#parts
    const source = this.#anchoring.placed?.source ?? null
    return {
      ...statusOf(believed.belief, this.#anchoring.damaged, now()),
      site: this.#anchoring.placed?.site ?? null,
      groups: this.#anchoring.placed?.groups ?? [],
      source: source === null ? null : shownAddress(source),
      lastCheck: this.#lastCheck,
      nextCheckAt: source === null ? null : new Date(this.#nextCheckMs).toISOString(),
      progress: this.#progress.list().map((each) => asOfNow(each, believed.view, deployments.list())),
      busy: this.#applies.waiting > 0,
      clock: clockOf(now(), believed.belief?.floorMs ?? 0),
    }
  }

  /** The root that this machine believes from now on; what it assigns is asked for at once. */
  trust(request: TrustRequest, by: string): Promise<Status> {
    return this.#commits.take(async () => {
      await this.#anchoring.trust(request, by)
      this.#looking.abort(overtaken())
      this.#nextCheckMs = this.#parts.now()
      return this.status()
    })
  }

  /** Where this machine belongs from now on; `source` absent: updates come from where they came from. */
  move(place: { site: string; groups: string[]; source?: string | null }, by: string): Promise<void> {
    return this.#commits.take(async () => {
      const { source = this.#anchoring.placed?.source ?? null } = place
      await this.#anchoring.putAt({ ...place, source }, by)
      this.#looking.abort(overtaken())
      this.#nextCheckMs = this.#parts.now()
    })
  }

  standing(): Standing {
    const { view, trusted } = this.#anchoring.belief()
    return { versions: trusted.marks, view, models: this.#parts.deployments.list() }
  }

  async check(source: RepositorySource): Promise<CheckedUpdate> {
    const outcome = await this.#look(source, this.#anchoring.belief())
    if (outcome.failure) throw outcome.failure
    const { view } = outcome.next
    if (!view) throw new EdgewrightError('update-refused', 'the metadata is not complete')
    return { ...outcome, view }
  }

  #look(source: RepositorySource, before: Belief): Promise<Outcome> {
    return checkSource(source, before, { place: this.#anchoring.place, now: this.#parts.now })
  }

  async commitAndApply(
    checked: CheckedUpdate,
    files: ReadonlyMap<string, string>,
    by: string,
  ): Promise<Imported['packages']> {
    await this.#commits.take(async () => {
      await this.#commitOnto(checked.before, checked.next, by)
      this.#looking.abort(overtaken())
    })
    const applied = await this.#follow(
      by,
      () =>
        async ({ digest }) =>
          files.get(digest),
    )
    return applied
      .filter(({ assigned, acted }) => acted || files.has(assigned.digest))
      .map(({ assigned: { model, version }, ok, what }) => ({ model, version, ok, what }))
  }

  /** Does what is believed now, in place of whatever follows from what was believed before. */
  #follow(by: string, fetchUntil: (ended: AbortSignal) => Fetch): Promise<Applied[]> {
    this.#downloads.abort()
    const ended = new AbortController()
    this.#downloads = ended
    return this.#applies.take(() => this.#apply(by, fetchUntil(ended.signal)))
  }

  /** Where what it was held against is believed no more, nothing of it is. */
  async #commitOnto(before: Belief, next: Belief, by: string): Promise<void> {
    if (this.#parts.believed.belief !== before) throw overtaken()
    await this.#commit(next, by)
  }

  async #commit(next: Belief, by: string): Promise<void> {
    const { believed, audit, deployments } = this.#parts
    const before = believed.belief
    const versions = Object.keys(next.trusted.marks).filter(
      (role) => next.trusted.files[role] !== before?.trusted.files[role],
    )
    if (versions.length === 0 && JSON.stringify(next.view) === JSON.stringify(before?.view)) return
    await believed.commit(next)
    if (versions.some((role) => role !== 'timestamp'))
      await audit('update.trusted', by, {
        roles: Object.fromEntries(versions.map((role) => [role, next.trusted.marks[role]])),
      })
    await deployments.enforce()
  }

  async #apply(by: string, fetch: Fetch): Promise<Applied[]> {
    const { believed, deployments, downloads } = this.#parts
    const { view } = believed
    const assigned = view?.assigned ?? []
    this.#progress.keepOnly(assigned.map(({ digest }) => digest))
    const applied: Applied[] = []
    for (const one of assigned) {
      // Something newer is believed: what follows from that comes next.
      if (this.#closing.signal.aborted || believed.view !== view) break
      applied.push(await applyAssigned(one, { deployments, fetch, by, progress: this.#progress }))
    }
    // What was installed, or can never be, needs no second copy.
    const wanted = applied.filter(
      ({ ok, assigned: one }) => !ok && this.#progress.hopeless(one) === undefined,
    )
    await downloads.sweep(new Set(wanted.map((one) => one.assigned.digest)))
    return applied
  }

  /** Once a second: whether it is time to ask again. */
  async tick(): Promise<void> {
    const { now } = this.#parts
    if (
      !this.#anchoring.placed?.source ||
      this.#anchoring.damaged !== undefined ||
      !this.#parts.believed.belief
    )
      return
    if (this.#isAsking || !isDue(now(), this.#nextCheckMs)) return
    this.#isAsking = true
    await this.checkNow(runtime).finally(() => {
      this.#isAsking = false
    })
  }

  /** Asks the source now; resolves once its metadata was looked at. What is to be fetched then goes on by itself. */
  async checkNow(by: string): Promise<Status> {
    if (by !== runtime) this.#progress.forgive()
    const source = await this.#looks.take(async () => {
      const address = this.#address()
      this.#looking = new AbortController()
      const { signal } = this.#looking
      const { openSource } = this.#parts
      await this.#heard(openSource(address, AbortSignal.any([this.#closing.signal, signal])), by, signal)
      return openSource(this.#address(), this.#closing.signal)
    })
    this.#follow('sync', (ended) => (package_, tell) => this.#fetch(source, package_, ended, tell)).catch(
      this.#parts.failed,
    )
    return this.status()
  }

  /** @throws EdgewrightError trust-missing, update-unreachable */
  #address(): string {
    this.#anchoring.belief()
    const address = this.#anchoring.placed?.source
    if (address) return address
    throw new EdgewrightError('update-unreachable', 'this machine gets its updates by stick only', {
      hint: 'Import a stick, or name a source: edgewright trust ROOT.json --site ID --source URL.',
    })
  }

  async #heard(source: RepositorySource, by: string, overtakenBy: AbortSignal): Promise<void> {
    const { now, random, failed } = this.#parts
    let failure: Error | undefined
    let refused: string | undefined
    try {
      const outcome = await this.#look(source, this.#anchoring.belief())
      failure = outcome.failure
      overtakenBy.throwIfAborted()
      await this.#commits.take(() => this.#commitOnto(outcome.before, outcome.next, 'sync'))
      refused = refusedIn(outcome.next.view)
    } catch (error) {
      failure = error instanceof Error ? error : new Error(String(error))
    }
    if (this.#closing.signal.aborted) return
    if (overtakenBy.aborted) {
      this.#nextCheckMs = now() // what came in between is looked at with it
      if (by === runtime) return
      throw overtaken()
    }
    this.#failures = failure ? this.#failures + 1 : 0
    this.#nextCheckMs = now() + nextCheckInMs(this.#failures, random)
    const at = new Date(now()).toISOString()
    this.#lastCheck = { at, ok: !failure, from: source.name, ...(failure && { problem: failure.message }) }
    if (failure && !(failure instanceof EdgewrightError)) failed(failure)
    const isAway = failure instanceof EdgewrightError && failure.code === 'update-unreachable'
    const kind = isAway ? 'update.unreachable' : 'update.refused'
    await this.#tell(kind, failure?.message ?? refused, source.name).catch(failed)
    if (failure && by !== runtime) throw failure
  }

  /** Once in the record, however often it is met. */
  async #tell(kind: string, reason: string | undefined, from: string): Promise<void> {
    if (this.#told === reason) return
    this.#told = reason
    if (reason !== undefined) await this.#parts.audit(kind, 'sync', { from, reason })
  }

  async #fetch(
    source: RepositorySource,
    { path, digest: sha256, bytes: length }: TrustedPackage,
    signal: AbortSignal,
    onProgress: (bytes: number) => void,
  ): Promise<string | undefined> {
    if (signal.aborted) return undefined
    const { believed, now } = this.#parts
    const over = whyExpired(believed.belief, now(), path)
    if (over !== undefined) throw new EdgewrightError('update-expired', over)
    try {
      const file = targetFile(path, sha256)
      return await this.#parts.downloads.get(source, { file, length, sha256 }, { signal, onProgress })
    } catch (error) {
      if (signal.aborted) return undefined
      const reason = error instanceof Error ? error.message : String(error)
      if (this.#progress.isNews(sha256, reason))
        await this.#parts.audit('download.refused', 'sync', { path, digest: sha256, reason })
      throw error
    }
  }

  /** Downloads end where they are, and go on after the next start. */
  async close(): Promise<void> {
    this.#closing.abort()
    this.#downloads.abort()
    await Promise.all([this.#looks.settled(), this.#commits.settled(), this.#applies.settled()])
  }
}

/** Somebody has brought a stick, or another root or place, while this was being read. */
const overtaken = () =>
  new EdgewrightError('update-refused', 'what this machine believes has changed meanwhile', {
    hint: 'Ask again, or read the stick again.',
  })

/** What metadata that holds says in vain to this machine; undefined: nothing. */
function refusedIn(view: View | null): string | undefined {
  const problems = [view?.problem, ...(view?.assigned ?? []).map(({ problem }) => problem)]
  return problems.filter((problem) => problem !== undefined).join('; ') || undefined
}
