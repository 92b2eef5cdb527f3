import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { refusal } from './spec.ts'

export interface Ran {
  /** undefined: it could not be started. */
  status: number | undefined
  out: string
  err: string
}

/** What installing a service needs of the machine; the tests bring another. */
export interface Host {
  platform: NodeJS.Platform
  /** undefined on Windows. */
  userId: number | undefined
  /** The Node and the program that run now, in true paths: the service is to run the same. */
  program: () => { node: string; script: string }
  run: (command: string, ...args: string[]) => Ran
  exists: (path: string) => boolean
  /** The id of the owner of a file or folder. */
  owner: (path: string) => number
  read: (path: string) => string | undefined
  write: (path: string, bytes: string | Uint8Array) => void
  remove: (path: string) => void
  /** A new folder that only this user enters. */
  makeTemporaryFolder: () => string
  /** Whether a runtime answers there. */
  answers: (address: string) => Promise<boolean>
  wait: (ms: number) => Promise<unknown>
}

export const thisHost: Host = {
  platform: process.platform,
  userId: process.getuid?.(),
  program: () => ({ node: realpathSync(process.execPath), script: realpathSync(process.argv[1] ?? '') }),
  run(command, ...args) {
    const done = spawnSync(command, args, { encoding: 'utf8', windowsHide: true })
    return {
      status: done.status ?? undefined,
      out: done.stdout ?? '',
      err: done.stderr || (done.error?.message ?? ''),
    }
  },
  exists: existsSync,
  owner: (path) => statSync(path).uid,
  read: (path) => (existsSync(path) ? readFileSync(path, 'utf8') : undefined),
  write: (path, bytes) => writeFileSync(path, bytes),
  remove: (path) => rmSync(path, { recursive: true, force: true }),
  makeTemporaryFolder: () => mkdtempSync(join(tmpdir(), 'edgewright-')),
  async answers(address) {
    try {
      return (await fetch(new URL('/healthz', address), { signal: AbortSignal.timeout(2_000) })).ok
    } catch {
      return false // That is the answer.
    }
  },
  wait: sleep,
}

/** Runs a step that must succeed. */
export function must(host: Host, command: string, ...args: string[]): string {
  const { status, out, err } = host.run(command, ...args)
  if (status === 0) return out
  const said = (err || out).trim().split('\n').at(-1) ?? ''
  throw refusal(
    `"${[command, ...args].join(' ')}" failed${said ? `: ${said}` : ''}`,
    'Mend what it names and try again.',
  )
}
