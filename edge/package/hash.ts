import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'

const highWaterMark = 1 << 20

/** sha256 (hex) and size of a file, read in pieces. */
export async function hashFile(path: string): Promise<{ sha256: string; size: number }> {
  return hashOf(createReadStream(path, { highWaterMark }))
}

/** sha256 (hex) and size of an open file, from its first byte on. */
export const hashOpen = (file: FileHandle): Promise<{ sha256: string; size: number }> =>
  hashOf(file.createReadStream({ start: 0, autoClose: false, highWaterMark }))

async function hashOf(chunks: AsyncIterable<Buffer>): Promise<{ sha256: string; size: number }> {
  const hash = createHash('sha256')
  let size = 0
  for await (const chunk of chunks) {
    hash.update(chunk)
    size += chunk.length
  }
  return { sha256: hash.digest('hex'), size }
}

export const sha256Of = (bytes: Uint8Array | string): string =>
  createHash('sha256').update(bytes).digest('hex')
