import type { Grant, Limits } from '#core/contracts/sync.ts'
import { Budget } from './budget.ts'

/** Rows of a batch before central has said how many it takes. */
const firstMaxBatch = 10_000

/** What the line to central is to bear: what central grants, and what the site allows. */
export class Line {
  readonly budget: Budget
  readonly #limits: () => Limits
  #grant: Grant | undefined

  constructor({ limits, elapsed }: { limits: () => Limits; elapsed: () => number }) {
    this.#limits = limits
    this.budget = new Budget({
      rate: () => this.rate,
      elapsed,
      after: (ms, call) => {
        const timer = setTimeout(call, ms)
        return () => clearTimeout(timer)
      },
    })
  }

  /** Bytes a second; null: no limit. */
  get rate(): number | null {
    const [own, granted] = [this.#limits().bytesPerS, this.#grant?.bytesPerS ?? null]
    if (own === null || granted === null) return own ?? granted
    return Math.min(own, granted)
  }

  get maxRows(): number {
    return this.#grant?.maxBatch ?? firstMaxBatch
  }

  granted(grant: Grant): void {
    const before = this.rate
    this.#grant = grant
    if (before !== this.rate) this.budget.changed()
  }
}
