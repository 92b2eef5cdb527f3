import { lstat, mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { ConfirmRequest, Imported, ImportState, ImportSummary } from '#core/contracts/update.ts'
import { targetFile, targetsFolder } from '#core/update/names.ts'
import type { RepositorySource } from '../source.ts'
import type { StickLimits } from './limits.ts'
import { olderStick } from './older-stick.ts'
import { type Bring, StagedStick } from './stage-stick.ts'
import { changes } from './summary.ts'
import { findRepository, importRefused, pulled, survey } from './survey.ts'
import type { Checked, ImportTarget } from './target.ts'
import type { WriteBack } from './write-back.ts'

export interface ImportParts<C extends Checked> {
  dataDir: string
  target: ImportTarget<C>
  /** A repository in a folder, read with distrust. */
  open: (dir: string) => RepositorySource
  bring: Bring
  writeBack: WriteBack
  /** Free on the disk that a folder lies on, bytes. */
  freeBytes: (dir: string) => Promise<number>
  limits: StickLimits
  audit: (kind: string, by: string, body: object) => Promise<unknown>
  failed: (error: unknown) => void
  now: () => number
  randomUUID: () => string
}

interface Job {
  id: string
  /** As the person named it. */
  path: string
  /** Of the repository on the stick. */
  dir: string
  abort: AbortController
  bytes: number
  ofBytes: number | null
  staged?: StagedStick
  summary?: ImportSummary
  applying: boolean
  timer?: NodeJS.Timeout
}

const prefix = 'stick-'

/**
 * Import from a stick in two steps: `read` copies and verifies, and tells what would change; `confirm` does it, from the
 * copy. One at a time: a second reading takes the place of the first. Nothing is believed and nothing that runs is touched
 * before `confirm`.
 */
export class Imports<C extends Checked = Checked> {
  readonly #parts: ImportParts<C>
  #job: Job | undefined

  constructor(parts: ImportParts<C>) {
    this.#parts = parts
  }

  /** Removes what a kill left of former imports. Before the first `read`. */
  async start(): Promise<void> {
    const dir = join(this.#parts.dataDir, 'updates')
    const found = await readdir(dir).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return []
      throw error
    })
    for (const name of found)
      if (name.startsWith(prefix)) await rm(join(dir, name), { recursive: true, force: true })
  }

  state(): ImportState {
    const job = this.#job
    if (!job) return { state: 'none' }
    const { id, path, bytes, ofBytes, summary, applying } = job
    return summary
      ? { state: applying ? 'applying' : 'waiting', summary }
      : { state: 'reading', id, path, bytes, ofBytes }
  }

  /**
   * Copies, verifies, and tells what would change.
   * @throws EdgewrightError import-refused, update-refused, update-expired, update-unreachable (it was pulled),
   *   disk-too-small, disk-unwritable, trust-missing, model-busy (another one is being applied), cancelled
   */
  async read(path: string, by: string): Promise<ImportSummary> {
    if (this.#job?.applying) throw busy()
    const job: Job = {
      id: this.#parts.randomUUID(),
      path,
      dir: '',
      abort: new AbortController(),
      bytes: 0,
      ofBytes: null,
      applying: false,
    }
    const former = this.#job
    this.#job = job
    // What stays of it for now goes at the next start.
    if (former) await this.#drop(former).catch(this.#parts.failed)
    try {
      return await this.#read(job)
    } catch (error) {
      const told = await this.#told(job, error)
      await this.#drop(job)
      const reason = told instanceof Error ? told.message : String(told)
      await this.#parts.audit('import.refused', by, { path, reason }).catch(this.#parts.failed)
      throw told
    }
  }

  async #read(job: Job): Promise<ImportSummary> {
    const { target, limits, open, bring, dataDir, now } = this.#parts
    const standing = target.standing()
    const { signal } = job.abort
    job.dir = await findRepository(job.path)
    await survey(job.dir, limits, signal)
    const stagingDir = join(dataDir, 'updates', `${prefix}${job.id}`)
    await mkdir(stagingDir, { recursive: true, mode: 0o700 })
    const staged = new StagedStick(open(job.dir), stagingDir, { bring, limits, signal })
    job.staged = staged
    const { view } = await target.check(staged).catch((error: unknown) => {
      throw olderStick(error, standing.versions, join(stagingDir, 'metadata'))
    })
    signal.throwIfAborted()
    const found = new Set<string>()
    for (const { package: wanted } of view.assigned)
      if (wanted && (await lies(job.dir, targetFile(wanted.path, wanted.digest)))) found.add(wanted.digest)
    const { bring: needed, ...changed } = changes(view, standing, ({ digest }) => found.has(digest))
    job.ofBytes = needed.reduce((sum, each) => sum + each.bytes, 0)
    await this.#refuseLarge(job.ofBytes)
    for (const { path, digest: sha256, bytes: length } of needed) {
      const before = job.bytes
      await staged.bring({ file: targetFile(path, sha256), length, sha256 }, (bytes) => {
        job.bytes = before + bytes
      })
      job.bytes = before + length
    }
    staged.seal()
    signal.throwIfAborted()
    const expiresMs = now() + limits.waitMs
    job.summary = {
      id: job.id,
      path: job.path,
      ...changed,
      stagedBytes: job.bytes,
      expiresAt: new Date(expiresMs).toISOString(),
    }
    job.timer = setTimeout(() => void this.#drop(job).catch(this.#parts.failed), limits.waitMs)
    job.timer.unref()
    return job.summary
  }

  /** Copied, and unpacked beside the copy: twice its bytes. */
  async #refuseLarge(bytes: number): Promise<void> {
    const { limits, dataDir, freeBytes } = this.#parts
    if (bytes > limits.packageBytes)
      throw importRefused(`its packages are ${bytes} bytes, more than the ${limits.packageBytes} allowed`)
    const free = await freeBytes(dataDir)
    const needed = 2 * bytes + limits.reserveBytes
    if (bytes > 0 && free < needed)
      throw new EdgewrightError(
        'disk-too-small',
        `the packages on the stick need ${needed} bytes on this machine's disk, and ${free} are free`,
        { hint: 'Free space on the disk, and read the stick again.' },
      )
  }

  /** Does what the summary said, from the copy, whatever the stick holds by now. @throws import-unknown, and as `read` */
  async confirm(id: string, { writeBack }: ConfirmRequest, by: string): Promise<Imported> {
    const job = this.#waiting(id)
    const { target, audit, failed } = this.#parts
    const { staged, summary } = job
    job.applying = true
    clearTimeout(job.timer)
    try {
      const checked = await target.check(staged)
      this.#refuseChanged(checked, summary)
      const packages = await target.commitAndApply(checked, staged.files, by)
      const back = writeBack ? await this.#writeBack(job) : { wroteBack: null }
      const { path, roles } = summary
      await audit('import.done', by, { path, roles, packages, wroteBack: back.wroteBack }).catch(failed)
      return { packages, ...back }
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      await audit('import.refused', by, { path: job.path, reason }).catch(failed)
      throw error
    } finally {
      await this.#drop(job).catch(failed)
    }
  }

  /** Verified anew, the copy must still come to what the person has read. */
  #refuseChanged({ view }: C, { roles, rootRotations }: ImportSummary): void {
    const now = changes(view, this.#parts.target.standing(), () => true)
    const same = JSON.stringify([now.roles, now.rootRotations]) === JSON.stringify([roles, rootRotations])
    if (!same)
      throw importRefused('what this machine believes has changed since the stick was read; read it again')
  }

  async #writeBack({ dir }: Job): Promise<Pick<Imported, 'wroteBack' | 'writeBackProblem'>> {
    try {
      return { wroteBack: await this.#parts.writeBack(join(dir, '..')) }
    } catch (error) {
      this.#parts.failed(error)
      const writeBackProblem = error instanceof Error ? error.message : String(error)
      return { wroteBack: null, writeBackProblem }
    }
  }

  /** Gives up what is being read, or what was read and waits. @throws import-unknown, model-busy */
  async cancel(id: string): Promise<void> {
    const job = this.#job
    if (job?.id !== id) throw unknown()
    if (job.applying) throw busy()
    await this.#drop(job)
  }

  async close(): Promise<void> {
    if (this.#job) await this.#drop(this.#job)
  }

  #waiting(id: string): Job & { staged: StagedStick; summary: ImportSummary } {
    const job = this.#job
    if (job?.applying && job.id === id) throw busy()
    const { staged, summary } = job ?? {}
    if (job?.id !== id || !staged || !summary || Date.parse(summary.expiresAt) <= this.#parts.now())
      throw unknown()
    return job as Job & { staged: StagedStick; summary: ImportSummary }
  }

  async #drop(job: Job): Promise<void> {
    if (this.#job === job) this.#job = undefined
    clearTimeout(job.timer)
    job.abort.abort()
    await job.staged?.remove()
  }

  /** Whatever went wrong in detail: where the stick is gone, that is what happened. */
  async #told({ abort, dir, path }: Job, error: unknown): Promise<unknown> {
    if (abort.signal.aborted)
      return new EdgewrightError(
        'cancelled',
        'the stick was not read to its end: somebody gave it up, or read another',
      )
    if (dir === '') return error
    const gone = await lstat(dir).then(
      () => undefined,
      (trouble: unknown) => trouble,
    )
    return gone === undefined ? error : pulled(path, gone)
  }
}

const unknown = () =>
  new EdgewrightError(
    'import-unknown',
    'there is no import of that id: it was done, given up, or waited too long',
  )
const busy = () => new EdgewrightError('model-busy', 'an import from a stick is being carried out')

async function lies(dir: string, file: string): Promise<boolean> {
  return lstat(join(dir, targetsFolder, file)).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return false
      throw pulled(dir, error)
    },
  )
}
