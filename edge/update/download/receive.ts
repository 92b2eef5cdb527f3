import type { Readable } from 'node:stream'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { RepositorySource } from '../source.ts'
import { asUnreachable, Unreachable } from '../sources/unreachable.ts'
import type { DownloadLimits, DownloadOptions, Wanted } from './download.ts'
import type { PartFile } from './part-file.ts'

/**
 * One attempt: adds what comes to the part file, until it has the signed length, the source ends, or it is too slow. Time
 * counts only while the source is waited for: a slow disk is not held against it.
 */
export async function receive(
  part: PartFile,
  source: RepositorySource,
  { file, length }: Wanted,
  options: DownloadOptions & { limits: DownloadLimits },
): Promise<void> {
  const { limits, now = () => performance.now(), signal, onProgress } = options
  const opened = await unlessAborted(source.target(file, length, part.size), signal)
  const { bytes } = opened
  const stop = () => bytes.destroy(signal!.reason as Error)
  const silent = `${source.name}: not one byte of ${file} came within ${limits.idleMs / 1000} s`
  try {
    signal?.addEventListener('abort', stop, { once: true })
    bytes.on('error', () => undefined) // told by the iterator
    if (opened.from === 0) await restart(part)
    else if (opened.from !== part.size)
      throw new EdgewrightError('download-refused', `${source.name}: ${file} goes on at the wrong byte`)
    const iterator = bytes[Symbol.asyncIterator]()
    let [waitedMs, brought] = [0, 0]
    while (part.size < length) {
      const began = now()
      const timer = setTimeout(() => bytes.destroy(new Unreachable(silent)), limits.idleMs)
      const next = await iterator
        .next()
        .catch((error: unknown) => {
          signal?.throwIfAborted()
          throw asUnreachable(source.name, error)
        })
        .finally(() => clearTimeout(timer))
      waitedMs += now() - began
      if (next.done) return
      const chunk = (next.value as Uint8Array).subarray(0, length - part.size)
      await part.append(chunk)
      onProgress?.(part.size)
      brought += chunk.length
      if (waitedMs < limits.rateWindowMs) continue
      const perS = (1000 * brought) / waitedMs
      if (perS < limits.leastBytesPerS)
        throw new Unreachable(
          `${source.name}: ${file} comes too slowly, ${Math.round(perS)} bytes a second where ${limits.leastBytesPerS} are the least`,
        )
      waitedMs = brought = 0
    }
  } finally {
    signal?.removeEventListener('abort', stop)
    bytes.destroy()
  }
}

async function restart(part: PartFile): Promise<void> {
  if (part.size > 0) await part.discard()
}

/** A source that is slow to begin holds nobody up who has given up on it. */
async function unlessAborted<T extends { bytes: Readable }>(
  opening: Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  if (!signal) return await opening
  const gaveUp = Promise.withResolvers<never>()
  const abort = () => {
    gaveUp.reject(signal.reason)
    opening.then(
      ({ bytes }) => bytes.destroy(),
      () => undefined, // nobody waits for it any more
    )
  }
  signal.addEventListener('abort', abort, { once: true })
  try {
    if (signal.aborted) abort()
    return await Promise.race([opening, gaveUp.promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
