import { constants } from 'node:fs'
import { mkdir, open, rm } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'

const pieceBytes = 2 ** 20

/**
 * A copy of a file that a person chose, on a stick perhaps, in a folder that only this user may enter. What is judged and
 * opened later is the copy: the stick may be swapped at any time. One update lies there at a time.
 * @throws where it is a link, a folder or a device, or longer than `mostBytes`
 */
export async function stageFile(path: string, folder: string, mostBytes: number): Promise<string> {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true, mode: 0o700 })
  // Windows has no O_NOFOLLOW (undefined there), and making a link takes rights of its own.
  const from = await open(
    path,
    constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0),
  )
  try {
    const at = await from.stat()
    if (!at.isFile()) throw new Error(`${basename(path)} is not a plain file`)
    if (at.size > mostBytes)
      throw new Error(`${basename(path)} is longer than any installer that is vouched for`)
    const copy = join(folder, basename(path))
    const to = await open(copy, 'wx', 0o700)
    try {
      const piece = Buffer.alloc(pieceBytes)
      let left = at.size // A file that grows meanwhile ends here; its copy is then not what is vouched for.
      while (left > 0) {
        const { bytesRead } = await from.read(piece, 0, Math.min(left, piece.length))
        if (bytesRead === 0) break
        await to.writeFile(piece.subarray(0, bytesRead))
        left -= bytesRead
      }
      await to.sync()
    } finally {
      await to.close()
    }
    return copy
  } finally {
    await from.close()
  }
}

/** Whether a path is that of a copy in this folder, and of nothing beside or below it. */
export const isStaged = (path: string, folder: string): boolean => dirname(resolve(path)) === resolve(folder)
