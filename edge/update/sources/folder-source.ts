import { constants } from 'node:fs'
import { type FileHandle, lstat, open } from 'node:fs/promises'
import { join } from 'node:path'
import { EdgewrightError, type ErrorCode } from '#core/contracts/errors.ts'
import { metadataFolder, targetsFolder } from '#core/update/names.ts'
import type { RepositorySource } from '../source.ts'
import { byteStream } from './byte-stream.ts'
import { segmentsOf } from './segments.ts'
import { asUnreachable, Unreachable } from './unreachable.ts'

const pieceBytes = 1 << 18

/** A drive does not come back by itself within seconds: whoever pulled it is told at once. */
const gone = (shown: string, error: unknown) => asUnreachable(shown, error, false)

/**
 * A signed repository in a folder. Links are not followed, whatever they point at, and nothing but regular files is
 * opened. A folder that is gone, or a drive that fails, is update-unreachable.
 */
export function folderSource(dir: string): RepositorySource {
  async function metadata(file: string, maxBytes: number): Promise<Buffer | undefined> {
    const opened = await openInside(
      dir,
      [metadataFolder, ...segmentsOf(file, 'update-refused')],
      'update-refused',
    )
    if (!opened) return undefined
    await using handle = opened
    const shown = `${file} in ${dir}`
    try {
      const expected = (await handle.stat()).size
      if (expected > maxBytes)
        throw new EdgewrightError('update-refused', `${shown} is larger than the ${maxBytes} bytes allowed`)
      const bytes = Buffer.alloc(expected + 1)
      let size = 0
      for (;;) {
        const { bytesRead } = await handle.read(bytes, size, bytes.length - size, size)
        size += bytesRead
        if (size > expected) throw new Unreachable(`${shown} grew while it was being read`)
        if (bytesRead === 0) return bytes.subarray(0, size)
      }
    } catch (error) {
      throw gone(shown, error)
    }
  }

  async function target(file: string, length: number, from: number) {
    const refuse = (why: string) => new EdgewrightError('download-refused', `${file} in ${dir} ${why}`)
    const segments = [targetsFolder, ...segmentsOf(file, 'download-refused')]
    const handle = await openInside(dir, segments, 'download-refused')
    if (!handle) throw refuse('is not there')
    try {
      const { size } = await handle.stat()
      if (size !== length) throw refuse(`has ${size} bytes, and ${length} were signed`)
    } catch (error) {
      await handle.close()
      throw gone(`${file} in ${dir}`, error)
    }
    const failed = (error: unknown) => gone(`${file} in ${dir}`, error)
    return { from, bytes: byteStream(piecesOf(handle, from), length - from, failed) }
  }

  return { name: dir, metadata, target }
}

function piecesOf(handle: FileHandle, from: number) {
  let at = from
  let reading: Promise<unknown> = Promise.resolve()
  const next = async (): Promise<Uint8Array | undefined> => {
    const piece = Buffer.allocUnsafe(pieceBytes)
    const { bytesRead } = await handle.read(piece, 0, piece.length, at)
    at += bytesRead
    return bytesRead === 0 ? undefined : piece.subarray(0, bytesRead)
  }
  return {
    next: () => {
      const piece = next()
      reading = piece.catch(() => undefined) // told to whoever asked for it
      return piece
    },
    stop: () => void reading.then(() => handle.close()).catch(() => undefined), // it was read only
  }
}

/** `undefined` where there is no such file in a folder that is there. */
async function openInside(
  dir: string,
  segments: readonly string[],
  code: ErrorCode,
): Promise<FileHandle | undefined> {
  const shown = `${segments.join('/')} in ${dir}`
  const refuse = (why: string) => new EdgewrightError(code, `${shown} is refused: ${why}`)
  try {
    let at = dir
    for (const [depth, segment] of ['', ...segments].entries()) {
      at = join(at, segment)
      const found = await lstat(at)
      if (found.isSymbolicLink()) throw refuse('there is a link on the way, and links are not followed')
      const last = depth === segments.length
      if (last ? !found.isFile() : !found.isDirectory())
        throw refuse(last ? 'it is no regular file' : `"${segment || dir}" is no folder`)
    }
    // What took the place of the file since it was looked at is refused too, and a pipe keeps nobody waiting. Windows has
    // neither flag.
    const handle = await open(
      at,
      constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0),
    )
    if ((await handle.stat()).isFile()) return handle
    await handle.close()
    throw refuse('it is no regular file')
  } catch (error) {
    const failed = (error as NodeJS.ErrnoException).code
    if (failed === 'ELOOP') throw refuse('there is a link on the way, and links are not followed')
    if (failed !== 'ENOENT' && failed !== 'ENOTDIR') throw gone(shown, error)
    const isThere = await lstat(dir).catch(() => undefined)
    if (!isThere)
      throw new Unreachable(`there is nothing at ${dir}; a stick that was pulled can be put in again`, {
        again: false,
      })
    return undefined
  }
}
