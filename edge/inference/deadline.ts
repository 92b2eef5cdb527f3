/**
 * Calls `due` when `ms` milliseconds have passed; the answer cancels it. Where this process itself stood still (a slow
 * disk, a paused machine) its timer comes late and before an answer that is already in the pipe is read: so the time
 * it was late is given once more, at most `ms`, and the event loop polls twice before it is decided.
 */
export function startDeadline(ms: number, due: () => void): () => void {
  const dueAt = performance.now() + ms
  let open = true
  const decide = () => {
    if (open) due()
  }
  let timer = setTimeout(() => {
    const lateMs = Math.max(0, performance.now() - dueAt)
    timer = setTimeout(() => setImmediate(() => setImmediate(decide)), Math.min(ms, lateMs))
  }, ms)
  return () => {
    open = false
    clearTimeout(timer)
  }
}
