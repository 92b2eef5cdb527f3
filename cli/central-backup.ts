import type { BackupDone } from '#central/backup/backup.ts'
import { backUp, type Restored, restore as restoreFolder } from '#central/backup/folder.ts'
import type { RestoredRepository } from '#central/backup/newer-repository.ts'
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

export async function restore(
  io: Io,
  file: string,
  options: { data?: string; repository?: string },
): Promise<Restored> {
  const { data, repository } = options
  const done = await restoreFolder({
    ...parts(io, file, data),
    ...(repository !== undefined && { repository: userPath(io, repository) }),
  })
  if (io.json) return done
  io.print(`${done.rows} rows and ${done.files} files of ${done.at} are in ${data}.`)
  if (done.repository) for (const line of inWords(done.repository, repository)) io.note(line)
  io.print(`Start it: edgewright central --data ${data}`)
  return done
}

function inWords(
  { timestamp, backedUp, isTaken, lacking }: RestoredRepository,
  from: string | undefined,
): string[] {
  if (isTaken)
    return [
      `Its signed repository is that of ${from}: timestamp ${timestamp}, where the backup had ${backedUp}.`,
      ...lacking.map((path) => `Nobody brought the bytes of ${path}: publish that file again.`),
    ]
  return [
    from === undefined
      ? `Its signed repository is as it was then: timestamp ${timestamp}.`
      : `${from} holds nothing newer than the backup: timestamp ${timestamp}.`,
    'Machines that have seen a newer one refuse this one as going back, and go on with what runs.',
    'If anything was signed since, do not start it: restore again, with --repository DIR, the newest copy of DATA/repository or a stick.',
  ]
}
