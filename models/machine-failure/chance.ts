import { type Random, seededRandom } from '#core/package/random.ts'

/** A normally distributed number (mean 0, σ 1), by Box and Muller. */
export const normal = (random: Random): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())

/** A source of its own per purpose, so that drawing more of one thing changes nothing else. */
export function stream(seed: number, ...purpose: number[]): Random {
  const mixed = purpose.reduce(
    (h, p) => Math.imul(h ^ (p + 0x9e37), 0x85ebca6b) ^ (h >>> 13),
    Math.imul(seed + 1, 0x9e3779b1),
  )
  const random = seededRandom(mixed)
  random()
  return random
}

/** A value that wanders around 0 with spread `sigma` and forgets itself over `memoryS` (Ornstein and Uhlenbeck, exact). */
export class Wander {
  value: number
  readonly #sigma: number
  readonly #memoryS: number
  readonly #random: Random

  constructor(sigma: number, memoryS: number, random: Random) {
    this.#sigma = sigma
    this.#memoryS = memoryS
    this.#random = random
    this.value = sigma * normal(random)
  }

  step(seconds: number): number {
    const keep = Math.exp(-seconds / this.#memoryS)
    this.value = keep * this.value + this.#sigma * Math.sqrt(1 - keep * keep) * normal(this.#random)
    return this.value
  }
}
