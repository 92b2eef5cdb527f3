import type { BackupDone } from '#central/backup/backup.ts'
import { backUp, restore as restoreFolder } from '#central/backup/folder.ts'
import type { RestoreDone } from '#central/backup/restore.ts'
import { centralData } from './central.ts'
import { type Io, userPath } from './io.ts'

const parts = (io: Io, file: string, data: string | undefined) => {
  const databaseUrl = io.env['DATABASE_URL']
  const say = (_fields: object, message: string) => io.note(message)
  process.umask(0o077)
  return {
    dataDir: centralData(io, data),
    file: userPath(io, file),
    log: { info: () => undefined, warn: say, error: say },
    ...(databaseUrl && { databaseUrl }),
  }
}

/** Database and data folder, as they stand at this moment, in one file. */
export async function backup(io: Io, file: string, options: { data?: string }): Promise<BackupDone> {
  const done = await backUp({ ...parts(io, file, options.data), now: Date.now })
  if (!io.json)
    io.print(
      `${done.rows} rows of ${done.tables} tables and ${done.files} files (${Math.ceil(done.bytes / 2 ** 20)} MiB) are in ${file}. It holds keys and tokens: keep it as safe as the data folder.`,
    )
  return done
}

export async function restore(io: Io, file: string, options: { data?: string }): Promise<RestoreDone> {
  const done = await restoreFolder(parts(io, file, options.data))
  if (!io.json)
    io.print(
      `${done.rows} rows and ${done.files} files of ${done.at} are in ${options.data}. Start it: edgewright central --data ${options.data}`,
    )
  return done
}
