import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Says of a folder that a demo filled it, and the next one may empty it. */
const mark = 'made-by-the-demo'

/**
 * An empty folder for a story that begins at its beginning: what an earlier one left there goes; anything else stays.
 *
 * @throws Error, to be shown as it is, where the folder holds what no demo put there
 */
export async function emptyFolder(dir: string): Promise<void> {
  await mkdir(dir, { recursive: true, mode: 0o711 })
  const found = await readdir(dir)
  if (found.length > 0 && !found.includes(mark))
    throw new Error(
      `${dir} holds what no demo put there, and a demo begins with an empty folder: name another one with --data.`,
    )
  await rm(dir, { recursive: true })
  await mkdir(dir, { recursive: true, mode: 0o711 })
  await writeFile(join(dir, mark), '')
}
