import { randomUUID } from 'node:crypto'
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { open, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

export interface DurableOptions {
  /** Permissions of the file; 0o600 for secrets. */
  mode?: number
}

/**
 * Writes a file whole or not at all: a temporary file beside it, fsync, rename over it, fsync of the folder.
 * Once this resolves, the file outlives a power cut. Rejects with the file system's error; the old file then stands.
 */
export async function writeDurably(
  path: string,
  bytes: string | Uint8Array | AsyncIterable<Uint8Array>,
  options: DurableOptions = {},
): Promise<void> {
  const temporary = temporaryFor(path)
  try {
    const file = await open(temporary, 'wx', options.mode)
    try {
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
  await syncFolder(dirname(path))
}

/** `writeDurably` where nothing else may run meanwhile. For small files. */
export function writeDurablySync(
  path: string,
  bytes: string | Uint8Array,
  options: DurableOptions = {},
): void {
  const temporary = temporaryFor(path)
  try {
    const file = openSync(temporary, 'wx', options.mode)
    try {
      writeFileSync(file, bytes)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
  syncFolderSync(dirname(path))
}

/** Makes renames and deletions inside a folder durable. Windows keeps folders durable itself and refuses to open them. */
export async function syncFolder(dir: string): Promise<void> {
  if (process.platform === 'win32') return
  const folder = await open(dir, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

export function syncFolderSync(dir: string): void {
  if (process.platform === 'win32') return
  const folder = openSync(dir, 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}

/** Removes what a killed `writeDurably` left in a folder. Only for a folder that nobody is writing to. */
export async function removeLeftovers(dir: string): Promise<void> {
  for (const name of await readdir(dir))
    if (/^\..+\.[0-9a-f-]{36}\.part$/.test(name)) await rm(join(dir, name), { force: true })
}

function temporaryFor(path: string): string {
  return join(dirname(path), `.${basename(path)}.${randomUUID()}.part`)
}
