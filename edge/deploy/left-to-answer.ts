import { setImmediate, setTimeout as sleep } from 'node:timers/promises'
import type { Pipeline } from '../pipeline.ts'

/** Readings on their way are waited for at a stop; systemd and Windows give a service longer. */
const farewellMs = 5_000

/**
 * Until the readings on their way have been decided, at most `farewellMs`. Those that met a closed lane would stand in the
 * record as not answered, and whoever sent them again would be told so.
 */
export async function leftToAnswer(pipeline: Pipeline | undefined): Promise<void> {
  if (!pipeline) return
  const idle = async () => {
    do {
      await pipeline.settled()
      await setImmediate()
    } while (pipeline.waiting > 0)
    await pipeline.settled()
  }
  const enough = new AbortController()
  // What rejects is the sleep that is not needed any more.
  await Promise.race([idle(), sleep(farewellMs, undefined, { signal: enough.signal }).catch(() => undefined)])
  enough.abort()
}
