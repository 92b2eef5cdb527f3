import { createWriteStream } from 'node:fs'
import { open, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { constants, createZstdCompress } from 'node:zlib'
import { pack } from 'tar-stream'
import { syncFolder } from '../registry/files.ts'
import { type DumpTail, dumpDatabase } from '../store/backup.ts'
import { version } from '../version.ts'

/**
 * A backup is a tar, zstd with checksums: `head.json`, `tables/NAME/N` (COPY's text, in pieces), `data/…` (the data folder but for the
 * database's own files), `end.json`. The signed repository is read after the database, so that it is never the older of the two:
 * machines accept no metadata older than what they have seen.
 */
export interface BackupDone {
  rows: number
  tables: number
  files: number
  bytes: number
}

/** Of the data folder: the database is dumped, and the rest says how this process can be reached. */
const leftOut = new Set(['db', 'db.making', 'database.json', 'central.json'])

/** Writes beside `file` and renames: a file of that name is whole. */
export async function writeBackup(
  databaseUrl: string,
  dataDir: string,
  file: string,
  now: number,
): Promise<BackupDone> {
  const beside = `${file}.part`
  const tar = pack()
  const add = (name: string, body: string | Buffer) =>
    new Promise<void>((resolve, reject) =>
      tar.entry({ name, mode: 0o600, mtime: new Date(now) }, body, (error) =>
        error ? reject(error) : resolve(),
      ),
    )
  const work = async (): Promise<BackupDone> => {
    const parts = new Map<string, number>()
    const tail: DumpTail = await dumpDatabase(databaseUrl, {
      head: (database) =>
        add('head.json', JSON.stringify({ format: 1, version, at: new Date(now).toISOString(), database })),
      chunk: (table, bytes) => {
        const n = (parts.get(table) ?? 0) + 1
        parts.set(table, n)
        return add(`tables/${table}/${String(n).padStart(6, '0')}`, bytes)
      },
    })
    const files = await filesIn(dataDir)
    let bytes = 0
    for (const path of files) bytes += await addFile(tar, dataDir, path)
    await add('end.json', JSON.stringify({ ...tail, files: files.length }))
    tar.finalize()
    const rows = Object.values(tail.rows).reduce((sum, n) => sum + n, 0)
    return { rows, tables: Object.keys(tail.rows).length, files: files.length, bytes }
  }
  try {
    const zstd = createZstdCompress({ params: { [constants.ZSTD_c_checksumFlag]: 1 } })
    const written = pipeline(tar, zstd, createWriteStream(beside, { mode: 0o600, flush: true }))
    const [done] = await Promise.all([
      work().catch((error: Error) => {
        tar.destroy(error)
        throw error
      }),
      written,
    ])
    await rename(beside, file)
    await syncFolder(dirname(file))
    return done
  } catch (error) {
    await rm(beside, { force: true })
    throw error
  }
}

async function filesIn(dataDir: string): Promise<string[]> {
  const entries = await readdir(dataDir, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.part'))
    .map((entry) => join(entry.parentPath, entry.name).slice(dataDir.length + 1))
    .filter((path) => !leftOut.has(path.split(/[\\/]/)[0] ?? ''))
    .sort()
}

/** As it is at this moment: what replaces it meanwhile is another file of the same name. */
async function addFile(tar: ReturnType<typeof pack>, dataDir: string, path: string): Promise<number> {
  const file = await open(join(dataDir, path), 'r')
  try {
    const { size, mode, mtime } = await file.stat()
    const entry = tar.entry({ name: `data/${path.replaceAll('\\', '/')}`, size, mode: mode & 0o777, mtime })
    const stream = file.createReadStream({ autoClose: false, start: 0, end: Math.max(0, size - 1) })
    if (size === 0) entry.end(Buffer.alloc(0))
    else await pipeline(stream, entry)
    return size
  } finally {
    await file.close()
  }
}
