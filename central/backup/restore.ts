import { createReadStream } from 'node:fs'
import { chmod } from 'node:fs/promises'
import { join, normalize } from 'node:path'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { createZstdDecompress } from 'node:zlib'
import { type Extract, extract, type Header } from 'tar-stream'
import { z } from 'zod'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { writeWhole } from '../registry/files.ts'
import { type Restoring, refused, restoreDatabase } from '../store/backup.ts'

const headSchema = z.object({
  format: z.literal(1),
  version: z.string(),
  at: z.string(),
  database: z.object({
    migrations: z.array(z.string()),
    tables: z.array(z.object({ name: z.string(), columns: z.array(z.string()) })),
    partitions: z.array(z.string()),
    instance: z.string(),
  }),
})
const endSchema = z.object({
  rows: z.record(z.string(), z.int()),
  sequences: z.array(z.object({ name: z.string(), value: z.string() })),
  files: z.int(),
})

export interface RestoreDone {
  /** When it was made, and by which version. */
  at: string
  version: string
  rows: number
  files: number
}

/**
 * Brings a backup into an empty database and an empty folder. `settle` has the folder once it is whole, and may still refuse.
 * @throws EdgewrightError backup-refused; what stands in the folder is then to be thrown away, and the database is empty
 */
export async function readBackup(
  file: string,
  databaseUrl: string,
  dataDir: string,
  settle: () => Promise<void>,
): Promise<RestoreDone> {
  const entries = extract()
  const feeding = pipeline(createReadStream(file), createZstdDecompress(), entries)
  // Told by the loop below, which it ends.
  feeding.catch(() => undefined)
  let head: z.infer<typeof headSchema> | undefined
  let end: z.infer<typeof endSchema> | undefined
  let database: Restoring | undefined
  let files = 0
  try {
    for await (const { header, entry } of both(entries)) {
      const { name, mode = 0o600 } = header
      const [kind, ...rest] = name.split('/')
      if (name === 'head.json') {
        head = headSchema.parse(JSON.parse(await text(entry)))
        database = await restoreDatabase(databaseUrl, head.database)
      } else if (name === 'end.json') end = endSchema.parse(JSON.parse(await text(entry)))
      else if (kind === 'tables' && database) await database.chunk(rest[0] ?? '', entry)
      else if (kind === 'data') {
        const path = inside(dataDir, rest.join('/'))
        await writeWhole(path, entry, mode & 0o777)
        await chmod(path, mode & 0o777)
        files += 1
      } else throw refused(`it holds "${name.slice(0, 100)}", which this version does not know`)
    }
    await feeding
    if (!head || !end || !database) throw refused('it ends too early')
    if (end.files !== files) throw refused(`it should hold ${end.files} files, and holds ${files}`)
    await settle()
    await database.commit(end)
    const rows = Object.values(end.rows).reduce((sum, n) => sum + n, 0)
    return { at: head.at, version: head.version, rows, files }
  } catch (error) {
    if (error instanceof EdgewrightError) throw error
    const why = error instanceof z.ZodError ? 'its description does not fit' : (error as Error).message
    throw refused(why, { cause: error })
  } finally {
    await database?.close()
  }
}

/** tar-stream's entries are streams that only lack the name. */
async function* both(entries: Extract): AsyncGenerator<{ header: Header; entry: Readable }> {
  for await (const entry of entries) yield { header: entry.header, entry: entry as unknown as Readable }
}

function inside(dataDir: string, path: string): string {
  const clean = normalize(path)
  if (clean !== path || path === '' || path.startsWith('/') || path.split(/[\\/]/).includes('..'))
    throw refused(`it holds a file "${path.slice(0, 100)}"`)
  return join(dataDir, clean)
}
