import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const isBuilt = !existsSync(join(here, '..', 'demos.ts'))
/** Of the checkout. */
export const root = join(here, '..', '..')
const commandLine = isBuilt ? join(here, 'edgewright.js') : join(root, 'cli', 'main.ts')

/** `edgewright …` as a process of its own. */
export interface Program {
  url: string
  /** The link that it printed to sign in with; undefined: none. */
  link: string | undefined
  /** Ends it in order, or kills it. Resolves when it is gone. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>
}

export interface ProgramOptions {
  env?: Record<string, string>
  /** It ended without being told to. */
  ended: (how: string) => void
}

/** Starts it and waits until it has printed its address. */
export async function startProgram(args: string[], { env = {}, ended }: ProgramOptions): Promise<Program> {
  const child = spawn(process.execPath, [commandLine, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  })
  const said: string[] = []
  child.stderr.on('data', (text) => said.push(String(text)))
  let told = false
  const gone = new Promise<void>((resolve) => {
    child.once('exit', (code, signal) => {
      resolve()
      if (!told)
        ended(`edgewright ${args[0]} ended (${signal ?? `status ${code}`}). ${said.join('').slice(-2000)}`)
    })
  })
  const { url, link } = await addressOf(child, gone)
  return {
    ...{ url, link },
    stop: async (signal = 'SIGTERM') => {
      told = true
      child.kill(signal)
      await gone
    },
  }
}

/** Two lines: `Edgewright … is at URL`, and a link with a code; central prints the second only while it has no people. */
function addressOf(
  child: ChildProcess,
  gone: Promise<void>,
): Promise<{ url: string; link: string | undefined }> {
  return new Promise((resolve, reject) => {
    let url: string | undefined
    const lines = createInterface(child.stdout!)
    lines.on('line', (line) => {
      url ??= /^Edgewright (?:central )?is at (\S+)/.exec(line)?.[1]
      const link = /^(https?:\/\/\S+#code=\S+)/.exec(line)?.[1]
      if (url !== undefined && link !== undefined) resolve({ url, link })
      // It is there; a second link is printed at once, or never.
      else if (url !== undefined) setTimeout(() => resolve({ url: url!, link: undefined }), 300)
    })
    void gone.then(() => reject(new Error('it ended before it answered')))
  })
}
