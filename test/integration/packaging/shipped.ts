import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { ensureBuilt } from '../../../build/built.mjs'
import { prepareRuntime } from '../../../build/package.mjs'
import { bareEnvironment } from '../../../build/package-check.mjs'

export const checkout = fileURLToPath(new URL('../../../', import.meta.url))
export const windows = process.platform === 'win32'

/** A folder outside the checkout: nothing in it can find the checkout's node_modules by walking upwards. */
export function outsideFolder() {
  const dir = mkdtempSync(join(realpathSync(tmpdir()), 'edgewright shipped '))
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) }
}

/** The runtime as the installers bring it, in `to`; built first where the sources are newer. */
export async function shippedRuntime(to: string) {
  await ensureBuilt()
  return prepareRuntime(to)
}

export interface Ended {
  status: number
  out: string
  err: string
}

const options = { cwd: tmpdir(), env: bareEnvironment(), shell: windows }
const command = (path: string) => (windows ? `"${path}"` : path)

/** Runs the shipped command to its end, with nothing of this process's environment. */
export function edgewright(launcher: string, ...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(command(launcher), args, options, (error, out, err) =>
      resolve({ status: error ? Number(error.code) : 0, out, err }),
    )
  })
}

/** The shipped runtime on a free port. */
export async function startShipped(launcher: string, dataDir: string) {
  const args = ['edge', '--data', dataDir, '--port', '0', '--allow-unsigned']
  const child: ChildProcess = spawn(command(launcher), args, {
    ...options,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines = createInterface(child.stdout!)
  const url = await new Promise<string>((resolve, reject) => {
    lines.on('line', (line) => {
      const address = /^Edgewright is at (\S+)/.exec(line)?.[1]
      if (address) resolve(address)
    })
    child.once('exit', (code) => reject(new Error(`the shipped runtime ended with ${code}`)))
  })
  return {
    url,
    stop: async () => {
      if (child.exitCode !== null) return child.exitCode
      child.kill('SIGTERM')
      const [code] = await once(child, 'exit')
      return code as number | null
    },
  }
}
