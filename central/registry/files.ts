import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'

/** Files as the signing desk writes them: whole or not at all, and on the disk before anything names them. */

export async function syncFolder(dir: string): Promise<void> {
  if (process.platform === 'win32') return
  const folder = await open(dir, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** Beside, fsync, rename, fsync of the folder. */
export async function writeWhole(
  path: string,
  bytes: string | Uint8Array | AsyncIterable<Uint8Array>,
  mode = 0o644,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const beside = join(dirname(path), `.${randomUUID()}.part`)
  try {
    const file = await open(beside, 'wx', mode)
    try {
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(beside, path)
  } catch (error) {
    await rm(beside, { force: true })
    throw error
  }
  await syncFolder(dirname(path))
}

export async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

export async function namesIn(dir: string): Promise<string[]> {
  try {
    return (await readdir(dir)).sort()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

/** sha256 and length of a file, read once, in pieces. */
export async function hashOf(path: string): Promise<{ sha256: string; length: number }> {
  const hash = createHash('sha256')
  let length = 0
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as Readable &
    AsyncIterable<Buffer>) {
    hash.update(chunk)
    length += chunk.length
  }
  return { sha256: hash.digest('hex'), length }
}

const stage = '.commit'
const listName = 'list.json'

/** What one change does to the folder: files by path in it, in the order in which they appear; then paths that go away. */
export interface Change {
  write: [path: string, bytes: string | Uint8Array][]
  remove: string[]
}

/**
 * Makes a change that is whole after a kill at any moment: all files are written aside first, then a list of them; from
 * then on `finishCommit` brings it to its end, whoever calls it next. Without the list it never happened.
 */
export async function commit(dir: string, change: Change): Promise<void> {
  await finishCommit(dir)
  for (const [index, [, bytes]] of change.write.entries())
    await writeWhole(join(dir, stage, String(index)), bytes)
  const list = { write: change.write.map(([path]) => path), remove: change.remove }
  await writeWhole(join(dir, stage, listName), JSON.stringify(list))
  await syncFolder(dir)
  await finishCommit(dir)
}

/** Ends a commit that was cut off; where there is none, does nothing. */
export async function finishCommit(dir: string): Promise<void> {
  const aside = join(dir, stage)
  const text = await readText(join(aside, listName))
  if (text !== undefined) {
    const { write, remove } = JSON.parse(text) as { write: string[]; remove: string[] }
    for (const [index, path] of write.entries()) {
      const to = join(dir, path)
      await mkdir(dirname(to), { recursive: true })
      await rename(join(aside, String(index)), to).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error // It stands in its place already.
      })
      await syncFolder(dirname(to))
    }
    for (const path of remove) await rm(join(dir, path), { force: true })
  }
  await rm(aside, { recursive: true, force: true })
}
