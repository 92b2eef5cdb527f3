/**
 * Runs one piece of work at a time over all that came in meanwhile: alone when it is calm, together when many come at once. Each
 * caller gets its own result; what `work` throws, all of that round get.
 */
export function together<T, R>(
  work: (items: readonly T[]) => Promise<readonly R[]>,
  most: number,
): (item: T) => Promise<R> {
  interface Waiting {
    item: T
    done: (result: R) => void
    failed: (error: unknown) => void
  }
  let waiting: Waiting[] = []
  let busy = false

  const run = async () => {
    busy = true
    while (waiting.length > 0) {
      const round = waiting.slice(0, most)
      waiting = waiting.slice(most)
      try {
        const results = await work(round.map(({ item }) => item))
        for (const [n, { done }] of round.entries()) done(results[n] as R)
      } catch (error) {
        for (const { failed } of round) failed(error)
      }
    }
    busy = false
  }

  return (item) =>
    new Promise<R>((done, failed) => {
      waiting.push({ item, done, failed })
      if (!busy) void run()
    })
}
