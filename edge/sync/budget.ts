import type { Stream } from '#core/chain/streams.ts'
import { streams } from '#core/chain/streams.ts'

/** Of what is sent, kept for the least important stream that waits: else it would never be heard of on a line that is too small. */
const lowestShare = 0.05
/** What may be sent at once after a rest, in seconds of the rate. */
const burstS = 1

interface Waiter {
  stream: Stream
  bytes: number
  go: () => void
}

export interface BudgetParts {
  /** Bytes a second; null: as many as the line carries. */
  rate: () => number | null
  /** Monotonic, ms. */
  elapsed: () => number
  /** Calls back after so many ms; returns what prevents it. */
  after: (ms: number, call: () => void) => () => void
}

/**
 * A token bucket for all streams together. Whoever waits for the line goes in the order of importance, but for the share of the
 * lowest. A batch may overdraw it, and the next one waits longer: alerts and rollout state (streams 0 and 1) do not wait for what
 * others have overdrawn by up to a second's worth.
 */
export class Budget {
  readonly #parts: BudgetParts
  readonly #waiting: Waiter[] = []
  #tokens: number | undefined
  #atMs = 0
  /** What the lowest has earned and not yet used, bytes. */
  #credit = 0
  #cancel: (() => void) | undefined

  constructor(parts: BudgetParts) {
    this.#parts = parts
  }

  /** Resolves when these bytes may leave. Rejects with the signal's reason where it is aborted before. */
  take(stream: Stream, bytes: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const waiter = { stream, bytes, go: resolve }
    this.#waiting.push(waiter)
    const leave = () => {
      const at = this.#waiting.indexOf(waiter)
      if (at >= 0) this.#waiting.splice(at, 1)
      reject(signal.reason)
    }
    signal.addEventListener('abort', leave, { once: true })
    this.#pump()
    return promise.finally(() => signal.removeEventListener('abort', leave))
  }

  /** The rate has changed. */
  changed(): void {
    this.#pump()
  }

  #pump(): void {
    this.#cancel?.()
    this.#cancel = undefined
    const rate = this.#parts.rate()
    this.#refill(rate)
    while (this.#waiting.length > 0) {
      const at = nextOf(this.#waiting, this.#credit)
      const waiter = this.#waiting[at]!
      const missing = rate === null ? 0 : -this.#floor(waiter, rate) - this.#tokens!
      if (rate !== null && missing >= 0) {
        this.#cancel = this.#parts.after(Math.max(1, Math.ceil((1000 * (missing + 1)) / rate)), () =>
          this.#pump(),
        )
        return
      }
      this.#charge(waiter)
      this.#waiting.splice(at, 1)
      waiter.go()
    }
  }

  #refill(rate: number | null): void {
    const nowMs = this.#parts.elapsed()
    const most = rate === null ? 0 : rate * burstS
    const earned = rate === null ? 0 : (rate * (nowMs - this.#atMs)) / 1000
    this.#tokens = this.#tokens === undefined ? most : Math.min(most, this.#tokens + earned)
    this.#atMs = nowMs
  }

  /** How far below zero it may already be. */
  #floor({ stream }: Waiter, rate: number): number {
    return streams[stream] <= streams.rollout ? rate * burstS : 0
  }

  #charge({ stream, bytes }: Waiter): void {
    if (this.#parts.rate() !== null) this.#tokens! -= bytes
    const isLowest = this.#waiting.every((other) => streams[other.stream] <= streams[stream])
    const isAlone = this.#waiting.every((other) => other.stream === stream)
    if (isAlone) return
    this.#credit = isLowest ? Math.max(0, this.#credit - bytes) : this.#credit + bytes * lowestShare
  }
}

/** The most important one; or the least important, once its share has grown to what it wants to send. */
export function nextOf(waiting: readonly { stream: Stream; bytes: number }[], credit: number): number {
  let [first, last] = [0, 0]
  for (const [i, { stream }] of waiting.entries()) {
    if (streams[stream] < streams[waiting[first]!.stream]) first = i
    if (streams[stream] > streams[waiting[last]!.stream]) last = i
  }
  return credit >= waiting[last]!.bytes ? last : first
}
