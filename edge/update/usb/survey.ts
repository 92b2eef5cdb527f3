import type { Dirent, Stats } from 'node:fs'
import { lstat, opendir, realpath } from 'node:fs/promises'
import { basename, isAbsolute, join } from 'node:path'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { metadataFolder, stickFolder } from '#core/update/names.ts'
import type { StickLimits } from './limits.ts'

export const importRefused = (why: string, cause?: unknown) =>
  new EdgewrightError('import-refused', why, { cause })

/** A stick that was pulled, or whose connection fails: nothing was taken, and it may be tried again. */
export const pulled = (path: string, cause: unknown) =>
  new EdgewrightError(
    'update-unreachable',
    `${path} cannot be read any more (${(cause as NodeJS.ErrnoException).code ?? String(cause)})`,
    { hint: 'Put the stick back in and read it again. What runs goes on.', cause },
  )

/** Below a name: control characters, and what turns the direction of reading or could not be decoded. */
const unseen = /[\p{Cc}\u2028-\u202e\u2066-\u2069\ufffd\\]/u
const shown = (name: string) => JSON.stringify(name.slice(0, 120))

/**
 * The repository that a person means by a path: the folder itself, or the one of that name in it. The path may lead over
 * links (system mounts do); from the repository on there is none.
 * @throws EdgewrightError import-refused (none there), update-unreachable
 */
export async function findRepository(path: string): Promise<string> {
  if (!isAbsolute(path) || unseen.test(path.replaceAll('\\', '/')))
    throw importRefused(`${shown(path)} is not the whole path of a drive or folder`)
  const base = await realpath(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR')
      throw new EdgewrightError('import-refused', `there is no folder ${path}`, {
        hint: 'Put the stick in, or check the path.',
        cause: error,
      })
    throw pulled(path, error)
  })
  const itself = await kindOf(join(base, metadataFolder))
  const folder =
    basename(base) === stickFolder || itself?.isDirectory() === true ? base : join(base, stickFolder)
  const found = await kindOf(folder)
  if (found?.isSymbolicLink()) throw importRefused(`${folder} is a link, and links are not followed`)
  if (!found?.isDirectory()) throw importRefused(`there is no "${stickFolder}" in ${path}`)
  return folder
}

async function kindOf(path: string): Promise<Stats | undefined> {
  return lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
    throw pulled(path, error)
  })
}

/**
 * Looks at every name in a repository's folder before any file is opened: folders and regular files only, so many and so
 * deep at most. Files that a system leaves about (`.DS_Store`, `desktop.ini`) are let be: only what metadata names is read.
 * @throws EdgewrightError import-refused naming the file and the reason, update-unreachable
 */
export async function survey(dir: string, limits: StickLimits, signal?: AbortSignal): Promise<void> {
  let entries = 0
  const folders: string[][] = [[]]
  for (let path = folders.pop(); path; path = folders.pop()) {
    if (path.length > limits.depth)
      throw importRefused(
        `${shown(path.join('/'))} is refused: folders lie ${path.length} deep, and ${limits.depth} are allowed`,
      )
    try {
      for await (const entry of await opendir(join(dir, ...path))) {
        signal?.throwIfAborted()
        if (++entries > limits.entries)
          throw importRefused(
            `it holds more than ${limits.entries} files and folders, and no repository does`,
          )
        if (await isFolder(dir, path, entry)) folders.push([...path, entry.name])
      }
    } catch (error) {
      if (error instanceof EdgewrightError || signal?.aborted) throw error
      throw pulled(join(dir, ...path), error)
    }
  }
}

async function isFolder(dir: string, path: string[], entry: Dirent): Promise<boolean> {
  const { name } = entry
  const where = shown([...path, name].join('/'))
  if (unseen.test(name))
    throw importRefused(`${where} is refused: its name holds characters that cannot be seen`)
  // Some file systems do not tell in their listing what an entry is.
  const told = entry.isFile() || entry.isDirectory() || entry.isSymbolicLink()
  const kind = told ? entry : await lstat(join(dir, ...path, name))
  if (kind.isFile()) return false
  if (kind.isDirectory()) return true
  throw importRefused(
    `${where} is refused: it is ${kindWords(kind)}, and a repository holds folders and regular files only`,
  )
}

function kindWords(kind: Dirent | Stats): string {
  if (kind.isSymbolicLink()) return 'a link'
  if (kind.isFIFO()) return 'a pipe'
  if (kind.isSocket()) return 'a socket'
  return kind.isBlockDevice() || kind.isCharacterDevice() ? 'a device' : 'a thing of an unknown kind'
}
