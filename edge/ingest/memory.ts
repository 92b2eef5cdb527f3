import type { Feature } from '#core/contracts/manifest.ts'

interface Unchanged {
  value: number
  sinceMs: number
}

/** What validation remembers of one asset from one reading to the next. */
export interface Remembered {
  lastTimeMs: number
  /** By feature, in manifest order. */
  unchanged: (Unchanged | undefined)[]
}

/** Assets that are remembered; of more, those not heard of longest are forgotten. */
const maxAssets = 10_000

/** When each asset was last heard of, and since when its sensors have said the same. */
export class Memory {
  readonly #features: readonly Feature[]
  readonly #assets = new Map<string, Remembered>()

  constructor(features: readonly Feature[]) {
    this.#features = features
  }

  get(asset: string): Remembered | undefined {
    return this.#assets.get(asset)
  }

  /** The map keeps the order of insertion, so its first is the one not heard of longest. */
  set(asset: string, remembered: Remembered): void {
    if (!this.#assets.delete(asset) && this.#assets.size >= maxAssets)
      this.#assets.delete(this.#assets.keys().next().value ?? '')
    this.#assets.set(asset, remembered)
  }

  delete(asset: string): void {
    this.#assets.delete(asset)
  }

  /** Whether the other has heard of this asset since. */
  isBehind(asset: string, other: Memory): boolean {
    return lastTimeOf(other, asset) > lastTimeOf(this, asset)
  }

  /**
   * What the other, of another version of the model, knows and this one does not. A sensor's unchanged value is taken over
   * by the feature's name, where that means the same there; where only this one watches it, the watch begins anew.
   */
  takeOver(from: Memory): void {
    const places = this.#features.map((feature) =>
      from.#features.findIndex((other) => other.name === feature.name && meansTheSame(other, feature)),
    )
    for (const [asset, { lastTimeMs, unchanged }] of from.#assets) {
      const own = this.#assets.get(asset)
      if (own && own.lastTimeMs > lastTimeMs) continue
      const current = own?.lastTimeMs === lastTimeMs
      this.set(asset, {
        lastTimeMs,
        unchanged: places.map(
          (place, i) =>
            (place < 0 ? undefined : unchanged[place]) ?? (current ? own.unchanged[i] : undefined),
        ),
      })
    }
  }
}

const lastTimeOf = (memory: Memory, asset: string) =>
  memory.get(asset)?.lastTimeMs ?? Number.NEGATIVE_INFINITY

/** Whether a number of the one feature says what it says of the other. */
export function meansTheSame(a: Feature, b: Feature): boolean {
  const meaning = ({ kind, unit = '1', codes, words }: Feature) => JSON.stringify([kind, unit, codes, words])
  return meaning(a) === meaning(b)
}
