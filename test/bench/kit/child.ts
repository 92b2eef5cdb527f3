import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { programPath, root } from './root.ts'
import type { Response } from './serve.ts'

/** A process that the benches started. */
export interface Child {
  pid: number
  /** What it said when it was ready. */
  ready: unknown
  ask: <T>(name: string, argument?: unknown) => Promise<T>
  stop: () => Promise<void>
}

export interface StartOptions {
  /** For node, before the script. */
  nodeArgs?: string[]
  args?: string[]
  /** The binary; this process's own by default. */
  node?: string
  /** Whether it can be asked; true by default. */
  ipc?: boolean
  /** Of its environment, beside this process's own. */
  env?: Readonly<Record<string, string>>
}

/** Children that still run; stopped by their pid when the bench ends, however it ends. */
export class Children {
  readonly #running = new Set<ChildProcess>()

  /** Starts one of test/bench/programs and waits until it is ready. */
  async program(name: string, options: StartOptions = {}): Promise<Child> {
    const process_ = this.spawn(programPath(name), options)
    return this.talk(process_, await readyOf(process_, name))
  }

  spawn(
    script: string,
    { nodeArgs = [], args = [], node = process.execPath, ipc = true, env }: StartOptions = {},
  ): ChildProcess {
    const child = spawn(node, [...nodeArgs, script, ...args], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit', ...(ipc ? (['ipc'] as const) : [])],
      serialization: 'advanced',
      env: { ...process.env, ...env },
    })
    this.#running.add(child)
    child.once('exit', () => this.#running.delete(child))
    return child
  }

  talk(child: ChildProcess, ready: unknown = null): Child {
    let next = 1
    const waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>()
    child.on('message', (message: Response) => {
      if ('ready' in message) return
      const asked = waiting.get(message.id)
      waiting.delete(message.id)
      if ('error' in message) asked?.reject(new Error(message.error))
      else asked?.resolve(message.value as never)
    })
    child.once('exit', (code, signal) => {
      for (const { reject } of waiting.values())
        reject(new Error(`a program of the bench ended (${signal ?? `status ${code}`})`))
    })
    return {
      pid: child.pid!,
      ready,
      ask: (name, argument) =>
        new Promise((resolve, reject) => {
          const id = next++
          waiting.set(id, { resolve, reject })
          child.send({ id, name, argument })
        }),
      stop: () => this.stop(child),
    }
  }

  /** SIGTERM, and SIGKILL to what has not gone after 5 s. */
  async stop(child: ChildProcess): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill('SIGTERM')
    if (await Promise.race([gone.then(() => true), sleep(5000, false)])) return
    child.kill('SIGKILL')
    await gone
  }

  async stopAll(): Promise<void> {
    await Promise.all([...this.#running].map((child) => this.stop(child)))
  }
}

async function readyOf(child: ChildProcess, name: string): Promise<unknown> {
  const said = once(child, 'message').then(([message]) => (message as { ready: unknown }).ready)
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`${name} ended with status ${code} before it was ready`)
  })
  return Promise.race([said, ended])
}
