import { createReadStream } from 'node:fs'
import { lstat, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { metadataFolder, targetsFolder } from '#core/update/names.ts'
import type { RepositorySource } from '../source.ts'
import type { StickLimits } from './limits.ts'
import { importRefused } from './survey.ts'

export interface WantedFile {
  /** Below `targets/`. */
  file: string
  length: number
  sha256: string
}

/** Copies a target into `dir` while hashing it, at most its length; gives the path of the verified copy. */
export type Bring = (
  source: RepositorySource,
  wanted: WantedFile,
  options: { dir: string; signal: AbortSignal; onProgress: (bytes: number) => void },
) => Promise<string>

const metadataName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,200}\.json$/
const digestOf = (file: string) => /^([0-9a-f]{64})\./.exec(basename(file))?.[1]

/**
 * A copy of what is read of a stick, and the source that verification reads: whatever is asked for is copied first, and
 * the copy is what is given. After `seal` the stick is not asked any more, whatever it holds by then.
 */
export class StagedStick implements RepositorySource {
  readonly name: string
  readonly #stick: RepositorySource
  readonly #dir: string
  readonly #parts: { bring: Bring; limits: StickLimits; signal: AbortSignal }
  readonly #files = new Map<string, string>()
  #sealed = false
  #metadataBytes = 0
  #metadataFiles = 0

  constructor(
    stick: RepositorySource,
    dir: string,
    parts: { bring: Bring; limits: StickLimits; signal: AbortSignal },
  ) {
    this.name = stick.name
    this.#stick = stick
    this.#dir = dir
    this.#parts = parts
  }

  seal(): void {
    this.#sealed = true
  }

  /** By digest: the targets that were copied. */
  get files(): ReadonlyMap<string, string> {
    return this.#files
  }

  async metadata(file: string, maxBytes: number): Promise<Buffer | undefined> {
    if (!metadataName.test(file)) throw importRefused(`"${file.slice(0, 120)}" is no name of metadata`)
    const copy = join(this.#dir, metadataFolder, file)
    if (!this.#sealed && !(await there(copy))) await this.#copyMetadata(file, maxBytes, copy)
    return (await there(copy)) ? readFile(copy) : undefined
  }

  async #copyMetadata(file: string, maxBytes: number, copy: string): Promise<void> {
    const { limits, signal } = this.#parts
    signal.throwIfAborted()
    const bytes = await this.#stick.metadata(file, maxBytes)
    if (!bytes) return
    this.#metadataBytes += bytes.length
    this.#metadataFiles += 1
    if (this.#metadataBytes > limits.metadataBytes || this.#metadataFiles > limits.metadataFiles)
      throw importRefused(
        `its metadata is more than ${limits.metadataFiles} files or ${limits.metadataBytes} bytes`,
      )
    await mkdir(join(this.#dir, metadataFolder), { recursive: true })
    await writeFile(copy, bytes, { flag: 'wx' })
  }

  async target(file: string, length: number, from: number) {
    const sha256 = digestOf(file)
    const copied = sha256 && this.#files.get(sha256)
    const { limits } = this.#parts
    if (!copied && sha256 && !this.#sealed && length <= limits.smallTargetBytes)
      await this.bring({ file, length, sha256 }, () => undefined)
    const path = sha256 && this.#files.get(sha256)
    if (!path) throw new EdgewrightError('download-refused', `"${file}" was not taken from the stick`)
    return { from, bytes: createReadStream(path, { start: from, end: Math.max(from, length - 1) }) }
  }

  /** Copies a package, hashed meanwhile. @throws what `Bring` throws */
  async bring(wanted: WantedFile, onProgress: (bytes: number) => void): Promise<void> {
    const { bring, signal } = this.#parts
    signal.throwIfAborted()
    const dir = join(this.#dir, targetsFolder)
    await mkdir(dir, { recursive: true })
    const path = await bring(this.#stick, wanted, { dir, signal, onProgress })
    this.#files.set(wanted.sha256, path)
  }

  async remove(): Promise<void> {
    this.seal()
    await rm(this.#dir, { recursive: true, force: true })
  }
}

async function there(path: string): Promise<boolean> {
  const found = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  return found !== undefined
}
