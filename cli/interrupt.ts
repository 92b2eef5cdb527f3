import { cancelled } from '#edge/package/with-lane.ts'

/**
 * Work that Ctrl-C (SIGINT, SIGTERM) cancels in order: what it had begun is removed before the command ends. People press
 * it twice: until the command has ended, a further one changes nothing.
 */
export async function untilInterrupted<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController()
  const cancel = () => controller.abort(cancelled())
  process.on('SIGINT', cancel)
  process.on('SIGTERM', cancel)
  try {
    return await work(controller.signal)
  } finally {
    if (!controller.signal.aborted) process.off('SIGINT', cancel).off('SIGTERM', cancel)
  }
}
