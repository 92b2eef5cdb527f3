/** Keeps work to a share of the time: after a run of t ms it is due again only t · (1/share − 1) ms later. */
export class DutyCycle {
  readonly #share: number
  readonly #elapsed: () => number
  #dueAtMs: number

  /** `share`: 0 < share ≤ 1. `elapsed`: a monotonic clock, ms. */
  constructor(share: number, elapsed: () => number) {
    if (!(share > 0 && share <= 1)) throw new RangeError('the share must lie above 0 and at most at 1')
    this.#share = share
    this.#elapsed = elapsed
    this.#dueAtMs = elapsed()
  }

  /** Something that took `ms` has just ended. */
  ran(ms: number): void {
    const now = this.#elapsed()
    this.#dueAtMs = Math.max(now, this.#dueAtMs) + ms * (1 / this.#share - 1)
  }

  /** How long to rest from now on, ms; 0: not at all. */
  get restMs(): number {
    return Math.max(0, this.#dueAtMs - this.#elapsed())
  }
}
