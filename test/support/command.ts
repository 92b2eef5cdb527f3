import { spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { peakMb, processesOf, type Seen } from './processes.ts'

/** The program as a person starts it: the bundle where `npm run test:fault` says so, else the sources. */
export const entry =
  process.env['EDGEWRIGHT_ENTRY'] ?? fileURLToPath(new URL('../../cli/main.ts', import.meta.url))

export interface Ended {
  /** Exit status; null where a signal ended it. */
  status: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
  tookMs: number
  /** Of its own process, without its children; MiB. */
  peakMb: number
}

export interface Command {
  pid: number
  ended: Promise<Ended>
  /** Set once it has ended. */
  over: () => boolean
  /** Itself and what it started. */
  processes: () => Seen[]
  /** To all its processes, as Ctrl-C in a terminal does, or to itself alone. */
  signal: (signal: NodeJS.Signals, to: 'group' | 'itself') => void
}

/** Where a command that was started in `folder` makes its temporary files, and what it keeps for its user. */
export const temporaryOf = (folder: string) => join(folder, '.tmp')

/** `edgewright …` in a process group of its own, typed in `folder`. */
export function start(folder: string, ...args: string[]): Command {
  const tmp = temporaryOf(folder)
  mkdirSync(tmp, { recursive: true })
  const startedAt = performance.now()
  const child = spawn(process.execPath, [entry, ...args], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, INIT_CWD: folder, TMPDIR: tmp, HOME: tmp, XDG_CACHE_HOME: tmp },
  })
  const pid = child.pid!
  let [stdout, stderr, peak, over] = ['', '', 0, false]
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  // The kernel keeps the peak only as long as the process is.
  const looking = setInterval(() => {
    peak = Math.max(peak, peakMb(pid) ?? 0)
  }, 10)
  const ended = new Promise<Ended>((resolve) =>
    child.once('close', (status, signal) => {
      clearInterval(looking)
      over = true
      resolve({ status, signal, stdout, stderr, tookMs: performance.now() - startedAt, peakMb: peak })
    }),
  )
  return {
    pid,
    ended,
    over: () => over,
    processes: () => processesOf(pid),
    signal: (signal, to) => process.kill(to === 'group' ? -pid : pid, signal),
  }
}

/** To its end. */
export const edgewright = (folder: string, ...args: string[]): Promise<Ended> => start(folder, ...args).ended
