import { randomUUID } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { startEmbedded } from '#central/store/embedded.ts'
import { cpuMsOf } from './cpu.ts'

/** A PostgreSQL with its settings as they are, fsync among them. */
export interface BenchDatabase {
  /** Of a database of the bench's own. */
  url: string
  /** In words: which server this is. */
  what: string
  query: <Row extends object>(text: string, values?: unknown[]) => Promise<Row[]>
  /** CPU time of the server with all its processes since it started, ms; NaN where this cannot be known. */
  cpuMs: () => number
  close: () => Promise<void>
}

/** The embedded server of central, in a folder of the bench; or the one at EDGEWRIGHT_BENCH_DATABASE_URL. */
export async function benchDatabase(dir: string): Promise<BenchDatabase> {
  const given = process.env['EDGEWRIGHT_BENCH_DATABASE_URL']
  const silent = { info: () => undefined, warn: () => undefined, error: console.error }
  mkdirSync(dir, { recursive: true })
  const embedded = given === undefined ? await startEmbedded(dir, silent) : undefined
  const server = given ?? embedded!.url
  const name = `bench_${randomUUID().replaceAll('-', '')}`
  await once(server, `CREATE DATABASE ${name}`)
  const url = server.replace(/\/[^/]*$/, `/${name}`)
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => undefined)
  await client.connect()
  const query = async <Row extends object>(text: string, values: unknown[] = []) =>
    (await client.query(text, values)).rows as Row[]
  const [about] = await query<{ version: string; data: string }>(
    "SELECT current_setting('server_version') AS version, current_setting('data_directory') AS data",
  )
  const pid = postmasterOf(about!.data)
  // Where the bench is interrupted, nobody closes it.
  const stop = () => void (embedded && pid !== undefined && process.kill(pid, 'SIGINT'))
  process.once('exit', stop)
  return {
    url,
    query,
    what: `PostgreSQL ${about!.version}${embedded ? ', as central brings it' : ''}`,
    cpuMs: () => (pid === undefined ? Number.NaN : cpuMsOf(pid)),
    close: async () => {
      process.off('exit', stop)
      await client.end()
      await once(server, `DROP DATABASE ${name} WITH (FORCE)`)
      await embedded?.close()
    },
  }
}

async function once(connectionString: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

/** Where the server's folder can be read, which only its owner and root can. */
function postmasterOf(dir: string): number | undefined {
  try {
    return Number.parseInt(readFileSync(join(dir, 'postmaster.pid'), 'utf8'), 10)
  } catch {
    return undefined
  }
}
