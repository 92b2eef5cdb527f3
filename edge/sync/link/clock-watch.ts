/** Two clocks that are right, and a line that is slow, differ by less. */
const toldFromMs = 60_000

/** How far this machine's clock is from central's; it goes into the record when that becomes, or ceases to be, worth a word. */
export class ClockWatch {
  readonly #audit: (kind: string, by: string, body: object) => Promise<unknown>
  #offsetMs: number | null = null
  #isTold = false

  constructor(audit: (kind: string, by: string, body: object) => Promise<unknown>) {
    this.#audit = audit
  }

  /** This machine's minus central's, ms; null: not known. */
  get offsetMs(): number | null {
    return this.#offsetMs
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
