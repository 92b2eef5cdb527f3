import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach } from 'vitest'

const running = new Set<ChildProcessWithoutNullStreams>()
afterEach(() => {
  for (const child of running) child.kill('SIGKILL')
  running.clear()
})

export interface Child {
  process: ChildProcessWithoutNullStreams
  /** The next whole line of stdout; undefined when there is none any more. */
  line(): Promise<string | undefined>
  /** Ends it as a power cut would, and waits until it is gone. Lines that it wrote before can still be read. */
  kill(): Promise<void>
}

/** Starts a script of `children/`; `shell` runs before it in the same process, for limits. */
export function startChild(name: string, args: string[], shell = ''): Child {
  const script = fileURLToPath(new URL(`children/${name}.ts`, import.meta.url))
  const child = spawn('/bin/sh', ['-c', `${shell} exec "$@"`, 'sh', process.execPath, script, ...args])
  running.add(child)
  child.stderr.pipe(process.stderr)
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    process: child,
    async line() {
      const { value, done } = await lines.next()
      return done ? undefined : (value as string)
    },
    async kill() {
      child.kill('SIGKILL')
      await closed
      running.delete(child)
    },
  }
}
