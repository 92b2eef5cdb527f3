import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

export interface Ended {
  code: number | null
  signal: string | null
  /** The last line it wrote to stderr. */
  lastWords: string
}

/** A runtime that this app started: a plain Node process. */
export interface OwnRuntime {
  pid: number
  /** Its origin, once it answers; undefined where it ended before. */
  ready: Promise<string | undefined>
  /** Never rejects. */
  ended: Promise<Ended>
  /** Asks it to end in order. */
  stop: () => void
  kill: () => void
}

export interface StartSpec {
  node: string
  args: readonly string[]
  stop: 'signal' | 'message'
  env: NodeJS.ProcessEnv
}

const wordsKept = 4_000

export function startRuntime({ node, args, stop, env }: StartSpec): OwnRuntime {
  const child = spawn(node, args, {
    stdio: stop === 'message' ? ['ignore', 'pipe', 'pipe', 'ipc'] : ['ignore', 'pipe', 'pipe'],
    env,
    windowsHide: true,
  })
  let words = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(-wordsKept)
  })
  const ended = new Promise<Ended>((resolve) => {
    const end = (code: number | null, signal: string | null) =>
      resolve({ code, signal, lastWords: lastWords(words) })
    child.once('close', end)
    child.once('error', (error) => {
      if (child.pid !== undefined) return // a signal or a message that failed; 'close' follows
      words = `it cannot be started: ${error.message}`
      end(1, null)
    })
  })
  return {
    pid: child.pid ?? 0,
    ready: Promise.race([ready(child), ended.then(() => undefined)]),
    ended,
    stop: () => {
      if (stop === 'signal') child.kill('SIGTERM')
      else if (child.connected) child.send('stop', () => undefined)
    },
    kill: () => {
      child.kill('SIGKILL')
    },
  }
}

/** The last line that says something: not a stack's, nor Node's own version below it. */
function lastWords(words: string): string {
  const lines = words.split('\n').map((line) => line.trim())
  return lines.findLast((line) => line !== '' && !/^(at |Node\.js v|})/.test(line)) ?? ''
}

/** Only the address is taken from what it prints: the next line is a link that signs in. */
function ready(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    if (!child.stdout) return
    createInterface(child.stdout).on('line', (line) => {
      const address = /^Edgewright is at (\S+)$/.exec(line)?.[1]
      if (address !== undefined && URL.canParse(address)) resolve(new URL(address).origin)
    })
  })
}
