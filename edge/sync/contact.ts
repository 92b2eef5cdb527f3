import { backoffMs } from './backoff.ts'

/** Of attempts to reach central at all. Half a minute on average after a long outage: each one is a small request. */
export const reaching = { firstMs: 1_000, mostMs: 60_000 } as const
/** A machine that is refused asks seldom: only people can change that. */
const refusedMs = 300_000

export interface ContactParts {
  /** Monotonic, ms. */
  elapsed: () => number
  random: () => number
  reaching?: { firstMs: number; mostMs: number }
}

/**
 * Whether central is believed to answer. After a failure nothing is tried until a time; then one request goes, and only where it is
 * answered the others follow.
 */
export class Contact {
  readonly #parts: ContactParts
  #state: 'unknown' | 'good' | 'lost' | 'refused' = 'unknown'
  #failures = 0
  #untilMs = 0
  problem: string | null = null

  constructor(parts: ContactParts) {
    this.#parts = parts
  }

  get state(): 'unknown' | 'good' | 'lost' | 'refused' {
    return this.#state
  }

  /** Until the next try, ms; 0: now. */
  get waitMs(): number {
    return this.#state === 'good' ? 0 : Math.max(0, this.#untilMs - this.#parts.elapsed())
  }

  made(): void {
    this.#state = 'good'
    this.#failures = 0
    this.problem = null
  }

  lost(why: string): void {
    this.#failures += 1
    this.#state = 'lost'
    this.problem = why
    const { elapsed, random } = this.#parts
    this.#untilMs = elapsed() + backoffMs(this.#failures, random, this.#parts.reaching ?? reaching)
  }

  refused(why: string): void {
    this.#state = 'refused'
    this.problem = why
    const { elapsed, random } = this.#parts
    this.#untilMs = elapsed() + (0.5 + 0.5 * random()) * refusedMs
  }

  /** Something speaks for another try now. */
  nudge(): void {
    this.#untilMs = this.#parts.elapsed()
  }

  /** Another central, or another machine: nothing is known. */
  forget(): void {
    this.#state = 'unknown'
    this.#failures = 0
    this.#untilMs = 0
    this.problem = null
  }
}
