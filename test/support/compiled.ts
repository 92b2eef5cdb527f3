import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const sources = ['inference/lane-process.ts', 'inference/images.ts', 'package/inspect-process.ts']
  .map((path) => fileURLToPath(new URL(`../../edge/${path}`, import.meta.url)))
  .map((path) => `await import(${JSON.stringify(path)})`)

/**
 * What Node makes of a source it keeps where a process ends by itself (NODE_COMPILE_CACHE). Those that are always killed, by the
 * thousand in these tests, leave it to this one: it halves what the start of each of them costs.
 */
export function setup(): void {
  if (process.env['NODE_COMPILE_CACHE'] === undefined) return
  execFileSync(process.execPath, ['--input-type=module', '-e', `${sources.join('\n')}\nprocess.exit()`])
}
