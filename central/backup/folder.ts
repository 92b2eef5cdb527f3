import { existsSync, readdirSync } from 'node:fs'
import { mkdir, realpath, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { Log } from '../central.ts'
import { syncFolder } from '../registry/files.ts'
import { lockDataFolder } from '../server/lock.ts'
import { runningUrl, startEmbedded } from '../store/embedded.ts'
import { type BackupDone, writeBackup } from './backup.ts'
import { heldRepository, type RestoredRepository, takeNewer } from './newer-repository.ts'
import { type RestoreDone, readBackup } from './restore.ts'

export interface BackupParts {
  dataDir: string
  /** Of a server of one's own; absent: the embedded one. */
  databaseUrl?: string
  file: string
  now: () => number
  log: Log
}

/** Writes a backup of a data folder and its database; central may run on them or not. */
export async function backUp({ dataDir, databaseUrl, file, now, log }: BackupParts): Promise<BackupDone> {
  if (!existsSync(dataDir)) throw new EdgewrightError('file-unreadable', `there is no data folder ${dataDir}`)
  const dir = await realpath(dataDir)
  const write = (url: string) => writeBackup(url, dir, file, now())
  if (databaseUrl !== undefined) return write(databaseUrl)
  const running = await runningUrl(dir)
  if (running !== undefined) return write(running)
  const lock = await lockDataFolder(dir)
  try {
    const server = await startEmbedded(dir, log)
    return await write(server.url).finally(server.close)
  } finally {
    await lock.release()
  }
}

export interface RestoreParts extends Omit<BackupParts, 'now'> {
  /** Another copy of the signed repository, or a stick: taken in the place of the backup's if it is newer. */
  repository?: string
}
export interface Restored extends RestoreDone {
  /** null: the backup held none that can be read. */
  repository: RestoredRepository | null
}

/** Makes a data folder (and fills a database) out of a backup. The folder appears whole, or not at all. */
export async function restore(parts: RestoreParts): Promise<Restored> {
  const { dataDir, databaseUrl, file, log, repository: newer } = parts
  if (existsSync(dataDir) && readdirSync(dataDir).length > 0)
    throw new EdgewrightError('backup-refused', `${dataDir} is there already, and not empty`, {
      hint: 'Restore into a new folder, and start central on that one.',
    })
  if (!existsSync(file)) throw new EdgewrightError('file-unreadable', `there is no file ${file}`)
  const making = `${dataDir}.restoring`
  await rm(making, { recursive: true, force: true })
  await mkdir(making, { recursive: true, mode: 0o700 })
  try {
    let repository: RestoredRepository | undefined
    const settle = async () => {
      const held = join(making, 'repository')
      repository = newer === undefined ? await heldRepository(held) : await takeNewer(held, newer)
    }
    let done: RestoreDone
    if (databaseUrl !== undefined) done = await readBackup(file, databaseUrl, making, settle)
    else {
      const server = await startEmbedded(await realpath(making), log)
      done = await readBackup(file, server.url, making, settle).finally(server.close)
    }
    if (existsSync(dataDir)) await rm(dataDir, { recursive: true })
    await rename(making, dataDir)
    await syncFolder(dirname(dataDir))
    return { ...done, repository: repository ?? null }
  } catch (error) {
    await rm(making, { recursive: true, force: true })
    throw error
  }
}
