import type { Readable, Writable } from 'node:stream'
import { finished, pipeline } from 'node:stream/promises'
import pg from 'pg'
import { from as copyFrom, to as copyTo } from 'pg-copy-streams'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { openDatabase } from './database.ts'
import { migrations } from './migrations/index.ts'

/** What a dump says of itself before its rows; restored by any later version, on any PostgreSQL that Edgewright runs on. */
export interface DumpHead {
  /** Migrations that had made its tables, in their order. */
  migrations: string[]
  /** In an order in which no row comes before the one that it refers to. */
  tables: { name: string; columns: string[] }[]
  /** SQL of the partitions that there were. */
  partitions: string[]
  instance: string
}
export interface DumpTail {
  rows: Record<string, number>
  sequences: { name: string; value: string }[]
}

/** Of this server and this browser only; a restored central gives out new ones. */
const leftOut = ['kysely_migration', 'kysely_migration_lock', 'sessions', 'sign_in_codes']
const chunkBytes = 8 << 20

interface Sink {
  head: (head: DumpHead) => Promise<void>
  /** A piece of a table in COPY's text form; cut anywhere. */
  chunk: (table: string, bytes: Buffer) => Promise<void>
}

/** The whole database as it stood at one moment; whoever works on it goes on. */
export async function dumpDatabase(connectionString: string, sink: Sink): Promise<DumpTail> {
  const client = new pg.Client({ connectionString, application_name: 'edgewright backup' })
  await client.connect()
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    const head = await headOf(client)
    await sink.head(head)
    const rows: Record<string, number> = {}
    for (const { name, columns } of head.tables) {
      const stream = client.query(
        copyTo(`COPY (SELECT ${columns.map(quoted).join(', ')} FROM ${quoted(name)}) TO STDOUT`),
      )
      let [waiting, bytes]: [Buffer[], number] = [[], 0]
      for await (const piece of stream as AsyncIterable<Buffer>) {
        waiting.push(piece)
        bytes += piece.length
        if (bytes < chunkBytes) continue
        await sink.chunk(name, Buffer.concat(waiting))
        ;[waiting, bytes] = [[], 0]
      }
      if (bytes > 0) await sink.chunk(name, Buffer.concat(waiting))
      rows[name] = stream.rowCount
    }
    // Sequences stand outside transactions: read last, none is behind the rows.
    const sequences = await client.query<{ name: string; value: string | null }>(
      'SELECT sequencename AS name, last_value::text AS value FROM pg_sequences WHERE schemaname = current_schema() ORDER BY 1',
    )
    await client.query('COMMIT')
    return {
      rows,
      sequences: sequences.rows.flatMap(({ name, value }) => (value === null ? [] : [{ name, value }])),
    }
  } finally {
    await client.end()
  }
}

async function headOf(client: pg.Client): Promise<DumpHead> {
  const tables = await client.query<{ name: string; columns: string[]; refers: string[] }>(
    `SELECT c.relname::text AS name,
       (SELECT array_agg(a.attname::text ORDER BY a.attnum) FROM pg_attribute a
         WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '') AS columns,
       ARRAY(SELECT DISTINCT f.confrelid::regclass::text FROM pg_constraint f
         WHERE f.conrelid = c.oid AND f.contype = 'f' AND f.confrelid <> c.oid) AS refers
     FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
       AND NOT c.relispartition AND c.relname <> ALL ($1) ORDER BY 1`,
    [leftOut],
  )
  const partitions = await client.query<{ name: string; of: string; bound: string }>(
    `SELECT c.relname::text AS name, p.relname::text AS of, pg_get_expr(c.relpartbound, c.oid) AS bound
     FROM pg_class c JOIN pg_inherits i ON i.inhrelid = c.oid JOIN pg_class p ON p.oid = i.inhparent
     WHERE c.relnamespace = current_schema()::regnamespace AND c.relispartition AND c.relkind = 'r' ORDER BY 1`,
  )
  const applied = await client.query<{ name: string }>('SELECT name FROM kysely_migration ORDER BY name')
  const instance = await client.query<{ id: string }>('SELECT id FROM instance')
  return {
    migrations: applied.rows.map(({ name }) => name),
    tables: inOrder(tables.rows).map(({ name, columns }) => ({ name, columns })),
    partitions: partitions.rows.map(
      ({ name, of, bound }) =>
        `CREATE TABLE IF NOT EXISTS ${quoted(name)} PARTITION OF ${quoted(of)} ${bound}`,
    ),
    instance: instance.rows[0]?.id ?? '',
  }
}

