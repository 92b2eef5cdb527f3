/** Two clocks that are right, and a line that is slow, differ by less. */
const toldFromMs = 60_000
/** Nobody sets a clock by less on purpose; what keeps clocks right moves them by less. */
const setFromMs = 60_000

/** How far this machine's clock is from central's; it goes into the record when that becomes, or ceases to be, worth a word. */
export class ClockWatch {
  readonly #audit: (kind: string, by: string, body: object) => Promise<unknown>
  #offsetMs: number | null = null
  #isTold = false
  #looked: { nowMs: number; elapsedMs: number } | undefined

  constructor(audit: (kind: string, by: string, body: object) => Promise<unknown>) {
    this.#audit = audit
  }

  /** This machine's minus central's, ms; null: not known. */
  get offsetMs(): number | null {
    return this.#offsetMs
  }

  /**
   * Now and then, with the wall clock and the one that only goes forward: where they part, somebody set the clock, and that goes into
   * the record, with or without central. (Forward it may also be a machine that slept: its monotonic clock stands meanwhile.)
   */
  async looked(nowMs: number, elapsedMs: number): Promise<void> {
    const before = this.#looked
    this.#looked = { nowMs, elapsedMs }
    const byMs = before ? Math.round(nowMs - before.nowMs - (elapsedMs - before.elapsedMs)) : 0
    if (Math.abs(byMs) >= setFromMs) await this.#audit('clock.set', 'runtime', { byMs })
  }

  async saw(offsetMs: number): Promise<void> {
    this.#offsetMs = Math.round(offsetMs)
    // What was told must shrink to half before it counts as over: no events back and forth at the limit.
    const differs = Math.abs(offsetMs) >= (this.#isTold ? toldFromMs / 2 : toldFromMs)
    if (differs === this.#isTold) return
    this.#isTold = differs
    await this.#audit(differs ? 'clock.differs' : 'clock.agrees', 'runtime', { offsetMs: this.#offsetMs })
  }
}
