import type { Logger } from 'pino'

/** Runs `work` again and again, never twice at once; a failure is logged and the next turn comes. Returns what ends it. */
export function every(ms: number, log: Logger, work: () => Promise<unknown> | void): () => void {
  let busy = false
  const timer = setInterval(() => {
    if (busy) return
    busy = true
    Promise.resolve()
      .then(work)
      .catch((error: unknown) => log.error({ err: error }, 'a periodic task failed'))
      .finally(() => {
        busy = false
      })
  }, ms)
  return () => clearInterval(timer)
}
