import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** A process of its own that says where it answers. */
export interface Program {
  url: string
  pid: number
  /** Set once it has ended. */
  over: () => boolean
  /** As a power cut would. Resolves when it is gone. */
  kill: () => Promise<void>
  /** In order. */
  stop: () => Promise<void>
}

/** Starts `node ARGS` and waits for a line that ends with its address. Rejects with what it said where it ends before. */
export async function startProgram(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Program> {
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = `${said}${text}`.slice(-4_000)
  })
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const url = await new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).on('line', (line) => {
      const address = /\bat (https?:\S+)$/.exec(line)?.[1]
      if (address) resolve(address)
    })
    void gone.then(() => reject(new Error(`it ended with ${child.exitCode ?? child.signalCode}: ${said}`)))
  })
  const over = () => isOver(child)
  const end = async (signal: NodeJS.Signals) => {
    if (!over()) child.kill(signal)
    await gone
  }
  return { url, pid: child.pid!, over, kill: () => end('SIGKILL'), stop: () => end('SIGTERM') }
}

const isOver = ({ exitCode, signalCode }: ChildProcess) => exitCode !== null || signalCode !== null
