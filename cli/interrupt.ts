import { cancelled } from '#edge/package/with-lane.ts'

/** Work that Ctrl-C (SIGINT, SIGTERM) cancels in order: what it had begun is removed before the command ends. */
export async function untilInterrupted<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController()
  const cancel = () => controller.abort(cancelled())
  process.once('SIGINT', cancel)
  process.once('SIGTERM', cancel)
  try {
    return await work(controller.signal)
  } finally {
    process.off('SIGINT', cancel)
    process.off('SIGTERM', cancel)
  }
}
