import { type ChildProcess, fork } from 'node:child_process'
import type { FromLane, ToLane } from './protocol.ts'

export interface LaneChild {
  readonly pid: number | undefined
  /** Resolves when the process is gone, or could not be started. */
  readonly gone: Promise<void>
  send(message: ToLane): void
  kill(): void
}

const stderrKept = 2000

/**
 * Forks the process of a lane. `ended` is called once, never from within this call, however the process ends: one that
 * cannot be started (no memory, no free descriptor) throws or emits 'error', and then no 'exit'.
 * `lastWords` is the last line of its stderr. Nothing is heard after the end.
 */
export function startChild(
  script: string,
  heard: (message: FromLane) => void,
  ended: (how: string, lastWords: string) => void,
): LaneChild {
  let child: ChildProcess | undefined
  let over = false
  let stderr = ''
  const { promise: gone, resolve } = Promise.withResolvers<void>()
  const end = (how: string) => {
    if (over) return
    over = true
    resolve()
    ended(how, stderr.trim().split('\n').at(-1) ?? '')
  }
  const cannotStart = (error: Error) => end(`its process cannot be started: ${error.message}`)
  try {
    child = fork(script, [], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      execArgv: [],
    })
    child.on('error', (error) => {
      // With a pid it is a kill or a message that failed, and an 'exit' follows.
      if (child?.pid === undefined) cannotStart(error)
    })
    child.on('exit', (code, signal) => end(`its process ended (${signal ?? `status ${code}`})`))
    child.on('message', (message: FromLane) => {
      if (!over) heard(message)
    })
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-stderrKept)
    })
  } catch (error) {
    process.nextTick(cannotStart, error)
  }
  const kill = () => child?.kill('SIGKILL')
  const send = (message: ToLane) => {
    try {
      // A send that fails means that the process is going; its end brings the request to the successor.
      if (child?.connected) child.send(message, () => undefined)
    } catch {
      kill()
    }
  }
  return { pid: child?.pid, gone, send, kill }
}
