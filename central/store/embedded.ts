import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, chown, mkdir, mkdtemp, readFile, readlink, rename, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { z } from 'zod'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { Log } from '../central.ts'
import { writeWhole } from '../registry/files.ts'
import { launch, type Programs, programs, type RunAs, runAs, told } from './postgres-programs.ts'

/** PostgreSQL of its own, with its files in `DATA/db`, reached over loopback with a password that only DATA's owner can read. */
export interface EmbeddedServer {
  url: string
  /** In order: connections are ended, everything is written. */
  close: () => Promise<void>
}

const kept = z.object({ port: z.int(), password: z.string() })
type Kept = z.infer<typeof kept>

const [user, database] = ['edgewright', 'edgewright']
const pollMs = 30
const restartMs = 1_000
/** After a crash it replays its log first, however long that takes; but a server that says nothing at all hangs. */
const startMs = 600_000

/** @throws EdgewrightError database-unreachable */
export async function startEmbedded(dataDir: string, log: Log): Promise<EmbeddedServer> {
  const dir = join(dataDir, 'db')
  const bin = await programs()
  // Where its user is another than ours it must get through; what else lies there is for its owner only, file by file.
  if (process.getuid?.() === 0) await chmod(dataDir, 0o711)
  const as = await runAs([dataDir, bin.postgres])
  if (as.passes)
    log.warn(
      { dataDir },
      'the user "postgres" cannot get through to the database: it runs with the right to pass closed folders',
    )
  const settings = await keptOf(dataDir, dir)
  if (!existsSync(join(dir, 'PG_VERSION'))) await initialise(dir, bin, as, settings.password)
  else await endOrphan(dir, bin, as)
  if (!(await isFree(settings.port))) {
    settings.port = await freePort()
    await keep(dataDir, settings)
  }
  const urlOf = (name: string) => `postgres://${user}:${settings.password}@127.0.0.1:${settings.port}/${name}`

  let closing = false
  let child: ChildProcess
  const run = async (): Promise<void> => {
    child = await started(dir, bin, as, settings.port)
    child.once('exit', (status) => {
      if (!closing) void again(status)
    })
  }
  const again = async (status: number | null): Promise<void> => {
    log.error({ status }, 'the embedded database ended by itself; it is started again')
    while (!closing) {
      await wait(restartMs)
      try {
        if (!closing) return await run()
      } catch (error) {
        log.error({ err: error }, 'the embedded database does not start')
      }
    }
  }
  await run()
  await createDatabase(urlOf('postgres'))
  return {
    url: urlOf(database),
    close: async () => {
      closing = true
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = new Promise((resolve) => child.once('exit', resolve))
      await told(as, bin.pg_ctl, ['-D', dir, 'stop', '-m', 'fast', '-w'], { cwd: dir })
      await ended
    },
  }
}

/** Of the server that runs on a data folder already; undefined: none answers. */
export async function runningUrl(dataDir: string): Promise<string | undefined> {
  const path = join(dataDir, 'database.json')
  if (!existsSync(path)) return undefined
  const { port, password } = kept.parse(JSON.parse(await readFile(path, 'utf8')))
  const url = urlTo(port, password, database)
  return (await answers(url)) ? url : undefined
}

const urlTo = (port: number, password: string, name: string) =>
  `postgres://${user}:${password}@127.0.0.1:${port}/${name}`

async function keptOf(dataDir: string, dir: string): Promise<Kept> {
  const path = join(dataDir, 'database.json')
  if (existsSync(path)) {
    const parsed = kept.safeParse(JSON.parse(await readFile(path, 'utf8')))
    if (parsed.success) return parsed.data
    throw new EdgewrightError('database-unreachable', `${path} is damaged`, {
      hint: 'It holds the password of the database beside it: put it back from a copy, or restore a backup into another data folder.',
    })
  }
  if (existsSync(join(dir, 'PG_VERSION')))
    throw new EdgewrightError('database-unreachable', `${path} is missing`, {
      hint: 'It holds the password of the database beside it: put it back from a copy, or restore a backup into another data folder.',
    })
  const made = { port: await freePort(), password: randomBytes(24).toString('base64url') }
  await keep(dataDir, made)
  return made
}

const keep = (dataDir: string, settings: Kept) =>
  writeWhole(join(dataDir, 'database.json'), `${JSON.stringify(settings)}\n`, 0o600)