/** Each table after those that it refers to. */
export function inOrder<T extends { name: string; refers: string[] }>(tables: readonly T[]): T[] {
  const done = new Map<string, T>()
  while (done.size < tables.length) {
    const next = tables.find(
      ({ name, refers }) =>
        !done.has(name) &&
        refers.every((other) => done.has(other) || !tables.some((each) => each.name === other)),
    )
    if (!next) throw new EdgewrightError('internal', 'tables refer to each other in a circle')
    done.set(next.name, next)
  }
  return [...done.values()]
}

export interface Restoring {
  chunk: (table: string, bytes: Readable) => Promise<void>
  /** Everything is there: keeps it. */
  commit: (tail: DumpTail) => Promise<void>
  /** Ends it; what was not committed is gone. */
  close: () => Promise<void>
}

/**
 * Brings the rows of a dump into an empty database, then its tables up to date.
 * @throws EdgewrightError backup-refused
 */
export async function restoreDatabase(connectionString: string, head: DumpHead): Promise<Restoring> {
  const unknown = head.migrations.filter((name) => !(name in migrations))
  const last = head.migrations.at(-1)
  if (unknown.length > 0 || last === undefined)
    throw refused(`it was written by a newer version (${unknown.join(', ') || 'no migrations'})`, {
      hint: 'Restore it with the version that wrote it, or a newer one.',
    })
  const failed = () => undefined
  await (await openDatabase(connectionString, { connections: 1, failed, to: last })).close()
  const client = new pg.Client({ connectionString, application_name: 'edgewright restore' })
  client.on('error', failed)
  await client.connect()
  const known = await headOf(client)
  for (const { name } of known.tables) {
    const { rowCount } = await client.query(`SELECT FROM ${quoted(name)} LIMIT 1`)
    if (rowCount) {
      await client.end()
      throw refused(`the database is not empty: table ${name} has rows`, {
        hint: 'Restore into an empty database or data folder.',
      })
    }
  }
  await client.query('BEGIN')
  for (const statement of head.partitions) await client.query(statement)
  const columnsOf = new Map(head.tables.map(({ name, columns }) => [name, columns]))
  let open: { table: string; stream: Writable & { rowCount: number } } | undefined
  const rows: Record<string, number> = {}

  const end = async () => {
    if (!open) return
    open.stream.end()
    await finished(open.stream)
    rows[open.table] = open.stream.rowCount
    open = undefined
  }
  return {
    chunk: async (table, bytes) => {
      if (open?.table !== table) {
        await end()
        const columns = columnsOf.get(table)
        if (!columns) throw refused(`it has rows of a table "${table}" that it does not name`)
        const into = `COPY ${quoted(table)} (${columns.map(quoted).join(', ')}) FROM STDIN`
        open = { table, stream: client.query(copyFrom(into)) }
        // Told by whoever writes next, or ends it.
        open.stream.on('error', failed)
      }
      await pipeline(bytes, open.stream, { end: false })
    },
    commit: async (tail) => {
      await end()
      for (const [name, wanted] of Object.entries(tail.rows))
        if ((rows[name] ?? 0) !== wanted)
          throw refused(`table ${name} should have ${wanted} rows, and has ${rows[name] ?? 0}`)
      for (const { name, value } of tail.sequences)
        await client.query('SELECT setval($1::regclass, $2::bigint)', [quoted(name), value])
      // At the next start another life begins (store/instance.ts).
      await client.query("UPDATE instance SET system = 'restored'")
      await client.query('COMMIT')
      await (await openDatabase(connectionString, { connections: 1, failed })).close()
    },
    close: () => client.end(),
  }
}

export const refused = (why: string, options: { hint?: string; cause?: unknown } = {}) =>
  new EdgewrightError('backup-refused', `the backup cannot be restored: ${why}`, options)

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`
