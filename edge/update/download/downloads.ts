import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { RepositorySource } from '../source.ts'
import { type DownloadOptions, download, type Wanted } from './download.ts'

type Here = Pick<DownloadOptions, 'signal' | 'onProgress' | 'onTrouble'>

/** The downloads of one folder: a digest is brought by one at a time, whoever asks, and what nobody wants is swept. */
export class Downloads {
  readonly #options: Omit<DownloadOptions, keyof Here>
  readonly #turns = new Map<string, Promise<unknown>>()

  constructor(options: Omit<DownloadOptions, keyof Here>) {
    this.#options = options
  }

  /** As `download`. Who comes second waits for the first, and then finds the file here, or goes on with what came. */
  async get(source: RepositorySource, wanted: Wanted, options: Here = {}): Promise<string> {
    const { sha256 } = wanted
    const before = this.#turns.get(sha256) ?? Promise.resolve()
    const mine = before.then(() => {
      options.signal?.throwIfAborted()
      return download(source, wanted, { ...this.#options, ...options })
    })
    const settled = mine.catch(() => undefined) // told to whoever asked for it
    this.#turns.set(sha256, settled)
    void settled.then(() => this.#turns.get(sha256) === settled && this.#turns.delete(sha256))
    return await mine
  }

  /** Removes files and beginnings of files of digests that are not among those to keep. What is being brought stays. */
  async sweep(keep: ReadonlySet<string>): Promise<void> {
    const { dir } = this.#options
    const names = await readdir(dir).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return []
      throw error
    })
    for (const name of names) {
      const digest = /^([0-9a-f]{64})(?:\.part)?$/.exec(name)?.[1]
      if (digest === undefined || keep.has(digest) || this.#turns.has(digest)) continue
      await rm(join(dir, name), { recursive: true, force: true })
    }
  }
}
