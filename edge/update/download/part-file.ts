import { createHash, type Hash } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, lstat, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { syncFolder } from '../../journal/durable-file.ts'

// Small enough that hashing a piece keeps nobody in the runtime waiting.
const pieceBytes = 1 << 18

/** A file that is on its way, and the hash of all that it holds. One owner at a time. */
export class PartFile {
  readonly path: string
  readonly #file: FileHandle
  readonly #syncEveryBytes: number
  #hash: Hash = createHash('sha256')
  #size = 0
  #unsynced = 0

  private constructor(path: string, file: FileHandle, syncEveryBytes: number) {
    this.path = path
    this.#file = file
    this.#syncEveryBytes = syncEveryBytes
  }

  /** What an earlier run left is hashed again, whole, and continued; where it cannot be a beginning it is discarded. */
  static async open(
    path: string,
    length: number,
    { syncEveryBytes, signal }: { syncEveryBytes: number; signal?: AbortSignal | undefined },
  ): Promise<PartFile> {
    const found = await lstat(path).catch(() => undefined) // open() says what is wrong
    if (found && !found.isFile()) await rm(path, { recursive: true, force: true })
    const flags = constants.O_RDWR | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0) // not on Windows
    const part = new PartFile(path, await open(path, flags, 0o600), syncEveryBytes)
    try {
      if ((await part.#file.stat()).size > length) await part.discard()
      await part.#hashRest(signal)
      return part
    } catch (error) {
      await part.close()
      throw error
    }
  }

  get size(): number {
    return this.#size
  }

  async #hashRest(signal: AbortSignal | undefined): Promise<void> {
    const piece = Buffer.allocUnsafe(pieceBytes)
    for (;;) {
      signal?.throwIfAborted()
      const { bytesRead } = await this.#file.read(piece, 0, piece.length, this.#size)
      if (bytesRead === 0) return
      this.#hash.update(piece.subarray(0, bytesRead))
      this.#size += bytesRead
    }
  }

  /** Hashed while it is being written: no byte is read again. */
  async append(chunk: Uint8Array): Promise<void> {
    const writing = this.#write(chunk)
    this.#hash.update(chunk)
    await writing
    this.#size += chunk.length
    this.#unsynced += chunk.length
    // The disk gets it bit by bit: hundreds of megabytes at once would hold up the journal's own fsync.
    if (this.#unsynced < this.#syncEveryBytes) return
    await this.#file.datasync()
    this.#unsynced = 0
  }

  async #write(chunk: Uint8Array): Promise<void> {
    for (let done = 0; done < chunk.length; ) {
      const { bytesWritten } = await this.#file.write(chunk, done, chunk.length - done, this.#size + done)
      done += bytesWritten
    }
  }

  async discard(): Promise<void> {
    await this.#file.truncate(0)
    this.#hash = createHash('sha256')
    this.#size = 0
  }

  /** sha256 (hex) of all that it holds. */
  digest(): string {
    return this.#hash.copy().digest('hex')
  }

  /** Becomes the file `path`, which outlives a power cut from then on. */
  async become(path: string): Promise<void> {
    await this.#file.sync()
    await this.#file.close()
    await rename(this.path, path)
    await syncFolder(dirname(path))
  }

  async close(): Promise<void> {
    await this.#file.close()
  }
}
