import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { writeDurablySync } from './durable-file.ts'
import { sqliteCode } from './sqlite.ts'

const runtimeInfoSchema = z.object({
  pid: z.int(),
  /** Where it answers; absent until it does. */
  address: z.string().optional(),
})
/** What a running runtime says of itself in `runtime.json`. It may be stale: only the lock says whether one runs. */
export type RuntimeInfo = z.infer<typeof runtimeInfoSchema>

export interface FolderLock {
  release(): void
}

/**
 * Makes this process the only runtime of a data folder. The lock is SQLite's own on `runtime.lock`, so the operating
 * system releases it when the process ends, however it ends. Throws `data-folder-locked`, naming the holder.
 * Limit: a network file system that does not lock files does not lock this one.
 */
export function lockDataFolder(dir: string): FolderLock {
  mkdirSync(dir, { recursive: true })
  const path = join(dir, 'runtime.lock')
  const db = new DatabaseSync(path, { timeout: 0 })
  try {
    db.exec('BEGIN EXCLUSIVE')
  } catch (cause) {
    db.close()
    if (sqliteCode(cause) === 5) throw new EdgewrightError('data-folder-locked', heldBy(dir), { cause })
    throw new EdgewrightError('file-unreadable', `${path} cannot be used as a lock.`, {
      hint: 'If no runtime uses this data folder, delete that file.',
      cause,
    })
  }
  writeRuntimeInfo(dir, { pid: process.pid })
  // Holds the database as well: were it collected, the lock would be gone.
  const atExit = (): void => db.close()
  process.once('exit', atExit)
  let held = true
  return {
    release() {
      if (!held) return
      held = false
      process.off('exit', atExit)
      rmSync(runtimeInfoPath(dir), { force: true })
      db.close()
    },
  }
}

/** Whether a runtime works on this data folder now. Looks only: nothing in the folder is written. */
export function isDataFolderHeld(dir: string): boolean {
  const path = join(dir, 'runtime.lock')
  if (!existsSync(path)) return false
  const db = new DatabaseSync(path, { readOnly: true, timeout: 0 })
  try {
    db.prepare('SELECT count(*) FROM sqlite_schema').get()
    return false
  } catch (error) {
    if (sqliteCode(error) === 5) return true
    throw error
  } finally {
    db.close()
  }
}

/** For the holder of the lock: says where it answers. */
export function writeRuntimeInfo(dir: string, info: RuntimeInfo): void {
  writeDurablySync(runtimeInfoPath(dir), `${JSON.stringify(info)}\n`)
}

/** What the last holder said, if it can be read. */
export function readRuntimeInfo(dir: string): RuntimeInfo | undefined {
  try {
    return runtimeInfoSchema.parse(JSON.parse(readFileSync(runtimeInfoPath(dir), 'utf8')))
  } catch {
    return undefined // Absent or torn: it only ever helps to word a message.
  }
}

function heldBy(dir: string): string {
  const info = readRuntimeInfo(dir)
  if (!info) return `Another runtime already uses ${dir}.`
  return `Another runtime already uses ${dir}: process ${info.pid}${info.address ? ` at ${info.address}` : ''}.`
}

function runtimeInfoPath(dir: string): string {
  return join(dir, 'runtime.json')
}
