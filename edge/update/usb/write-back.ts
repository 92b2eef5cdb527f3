import { createReadStream } from 'node:fs'
import { mkdir, open, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Transform, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { diskTrouble } from '../../journal/disk-trouble.ts'
import { syncFolder } from '../../journal/durable-file.ts'

export interface WriteBackParts {
  machine: () => string
  now: () => number
  /** Writes the audit record, as NDJSON, and ends the stream. */
  exportAudit: (to: Writable) => Promise<unknown>
  logFile: string
  /** Free on the disk that a folder lies on, bytes. */
  freeBytes: (dir: string) => Promise<number>
}

/** Writes the audit record and the runtime's log into a new folder of the drive; gives its path. */
export type WriteBack = (drive: string) => Promise<string>

/** Of the log, its end; of the audit record, all of it or nothing. */
const logBytes = 16 * 1024 ** 2
const auditBytes = 4 * 1024 ** 3
const leastFreeBytes = 4 * 1024 ** 2
const tries = 99

/**
 * Nothing on the drive is overwritten and no link followed: the folder is new, and so is each file in it. All of it is
 * durable when this resolves, and gone where it rejects.
 */
export function writeBackOf(parts: WriteBackParts): WriteBack {
  return async (drive) => {
    let dir: string | undefined
    try {
      const free = await parts.freeBytes(drive)
      if (free < leastFreeBytes)
        throw new EdgewrightError(
          'disk-unwritable',
          `the stick has ${free} bytes free, too few for the record`,
        )
      dir = await freshFolder(drive, folderName(parts.machine(), parts.now()))
      await write(join(dir, 'audit.ndjson'), (to) => parts.exportAudit(to))
      await write(join(dir, 'runtime.log'), (to) => copyEnd(parts.logFile, to))
      await syncIfItCan(dir)
      await syncIfItCan(drive)
      return dir
    } catch (error) {
      if (dir !== undefined) await rm(dir, { recursive: true, force: true }).catch(() => undefined) // as said below
      throw said(error)
    }
  }
}

/** Safe on every file system that sticks have. */
export function folderName(machine: string, nowMs: number): string {
  const name = machine.normalize('NFKD').replace(/[^A-Za-z0-9._-]+/g, '-')
  const plain = name.replace(/^[.-]+|[.-]+$/g, '').slice(0, 60)
  return `edgewright-from-${plain === '' ? 'machine' : plain}-${new Date(nowMs).toISOString().slice(0, 10)}`
}

async function freshFolder(drive: string, name: string): Promise<string> {
  for (let n = 1; n <= tries; n++) {
    const dir = join(drive, n === 1 ? name : `${name}-${n}`)
    try {
      await mkdir(dir)
      return dir
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
  throw new EdgewrightError('disk-unwritable', `the stick holds ${tries} folders named ${name} already`)
}

async function write(path: string, fill: (to: Writable) => Promise<unknown>): Promise<void> {
  await using file = await open(path, 'wx')
  let bytes = 0
  const bounded = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length
      done(
        bytes > auditBytes ? new Error(`more than ${auditBytes} bytes, which sticks cannot hold`) : null,
        chunk,
      )
    },
  })
  const toFile = async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) await file.writeFile(chunk)
  }
  const filling = fill(bounded).catch((error: Error) => {
    bounded.destroy(error)
    throw error
  })
  await Promise.all([filling, pipeline(bounded, toFile)])
  await file.sync()
}

async function copyEnd(path: string, to: Writable): Promise<void> {
  const { size } = await stat(path)
  await pipeline(
    createReadStream(path, { start: Math.max(0, size - logBytes), end: Math.max(0, size - 1) }),
    to,
  )
}

/** Some drivers of FAT and exFAT cannot sync a folder. */
async function syncIfItCan(dir: string): Promise<void> {
  await syncFolder(dir).catch((error: NodeJS.ErrnoException) => {
    if (!['EINVAL', 'ENOTSUP', 'EPERM', 'EACCES', 'EBADF'].includes(error.code ?? '')) throw error
  })
}

const gone = new Set(['ENOENT', 'ENODEV', 'ENXIO', 'ENOTDIR'])

function said(error: unknown): unknown {
  const trouble = diskTrouble(error)
  if (trouble || error instanceof EdgewrightError) return trouble ?? error
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'EACCES' || code === 'EPERM')
    return new EdgewrightError('disk-unwritable', `the stick cannot be written to (${message})`, {
      cause: error,
    })
  if (gone.has(code ?? ''))
    return new EdgewrightError('disk-unwritable', `the stick is not there any more (${message})`, {
      cause: error,
    })
  return error
}
