import { createHash } from 'node:crypto'
import { realpathSync, rmSync } from 'node:fs'
import { connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EdgewrightError } from '#core/contracts/errors.ts'

export interface FolderLock {
  release: () => Promise<void>
}

/**
 * Makes this process the only central of a data folder. What is held is the name of a local socket that stands for the folder, so the
 * operating system lets go of it when the process ends, however it ends. Limit: it is seen on one machine (one container) only; two
 * that share a disk are kept apart by the database (store/only-one.ts).
 * @throws EdgewrightError data-folder-locked
 */
export async function lockDataFolder(dir: string): Promise<FolderLock> {
  const path = socketOf(dir)
  const server = createServer((socket) => socket.end(`${process.pid}\n`).on('error', () => socket.destroy()))
  server.unref()
  if (!(await listens(server, path))) {
    const holder = await whoHolds(path)
    if (holder !== undefined) throw held(dir, holder)
    rmSync(path, { force: true }) // Of a process that is gone; where names go with their process, none is left.
    if (!(await listens(server, path))) throw held(dir, '')
  }
  return { release: () => new Promise((resolve) => server.close(() => resolve())) }
}

/** Linux: the abstract namespace; Windows: a pipe. Both go with the process. Elsewhere a file, which may be left behind. */
function socketOf(dir: string): string {
  const name = `edgewright-central-${createHash('sha256').update(realpathSync(dir)).digest('hex').slice(0, 32)}`
  if (process.platform === 'linux') return `\0${name}`
  if (process.platform === 'win32') return `\\\\.\\pipe\\${name}`
  return join(tmpdir(), name)
}

function listens(server: Server, path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(false) : reject(error)
    server.once('error', failed).listen(path, () => {
      server.off('error', failed)
      resolve(true)
    })
  })
}

/** Its process id; undefined: nobody answers. */
function whoHolds(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    let said = ''
    connect(path)
      .on('data', (data) => {
        said += data.toString()
      })
      .on('end', () => resolve(said.trim()))
      .on('error', () => resolve(undefined))
  })
}

const held = (dir: string, pid: string) =>
  new EdgewrightError(
    'data-folder-locked',
    `another central already uses ${dir}${pid ? `: process ${pid}` : ''}`,
    {
      hint: 'Stop the other one, or choose another folder with --data.',
    },
  )