/** Made beside and renamed: a folder that is called `db` is whole. */
async function initialise(dir: string, bin: Programs, as: RunAs, password: string): Promise<void> {
  const making = `${dir}.making`
  await rm(making, { recursive: true, force: true })
  await mkdir(making, { mode: 0o700 })
  const secret = await mkdtemp(join(tmpdir(), 'edgewright-db-'))
  const passwordFile = join(secret, 'password')
  try {
    await writeFile(passwordFile, `${password}\n`, { mode: 0o600 })
    if (as.user)
      for (const path of [making, secret, passwordFile]) await chown(path, as.user.uid, as.user.gid)
    const { status, text } = await told(
      as,
      bin.initdb,
      [
        ...['--pgdata', making, '--username', user, '--pwfile', passwordFile, '--auth', 'scram-sha-256'],
        ...['--encoding', 'UTF8', '--locale', 'C', '--locale-provider', 'builtin'],
        ...['--builtin-locale', 'C.UTF-8'],
        // One call for the file system in place of one for each of a thousand files.
        ...(process.platform === 'linux' ? ['--sync-method', 'syncfs'] : []),
      ],
      { cwd: secret },
    )
    if (status !== 0)
      throw new EdgewrightError(
        'database-unreachable',
        `the database in ${dir} could not be made: ${text.match(/error: (.*)/)?.[1] ?? text.trim()}`,
        {
          hint: 'Check that the folder can be written and that the disk has 100 MB; or name a server with DATABASE_URL.',
        },
      )
    await rename(making, dir)
  } finally {
    await rm(secret, { recursive: true, force: true })
  }
}

/** A server whose central was killed goes on: it is stopped in order. What a dead one left behind PostgreSQL clears up itself. */
async function endOrphan(dir: string, bin: Programs, as: RunAs): Promise<void> {
  const path = join(dir, 'postmaster.pid')
  if (!existsSync(path)) return
  const pid = Number.parseInt(await readFile(path, 'utf8'), 10)
  // After a restart of the machine (or container) the number may be that of anybody.
  if (process.platform === 'linux' && (await readlink(`/proc/${pid}/cwd`).catch(() => '')) !== dir) {
    await rm(path)
    return
  }
  await told(as, bin.pg_ctl, ['-D', dir, 'stop', '-m', 'fast', '-w', '-t', '600'], { cwd: dir })
}

async function started(dir: string, bin: Programs, as: RunAs, port: number): Promise<ChildProcess> {
  const set = (name: string, value: string) => ['-c', `${name}=${value}`]
  const child = launch(
    as,
    bin.postgres,
    [
      ...['-D', dir, '-p', String(port)],
      ...set('listen_addresses', '127.0.0.1'),
      ...set('unix_socket_directories', ''),
      ...set('timezone', 'UTC'),
      ...(process.platform === 'linux' ? set('recovery_init_sync_method', 'syncfs') : []),
      // A week of its own log, in db/log.
      ...set('logging_collector', 'on'),
      ...set('log_filename', 'postgresql-%a.log'),
      ...set('log_truncate_on_rotation', 'on'),
      ...set('log_timezone', 'UTC'),
    ],
    // Of a group of its own: a Ctrl-C in the terminal is for central, which then stops it.
    { cwd: dir, detached: true, stdio: ['ignore', 'ignore', 'pipe'] },
  )
  let said = ''
  child.stderr?.on('data', (data) => {
    said = `${said}${data}`.slice(-2000)
  })
  let gone = false
  child.once('error', (error) => {
    said += error.message
    gone = true
  })
  child.once('exit', () => {
    gone = true
  })
  for (let waited = 0; waited < startMs; waited += pollMs) {
    await wait(pollMs)
    if (gone) break
    if (await isReady(dir, child)) return child
  }
  child.kill('SIGINT')
  throw new EdgewrightError(
    'database-unreachable',
    `the database in ${dir} does not start: ${said.trim() || 'it says nothing'}`,
    { hint: `Look into ${join(dir, 'log')}, and check the disk.` },
  )
}

/** As it says in its own file: the process first, "ready" in the eighth line. */
async function isReady(dir: string, { pid }: ChildProcess): Promise<boolean> {
  const text = await readFile(join(dir, 'postmaster.pid'), 'utf8').catch(() => '')
  const lines = text.split('\n')
  return lines[0] === String(pid) && lines[7]?.trim() === 'ready'
}

async function answers(connectionString: string): Promise<boolean> {
  const client = new pg.Client({ connectionString })
  client.on('error', () => undefined)
  try {
    await client.connect()
    return true
  } catch {
    return false // Not yet.
  } finally {
    await client.end().catch(() => undefined)
  }
}

async function createDatabase(connectionString: string): Promise<void> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [database])
    if (rowCount === 0) await client.query(`CREATE DATABASE ${database}`)
  } finally {
    await client.end()
  }
}

const listening = (port: number) =>
  new Promise<number | undefined>((resolve) => {
    const server = createServer().once('error', () => resolve(undefined))
    server.listen(port, '127.0.0.1', () => {
      const at = server.address()
      server.close(() => resolve(typeof at === 'object' && at !== null ? at.port : undefined))
    })
  })

const isFree = async (port: number) => (await listening(port)) !== undefined

async function freePort(): Promise<number> {
  const port = await listening(0)
  if (port !== undefined) return port
  throw new EdgewrightError('database-unreachable', 'no port of this machine is free for the database')
}
