import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { edgewright, entry } from '../command.ts'
import { freePort } from './free-port.ts'
import { type Program, startProgram } from './program.ts'

/** Where a central lives that is killed again and again: its folders, its database, its one address. */
export interface CentralHome {
  port: number
  databaseUrl: () => string
  token: () => string
  start: () => Promise<Program>
  /** kill -9 of the database server; of one that others use too, the end of all its connections to this database. */
  killDatabase: () => Promise<void>
  /** No byte more fits; undefined: that cannot be made here. */
  fill: (() => void) | undefined
  empty: () => void
  backUp: () => Promise<void>
  hasBackup: () => boolean
  /** Of the last backup, as a central that takes the place of this one, which must not run. */
  restore: () => Promise<void>
  remove: () => Promise<void>
}

const roomMb = 3_000
const run = (command: string, ...args: string[]) => {
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`)
}

/** Whether this process may give a folder a size of its own. */
export const canFill = process.platform === 'linux' && process.getuid?.() === 0

/** `serverUrl`: of a PostgreSQL that is there; absent: the embedded one. `publicUrl`: the line that machines know. */
export async function centralHome({
  serverUrl,
  publicUrl,
}: {
  serverUrl?: string
  publicUrl: string
}): Promise<CentralHome> {
  const dir = mkdtempSync(join(tmpdir(), 'edgewright-fleet-'))
  chmodSync(dir, 0o711)
  const room = join(dir, 'room')
  mkdirSync(room, { mode: 0o711 })
  const sized = serverUrl === undefined && canFill
  if (sized) run('mount', '-t', 'tmpfs', '-o', `size=${roomMb}m,mode=711`, 'tmpfs', room)
  const file = join(dir, 'backup.ewb')
  const port = await freePort()
  let [lives, name] = [0, '']
  const dataDir = () => join(room, `data-${lives}`)
  const admin = async (statement: string) => {
    const client = new pg.Client({ connectionString: serverUrl })
    await client.connect()
    await client.query(statement).finally(() => client.end())
  }
  const newDatabase = async () => {
    name = `fleet_${process.pid}_${Date.now()}`
    if (serverUrl !== undefined) await admin(`CREATE DATABASE ${name}`)
  }
  const dropDatabase = async () => {
    if (serverUrl !== undefined) await admin(`DROP DATABASE ${name} WITH (FORCE)`)
  }
  const urlOfServer = () => serverUrl!.replace(/\/[^/]*$/, `/${name}`)
  const env = () => ({ DATABASE_URL: serverUrl === undefined ? '' : urlOfServer() })
  const command = async (...args: string[]) => {
    const before = process.env['DATABASE_URL']
    process.env['DATABASE_URL'] = env().DATABASE_URL
    try {
      const { status, stderr } = await edgewright(dir, ...args)
      if (status !== 0) throw new Error(`edgewright ${args.join(' ')}: ${stderr}`)
    } finally {
      if (before === undefined) delete process.env['DATABASE_URL']
      else process.env['DATABASE_URL'] = before
    }
  }
  await newDatabase()

  return {
    port,
    databaseUrl: () => {
      if (serverUrl !== undefined) return urlOfServer()
      const kept = JSON.parse(readFileSync(join(dataDir(), 'database.json'), 'utf8')) as {
        port: number
        password: string
      }
      return `postgres://edgewright:${kept.password}@127.0.0.1:${kept.port}/edgewright`
    },
    token: () => readFileSync(join(dataDir(), 'token'), 'utf8').trim(),
    start: () =>
      startProgram(
        [entry, 'central', '--data', dataDir(), '--port', String(port), '--public-url', publicUrl],
        env(),
      ),
    killDatabase: async () => {
      if (serverUrl !== undefined)
        return admin(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`)
      const path = join(dataDir(), 'db', 'postmaster.pid')
      if (existsSync(path)) killQuietly(Number.parseInt(readFileSync(path, 'utf8'), 10))
    },
    fill: sized ? () => run('mount', '-o', `remount,size=${usedKb(room) + 64}k`, room) : undefined,
    empty: () => {
      if (sized) run('mount', '-o', `remount,size=${roomMb}m`, room)
    },
    backUp: () => {
      rmSync(file, { force: true })
      return command('central', 'backup', file, '--data', dataDir())
    },
    hasBackup: () => existsSync(file),
    restore: async () => {
      const before = dataDir()
      await stopOrphan(before)
      await dropDatabase()
      await newDatabase()
      lives += 1
      await command('central', 'restore', file, '--data', dataDir())
      rmSync(before, { recursive: true, force: true })
    },
    remove: async () => {
      await stopOrphan(dataDir())
      await dropDatabase().catch(() => undefined)
      if (sized) run('umount', '-l', room)
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

/** A database whose central was killed goes on: it ends as if the machine had lost its power. */
async function stopOrphan(dataDir: string): Promise<void> {
  const path = join(dataDir, 'db', 'postmaster.pid')
  if (existsSync(path)) killQuietly(Number.parseInt(readFileSync(path, 'utf8'), 10))
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended already.
  }
}

function usedKb(path: string): number {
  const { blocks, bfree, bsize } = statfsSync(path)
  return Math.ceil(((blocks - bfree) * bsize) / 1024)
}
