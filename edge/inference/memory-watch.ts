import { writeSync } from 'node:fs'
import { isMainThread, Worker } from 'node:worker_threads'
import { limitVariable, overMemory, untilNextLook } from './memory-limit.ts'

/**
 * Loaded into a process (`--import`) where its memory cannot be read from outside: Windows and macOS, on neither of
 * which this was tried. A thread of its own looks, since a model's run blocks the first.
 */
const limitMb = Number(process.env[limitVariable])

function look(): void {
  const resident = process.memoryUsage.rss()
  if (resident > limitMb * 2 ** 20) {
    writeSync(2, `\n${overMemory(limitMb)}\n`)
    process.kill(process.pid, 'SIGKILL')
  }
  if (!isMainThread) setTimeout(look, untilNextLook(resident, limitMb))
}

look()
if (isMainThread) new Worker(new URL(import.meta.url), { execArgv: [] }).unref()
