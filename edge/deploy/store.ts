import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { syncFolder } from '../journal/durable-file.ts'
import { Turns } from '../turns.ts'

/**
 * The unpacked packages of this machine: `packages/ID/VERSION-DIGEST`. One thing at a time: a version that comes back while
 * its folder is being removed must not lose files of the new one.
 */
export class PackageStore {
  readonly #dataDir: string
  readonly #turns = new Turns()

  constructor(dataDir: string) {
    this.#dataDir = dataDir
  }

  get staging(): string {
    return join(this.#dataDir, 'staging')
  }

  /** From staging to its place for good: one rename, with the folders above made durable. */
  place(from: string, folder: string): Promise<void> {
    return this.#turns.take(() => this.#place(from, folder))
  }

  async #place(from: string, folder: string): Promise<void> {
    const dir = join(this.#dataDir, 'packages', folder)
    const above = join(dir, '..')
    await mkdir(above, { recursive: true })
    await rm(dir, { recursive: true, force: true })
    await rename(from, dir)
    await syncFolder(above)
    await syncFolder(join(above, '..'))
  }

  /** Removes the folders of a model that are not among those to keep, as they are when it comes to removing. */
  sweep(id: string, keep: () => readonly string[]): Promise<void> {
    return this.#turns.take(() => this.#sweep(id, keep))
  }

  async #sweep(id: string, keep: () => readonly string[]): Promise<void> {
    const above = join(this.#dataDir, 'packages', id)
    const found = await readdir(above).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return []
      throw error
    })
    for (const name of found)
      if (!keep().includes(join(id, name))) await rm(join(above, name), { recursive: true, force: true })
    if (keep().length === 0) await rm(above, { recursive: true, force: true })
  }

  /** What a kill left behind in staging. */
  async clearStaging(): Promise<void> {
    await rm(this.staging, { recursive: true, force: true })
  }
}
