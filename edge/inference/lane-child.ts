import { type ChildProcess, fork } from 'node:child_process'
import { setPriority } from 'node:os'
import { extname } from 'node:path'
import { limitVariable, overMemory, seesOthers, watchMemory } from './memory-limit.ts'

export interface ForkedChild<To> {
  readonly pid: number | undefined
  /** Resolves when the process is gone, or could not be started. */
  readonly gone: Promise<void>
  send(message: To): void
  kill(): void
}

/** How a process ended. */
export interface ChildEnd {
  /** In words. */
  how: string
  /** The last line of its stderr. */
  lastWords: string
  /** It was ended because it took more memory than it may. */
  overMemory: boolean
}

export interface ChildOptions {
  /** The most resident memory of the process, MiB; one that takes more is killed. */
  memoryMb: number
  /** Where the limit is watched: from here, or by the process itself. By default what the platform can. */
  memoryWatch?: 'outside' | 'inside'
  /** niceness, as os.setPriority takes it, from its first moment on; absent: the runtime's. */
  priority?: number
  /** Of its environment, beside the runtime's own. */
  env?: Readonly<Record<string, string>>
}

/**
 * onnxruntime 1.29 and newer keeps an id of the device and reports sessions to its makers unless this is set before it is
 * loaded (microsoft/onnxruntime#27379): what runs on a machine is nobody's business but its owner's.
 */
const noTelemetry = { ORT_DISABLE_TELEMETRY: '1' }
const stderrKept = 2000
/** Within this long a Ctrl-C that ended a child is heard here, too. */
const interruptMs = 100
/** A line of stderr that says something: no part of a stack, and not the version that Node ends with. */
const isWords = (line: string) => !/^\s*(?:at .*|Node\.js v\S*)?$/.test(line)

/**
 * Forks a process that touches a model's bytes. `ended` is called once, never from within this call, however the process
 * ends: one that cannot be started (no memory, no free descriptor) throws or emits 'error', and then no 'exit'.
 * Nothing is heard after the end.
 */
export function startChild<To extends object, From>(
  script: string,
  heard: (message: From) => void,
  ended: (end: ChildEnd) => void,
  { memoryMb, memoryWatch = seesOthers ? 'outside' : 'inside', priority, env }: ChildOptions,
): ForkedChild<To> {
  let child: ChildProcess | undefined
  let over = false
  let tooMuch = false
  let stderr = ''
  let stopWatch: () => void = () => undefined
  const { promise: gone, resolve } = Promise.withResolvers<void>()
  const end = (how: string) => {
    if (over) return
    over = true
    stopWatch()
    resolve()
    const lastWords = stderr.split('\n').filter(isWords).at(-1)?.trim() ?? ''
    if (tooMuch || lastWords === overMemory(memoryMb))
      ended({ how: overMemory(memoryMb), lastWords: '', overMemory: true })
    else ended({ how, lastWords, overMemory: false })
  }
  const cannotStart = (error: Error) => end(`its process cannot be started: ${error.message}`)
  const kill = () => child?.kill('SIGKILL')
  try {
    child = fork(script, [], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      execArgv: memoryWatch === 'inside' ? ['--import', watchScript()] : [],
      env: {
        ...process.env,
        ...env,
        ...noTelemetry,
        ...(memoryWatch === 'inside' && { [limitVariable]: `${memoryMb}` }),
      },
    })
    if (priority !== undefined && child.pid !== undefined) yieldAlways(child.pid, priority)
    child.on('error', (error) => {
      // With a pid it is a kill or a message that failed, and an 'exit' follows.
      if (child?.pid === undefined) cannotStart(error)
    })
    child.on('exit', (code, signal) => {
      const tell = () => end(`its process ended (${signal ?? `status ${code}`})`)
      // Ctrl-C comes to every process of a terminal: this one is to hear of it as what it is, and not as a failure.
      if (signal === 'SIGINT') setTimeout(tell, interruptMs)
      else tell()
    })
    child.on('message', (message: From) => {
      if (!over) heard(message)
    })
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-stderrKept)
    })
    if (memoryWatch === 'outside' && child.pid !== undefined)
      stopWatch = watchMemory(child.pid, memoryMb, () => {
        tooMuch = true
        kill()
      })
  } catch (error) {
    process.nextTick(cannotStart, error)
  }
  const send = (message: To) => {
    try {
      // A send that fails means that the process is going; its end brings the request to the successor.
      if (child?.connected) child.send(message, () => undefined)
    } catch {
      kill()
    }
  }
  return { pid: child?.pid, gone, send, kill }
}

/** On Linux it is the thread's own, and handed on to those that it starts: it has started none yet. */
function yieldAlways(pid: number, priority: number): void {
  try {
    setPriority(pid, priority)
  } catch {
    // It has gone already: its end is told.
  }
}

/** Beside this file as source, beside the bundle's chunk when built. */
const watchScript = () => new URL(`./memory-watch${extname(import.meta.url)}`, import.meta.url).href
