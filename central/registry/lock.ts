import { open, readFile, rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { EdgewrightError } from '#core/contracts/errors.ts'

/**
 * Runs `work` while nobody else changes the repository. A lock whose process on this machine is gone is taken over.
 * @throws EdgewrightError repository-refused
 */
export async function locked<T>(dir: string, work: () => Promise<T>): Promise<T> {
  const path = join(dir, '.lock')
  const mine = JSON.stringify({ pid: process.pid, host: hostname() })
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
  if (!(await take())) {
    const by = await holder(path)
    if (by?.alive !== false) throw busy(dir, by)
    await rm(path, { force: true })
    if (!(await take())) throw busy(dir, undefined)
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
  alive: boolean
}

async function holder(path: string): Promise<Holder | undefined> {
  try {
    const { pid, host } = JSON.parse(await readFile(path, 'utf8')) as Holder
    return { pid, host, alive: host !== hostname() || isAlive(pid) }
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
