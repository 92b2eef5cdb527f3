import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import type { Wanted } from '#edge/update/download/download.ts'

/** A download in a process of its own. */
export function startDownload(url: string, dir: string, { file, length, sha256 }: Wanted) {
  const script = fileURLToPath(new URL('children/download.ts', import.meta.url))
  const child = spawn(process.execPath, [script, url, dir, file, String(length), sha256], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const gone = once(child, 'exit')
  const kill = async () => {
    child.kill('SIGKILL')
    await gone
  }
  onTestFinished(kill)
  const lines = createInterface({ input: child.stdout })
  return {
    kill,
    /** Once so many bytes are in its file. */
    reaches: async (bytes: number) => {
      for await (const line of lines) if (Number(line) >= bytes) return
      throw new Error('the download ended before it came that far')
    },
  }
}
