import { Busy } from './refusals.ts'

/**
 * How many batches are taken in at once. What people wait for (streams 0 and 1) has places of its own, so that a fleet that
 * drains a day of readings delays no alert.
 */
export class Admission {
  readonly #most: number
  readonly #waitingMost: number
  readonly #bytesMost: number
  readonly #random: () => number
  #inside = 0
  #bytes = 0
  readonly #waiting: (() => void)[] = []

  /** `waiting`: batches, and `bytes` of them together, as they came over the line. */
  constructor({
    most,
    waiting,
    bytes,
    random,
  }: { most: number; waiting: number; bytes: number; random: () => number }) {
    this.#most = most
    this.#waitingMost = waiting
    this.#bytesMost = bytes
    this.#random = random
  }

  /** @throws Busy where too many wait already */
  async run<T>(bytes: number, work: () => Promise<T>): Promise<T> {
    if (this.#inside >= this.#most) {
      if (this.#waiting.length >= this.#waitingMost || this.#bytes + bytes > this.#bytesMost)
        throw new Busy(Math.round(1000 + 4000 * this.#random()))
      this.#bytes += bytes
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
      this.#bytes -= bytes
    } else this.#inside += 1
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next) next()
      else this.#inside -= 1
    }
  }

  get load(): { inside: number; waiting: number } {
    return { inside: this.#inside, waiting: this.#waiting.length }
  }
}
