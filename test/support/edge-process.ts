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

/** The runtime as users start it, a process of its own on a free port. */
export async function spawnEdge(dataDir: string, port = 0): Promise<EdgeProcess> {
  const child = spawn(
    process.execPath,
    [entry, 'edge', '--data', dataDir, '--port', String(port), '--allow-unsigned'],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
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
