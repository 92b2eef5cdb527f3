import { open, readFile, rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { EdgewrightError } from '#core/contracts/errors.ts'

const againMs = 50
/** Tells this process from one before it that had the same number, as the first of a container always has. */
const started = Math.round(performance.timeOrigin)

/**
 * Runs `work` while nobody else changes the repository. A lock whose process on this machine is gone is taken over; one that
 * is held is waited for up to `waitMs`.
 * @throws EdgewrightError repository-refused
 */
export async function locked<T>(
  dir: string,
  work: () => Promise<T>,
  { waitMs = 0 }: { waitMs?: number } = {},
): Promise<T> {
  const path = join(dir, '.lock')
  const mine = JSON.stringify({ pid: process.pid, host: hostname(), started })
  const take = async (): Promise<boolean> => {
    try {
      const file = await open(path, 'wx')
      await file.writeFile(mine)
      await file.close()
      return true
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      if (code === 'EEXIST') return false
      throw new EdgewrightError('repository-refused', `${dir} cannot be written: ${message}`, {
        hint: 'Check the path, and that you may write there.',
        cause: error,
      })
    }
  }
  for (let waited = 0; !(await take()); waited += againMs) {
    const by = await holder(path)
    if (by?.alive === false) await rm(path, { force: true })
    else if (waited >= waitMs) throw busy(dir, by)
    else await pause(againMs)
  }
  try {
    return await work()
  } finally {
    await rm(path, { force: true })
  }
}

interface Holder {
  pid: number
  host: string
  started?: number
  alive: boolean
}

async function holder(path: string): Promise<Holder | undefined> {
  try {
    const { pid, host, started: since } = JSON.parse(await readFile(path, 'utf8')) as Holder
    const another = pid === process.pid && since !== undefined && since !== started
    return { pid, host, alive: host !== hostname() || (!another && isAlive(pid)) }
  } catch {
    return undefined // It was let go meanwhile, or is being written.
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

const busy = (dir: string, by: Holder | undefined) =>
  new EdgewrightError(
    'repository-refused',
    `somebody else is changing ${dir}${by ? ` (process ${by.pid} on ${by.host})` : ''}`,
    { hint: `Wait until that is over. If nobody is, remove ${join(dir, '.lock')}.` },
  )
