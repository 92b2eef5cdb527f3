import { EdgewrightError } from '#core/contracts/errors.ts'
import { Unreachable } from '../sources/unreachable.ts'
import { backoff } from './backoff.ts'

/** Rejects where the signal is aborted meanwhile. */
export type Sleep = (ms: number, signal?: AbortSignal) => Promise<void>

interface PatienceOptions {
  /** Attempts in a row that bring nothing worth it. */
  tries: number
  /** A server that asks for more is left alone until the next check. */
  longestWaitMs: number
  /** An attempt that brought as many bytes was worth it: counting begins anew. */
  worthwhileBytes?: number
  random: () => number
  sleep: Sleep
  onTrouble?: ((why: string) => void) | undefined
}

/** How often one thing is tried again, and when. */
export class Patience {
  readonly #options: PatienceOptions
  #failures = 0

  constructor(options: PatienceOptions) {
    this.#options = options
  }

  /** After a failed attempt: waits until the next one is due, or throws what it failed with. */
  async after(error: unknown, broughtBytes: number, signal?: AbortSignal): Promise<void> {
    const { tries, longestWaitMs, worthwhileBytes = Infinity, random, sleep, onTrouble } = this.#options
    signal?.throwIfAborted()
    if (!(error instanceof EdgewrightError) || error.code !== 'update-unreachable') throw error
    const { again, retryAfterMs } =
      error instanceof Unreachable ? error : { again: true, retryAfterMs: undefined }
    if (!again || (retryAfterMs ?? 0) > longestWaitMs) throw error
    this.#failures = broughtBytes >= worthwhileBytes ? 1 : this.#failures + 1
    if (this.#failures >= tries)
      throw new Unreachable(`${error.message} (tried ${tries} times)`, { retryAfterMs, cause: error })
    const ms = backoff(this.#failures - 1, random, { retryAfterMs })
    onTrouble?.(`${error.message}; tried again in ${Math.ceil(ms / 1000)} s`)
    try {
      await sleep(ms, signal)
    } catch (interrupted) {
      signal?.throwIfAborted()
      throw interrupted
    }
  }
}
