import { createHash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'

const pieceBytes = 1 << 20

/** sha256 (hex) and size of a file, read in pieces; the signal's reason where it is aborted. */
export async function hashFile(
  path: string,
  signal?: AbortSignal,
): Promise<{ sha256: string; size: number }> {
  await using file = await open(path, 'r')
  return await hashOpen(file, signal)
}

/** sha256 (hex) and size of an open file, from its first byte on. Every piece is read into the same megabyte. */
export async function hashOpen(
  file: FileHandle,
  signal?: AbortSignal,
): Promise<{ sha256: string; size: number }> {
  const hash = createHash('sha256')
  const piece = Buffer.allocUnsafe(pieceBytes)
  let size = 0
  for (;;) {
    signal?.throwIfAborted()
    const { bytesRead } = await file.read(piece, 0, piece.length, size)
    if (bytesRead === 0) return { sha256: hash.digest('hex'), size }
    hash.update(piece.subarray(0, bytesRead))
    size += bytesRead
  }
}

export const sha256Of = (bytes: Uint8Array | string): string =>
  createHash('sha256').update(bytes).digest('hex')
