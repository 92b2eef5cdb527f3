import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { EdgeClient } from '#cli/edge-client.ts'
import { entry } from './command.ts'

export interface EdgeProcess {
  url: string
  dataDir: string
  pid: number
  client: EdgeClient
  /** As a power cut would: SIGKILL to the runtime. Resolves when it is gone. */
  kill: () => Promise<void>
  stop: () => Promise<void>
}

export interface SpawnOptions {
  env?: Record<string, string>
  /** More of the command line. */
  args?: string[]
  /** Packages that nobody signed stay out. */
  signedOnly?: true
  /** What starts it: 'unshare', '-n', … It must become the runtime (exec), not its parent. */
  under?: string[]
}

/** The runtime as users start it, a process of its own on a free port. */
export async function spawnEdge(
  dataDir: string,
  port = 0,
  { env = {}, args = [], under = [], signedOnly }: SpawnOptions = {},
): Promise<EdgeProcess> {
  const runtime = [process.execPath, entry, 'edge', '--data', dataDir, '--port', String(port)]
  const [command, ...rest] = [
    ...under,
    ...runtime,
    signedOnly ? '--require-signed' : '--allow-unsigned',
    ...args,
  ]
  const child = spawn(command!, rest, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  })
  let complaint = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text
  })
  const url = await new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).on('line', (line) => {
      const address = /^Edgewright is at (\S+)/.exec(line)?.[1]
      if (address) resolve(address)
    })
    child.once('exit', (code) => reject(new Error(`the runtime ended with ${code}: ${complaint}`)))
  })
  const end = (signal: NodeJS.Signals) => ended(child, signal)
  return {
    url,
    dataDir,
    pid: child.pid ?? 0,
    client: new EdgeClient(url, readFileSync(join(dataDir, 'token'), 'utf8').trim()),
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
  }
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill(signal)
  await gone
}
