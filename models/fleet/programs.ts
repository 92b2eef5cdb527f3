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
  /** Ends it in order. Resolves when it is gone. */
  stop(): Promise<void>
}

/** Every process of the demo: none outlives it. */
export class Programs {
  readonly #running = new Set<() => Promise<void>>()
  readonly #ended: (how: string) => void

  readonly #over: AbortSignal

  /** @param ended One of them ended without being told to. @param over No further one is started then. */
  constructor(ended: (how: string) => void, over: AbortSignal) {
    this.#ended = ended
    this.#over = over
  }

  /** Starts one and waits until it has printed its address. */
  async start(args: string[], env: Record<string, string> = {}): Promise<Program> {
    this.#over.throwIfAborted()
    // The story brings its own database: one that the shell names belongs to another central.
    const { DATABASE_URL: _, ...inherited } = process.env
    const child = spawn(process.execPath, [commandLine, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...inherited, ...env },
    })
    const said: string[] = []
    child.stderr.on('data', (text) => said.push(String(text)))
    const gone = new Promise<void>((resolve) => {
      child.once('exit', (code, signal) => {
        resolve()
        if (this.#running.delete(stop))
          this.#ended(
            `edgewright ${args[0]} ended (${signal ?? `status ${code}`}). ${said.join('').slice(-2000)}`,
          )
      })
    })
    const stop = async () => {
      this.#running.delete(stop)
      child.kill('SIGTERM')
      await gone
    }
    this.#running.add(stop)
    return { ...(await addressOf(child, gone)), stop }
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#running].map((stop) => stop()))
  }
}

/** Two lines: `Edgewright … is at URL`, and a link with a code; central prints the second only while it has no people. */
function addressOf(child: ChildProcess, gone: Promise<void>): Promise<Pick<Program, 'url' | 'link'>> {
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
