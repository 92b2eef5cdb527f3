import { setImmediate as nextTurn } from 'node:timers/promises'

/** Long work in slices: `await breathe()` between steps gives the event loop a turn once `sliceMs` have passed. */
export function createBreather(sliceMs = 4): () => Promise<void> {
  let since = performance.now()
  return async () => {
    if (performance.now() - since < sliceMs) return
    await nextTurn()
    since = performance.now()
  }
}
