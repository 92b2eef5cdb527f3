import { createHash, randomUUID } from 'node:crypto'
import { mkdir, open, readdir, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { StageLimits } from './artefacts.ts'

/** A file that came whole, on the disk, and is not kept yet. */
export interface Staged {
  file: string
  digest: string
  bytes: number
  drop: () => Promise<void>
}

/** What must stay free beside what comes. */
const reserveBytes = 64 * 1024 * 1024
const full = new Set(['ENOSPC', 'EDQUOT'])

/** Takes a stream into a folder: hashed on its way, synced, and gone again where anything goes wrong. */
export async function stage(
  dir: string,
  bytes: AsyncIterable<Uint8Array>,
  { expect, maxBytes = Number.POSITIVE_INFINITY, length = 0 }: StageLimits = {},
): Promise<Staged> {
  await mkdir(dir, { recursive: true, mode: 0o700 })
  if (length > maxBytes) throw tooLarge(maxBytes)
  const { bavail, bsize } = await statfs(dir)
  if (length + reserveBytes > bavail * bsize)
    throw tooSmall(`${length} bytes are to come, and ${bavail * bsize} are free`)
  const file = join(dir, `${randomUUID()}.part`)
  const drop = () => rm(file, { force: true })
  try {
    const hash = createHash('sha256')
    const handle = await open(file, 'wx', 0o644)
    let read = 0
    try {
      for await (const piece of bytes) {
        read += piece.length
        if (read > maxBytes) throw tooLarge(maxBytes)
        hash.update(piece)
        await handle.writeFile(piece)
      }
      await handle.sync()
    } finally {
      await handle.close()
    }
    const digest = hash.digest('hex')
    if (expect !== undefined && digest !== expect)
      throw new EdgewrightError(
        'download-refused',
        `${read} bytes came with the sha256 ${digest}, and ${expect} was named`,
        { hint: 'Nothing of it was kept. Send the file again.' },
      )
    return { file, digest, bytes: read, drop }
  } catch (error) {
    await drop()
    throw diskInWords(error)
  }
}

/** What was left by a server that was killed. */
export async function emptyStaging(dir: string): Promise<void> {
  const names = await readdir(dir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  for (const name of names) if (name.endsWith('.part')) await rm(join(dir, name), { force: true })
}

const tooLarge = (maxBytes: number) =>
  new EdgewrightError('body-too-large', `it is larger than the ${maxBytes} bytes that are taken`, {
    hint: 'Nothing of it was kept.',
  })
const tooSmall = (why: string, cause?: unknown) =>
  new EdgewrightError('disk-too-small', `the disk of central has no room for it: ${why}`, {
    hint: 'Nothing of it was kept. Free space on the disk of central, and send it again.',
    ...(cause !== undefined && { cause }),
  })

/** A full disk, or a line that broke, told as such; everything else as it came. */
export function diskInWords(error: unknown): unknown {
  if (error instanceof EdgewrightError || !(error instanceof Error)) return error
  const { code, syscall } = error as NodeJS.ErrnoException
  if (code && full.has(code)) return tooSmall(error.message, error)
  if (code === 'EIO' || code === 'EROFS')
    return new EdgewrightError('disk-unwritable', `it cannot be kept: ${error.message}`, { cause: error })
  if (
    code === 'ECONNRESET' ||
    code === 'ERR_STREAM_PREMATURE_CLOSE' ||
    (syscall === undefined && error.message === 'aborted')
  )
    return new EdgewrightError('body-unreadable', `the line broke before all of it had come`, {
      hint: 'Nothing of it was kept. Send it again.',
      cause: error,
    })
  return error
}
