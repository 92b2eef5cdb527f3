import { lstat, mkdir, rm, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { diskTrouble } from '../../journal/disk-trouble.ts'
import { syncFolder } from '../../journal/durable-file.ts'
import { hashFile } from '../../package/hash.ts'
import type { RepositorySource } from '../source.ts'
import { Unreachable } from '../sources/unreachable.ts'
import { PartFile } from './part-file.ts'
import { Patience, type Sleep } from './patience.ts'
import { receive } from './receive.ts'

/** A file as it was signed. */
export interface Wanted {
  /** Under `targets/`. */
  file: string
  length: number
  sha256: string
}

export interface DownloadLimits {
  /** Without a single byte. */
  idleMs: number
  /** Less than this on average over `rateWindowMs` of waiting is no download. */
  leastBytesPerS: number
  rateWindowMs: number
  /** Must stay free on the disk whatever comes: room for the journal. */
  reserveBytes: number
  /** Times its length that must fit beside the file: it is unpacked before it goes. */
  unpackFactor: number
  /** Attempts in a row that bring less than `worthwhileBytes`. */
  tries: number
  worthwhileBytes: number
  longestWaitMs: number
  syncEveryBytes: number
}

const mebibyte = 2 ** 20
export const downloadLimits: DownloadLimits = {
  idleMs: 30_000,
  leastBytesPerS: 1024,
  rateWindowMs: 60_000,
  reserveBytes: 256 * mebibyte,
  unpackFactor: 1,
  tries: 8,
  worthwhileBytes: mebibyte,
  longestWaitMs: 5 * 60_000,
  syncEveryBytes: 32 * mebibyte,
}

export interface DownloadOptions {
  /** Where files are kept: the finished one as SHA256, the one that is on its way as SHA256.part. */
  dir: string
  /** ms of a clock that does not jump. */
  now?: () => number
  random?: () => number
  sleep?: Sleep
  signal?: AbortSignal | undefined
  /** Bytes that are here, each time some have come. */
  onProgress?: ((bytes: number) => void) | undefined
  /** What went wrong and is tried again, in words. */
  onTrouble?: ((why: string) => void) | undefined
  limits?: Partial<DownloadLimits>
}

/**
 * Brings a file here and answers its path, once all of it is what was signed and outlives a power cut. What an earlier run
 * left is continued; the hash is over the whole file all the same. Not for one digest twice at once: see Downloads.
 * @throws EdgewrightError download-refused (wrong bytes are not kept), disk-unwritable (nothing is kept), disk-too-small,
 * update-unreachable, and the signal's reason: what came is kept
 */
export async function download(
  source: RepositorySource,
  wanted: Wanted,
  options: DownloadOptions,
): Promise<string> {
  const { dir, signal } = options
  const path = join(dir, wanted.sha256)
  try {
    const created = await mkdir(dir, { recursive: true })
    if (created !== undefined) await syncFolder(dirname(dir))
    if (await isHere(path, wanted, signal)) return path
    const limits = { ...downloadLimits, ...options.limits }
    const { syncEveryBytes } = limits
    const part = await PartFile.open(`${path}.part`, wanted.length, { syncEveryBytes, signal })
    try {
      await bring(part, source, wanted, { ...options, limits })
      await part.become(path)
    } finally {
      await part.close()
    }
    return path
  } catch (error) {
    throw await told(error, dir, `${path}.part`)
  }
}

async function isHere(path: string, wanted: Wanted, signal: AbortSignal | undefined): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined) // what cannot be looked at is brought again
  if (!found) return false
  if (found.isFile() && found.size === wanted.length) {
    const hashed = await hashFile(path, signal).catch(() => undefined) // nor can this
    signal?.throwIfAborted()
    if (hashed?.sha256 === wanted.sha256) return true
  }
  await rm(path, { recursive: true, force: true })
  return false
}

async function bring(
  part: PartFile,
  source: RepositorySource,
  wanted: Wanted,
  options: DownloadOptions & { limits: DownloadLimits },
): Promise<void> {
  const { limits, random = Math.random, signal, onTrouble } = options
  const sleep: Sleep =
    options.sleep ?? (async (ms, until) => void (await pause(ms, undefined, { signal: until })))
  const patience = new Patience({ ...limits, random, sleep, onTrouble })
  let isSecond = false
  for (;;) {
    const before = part.size
    try {
      if (part.size < wanted.length) {
        const beside = limits.reserveBytes + limits.unpackFactor * wanted.length
        await refuseSmallDisk(options.dir, wanted.length - part.size, beside)
        await receive(part, source, wanted, options)
      }
      if (part.size < wanted.length)
        throw new Unreachable(
          `${source.name}: ${wanted.file} ended after ${part.size} of ${wanted.length} bytes`,
        )
    } catch (error) {
      await patience.after(error, part.size - before, signal)
      continue
    }
    const digest = part.digest()
    if (digest === wanted.sha256) return
    const why = `${source.name}: the bytes of ${wanted.file} are not those that were signed (sha256 ${digest})`
    await part.discard()
    if (isSecond) {
      await rm(part.path, { force: true })
      throw new EdgewrightError('download-refused', `${why}, twice`)
    }
    isSecond = true
    onTrouble?.(`${why}; all of it is fetched anew`)
  }
}

async function refuseSmallDisk(dir: string, bytes: number, besideBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(dir)
  const free = bavail * bsize
  if (free < bytes + besideBytes)
    throw new EdgewrightError(
      'disk-too-small',
      `${bytes} bytes are to come and ${besideBytes} must stay free to unpack them and go on, but the disk has ${free}`,
    )
}

/** What remains of a download that failed, and what is said of it. */
async function told(error: unknown, dir: string, part: string): Promise<unknown> {
  const disk = diskTrouble(error)
  if (disk) {
    await rm(part, { force: true }).catch(() => undefined) // a disk that refuses this too was told of
    return disk
  }
  const { code, message } = error as NodeJS.ErrnoException
  return error instanceof EdgewrightError || !/^E[A-Z]+$/.test(code ?? '')
    ? error
    : new EdgewrightError('disk-unwritable', `${dir} cannot be written (${message})`, { cause: error })
}
