import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'

/** What becomes of the nth call of a thread. */
export type Injection = { signal: 'SIGKILL' } | { error: 'EIO' | 'EROFS' | 'ENOSPC' }

export interface Point {
  /** The runtime's own thread (journal), or that of its file operations; it needs UV_THREADPOOL_SIZE=1, else it is several. */
  thread: 'main' | 'files'
  /** One or several, with commas. */
  call: string
  /** Counted per call from the moment of attaching, from 1; `3+`: from the third on. */
  nth: number | `${number}+`
}

export const pointInWords = ({ thread, call, nth }: Point) => `${call} no. ${nth} of the ${thread} thread`

/** The thread's own id, proc(5). */
function threadOf(pid: number, thread: Point['thread']): number {
  if (thread === 'main') return pid
  const found = readdirSync(`/proc/${pid}/task`).filter(
    (task) => readFileSync(`/proc/${pid}/task/${task}/comm`, 'utf8').trim() === 'libuv-worker',
  )
  if (found.length !== 1) throw new Error(`process ${pid} has ${found.length} threads for files, not one`)
  return Number(found[0])
}

export interface Trace {
  /** Lets the process go on alone; what strace has written. */
  end(): Promise<string>
}

/** strace(1) on one thread of a running process. Resolves once it sees every call. */
export async function attach(pid: number, into: string, point: Point, injection?: Injection): Promise<Trace> {
  const expression = [`trace=${point.call}`]
  if (injection) {
    const fault = 'signal' in injection ? `signal=${injection.signal}` : `error=${injection.error}`
    expression.push(`inject=${point.call}:${fault}:when=${point.nth}`)
  }
  return tracing(into, [
    '-y',
    '-p',
    String(threadOf(pid, point.thread)),
    ...expression.flatMap((e) => ['-e', e]),
  ])
}

/** Every call of all threads of a process, and of what it starts; `killAtFsync`: up to the nth fsync of any thread. */
export function record(pid: number, into: string, calls: string, killAtFsync?: number): Promise<Trace> {
  const kill = killAtFsync === undefined ? [] : ['-e', `inject=fsync:signal=SIGKILL:when=${killAtFsync}`]
  return tracing(into, ['-f', '-y', '-s', '0', '-p', String(pid), '-e', `trace=${calls}`, ...kill])
}

async function tracing(into: string, args: string[]): Promise<Trace> {
  const child = spawn('strace', ['-o', into, ...args], { stdio: ['ignore', 'ignore', 'pipe'] })
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  await attached(child)
  return {
    async end() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGINT')
      await gone
      return existsSync(into) ? readFileSync(into, 'utf8') : ''
    },
  }
}

function attached(child: ChildProcess): Promise<void> {
  let said = ''
  return new Promise((resolve, reject) => {
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text
      if (/attached/.test(said)) resolve()
    })
    child.once('exit', () => reject(new Error(`strace ended: ${said}`)))
  })
}
