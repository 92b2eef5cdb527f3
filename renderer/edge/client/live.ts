import type { LiveReading } from '#core/contracts/api.ts'

/** Enough of each asset to fill the time between two looks at the trend. */
const keptPerAsset = 240

export interface LiveAsset {
  newest: LiveReading
  /** In time order, the newest last. */
  tail: readonly LiveReading[]
}

export type LiveAssets = ReadonlyMap<string, LiveAsset>

export const assetKey = (model: string, asset: string): string => JSON.stringify([model, asset])

/**
 * The assets after some readings more. Readings that are older than what is known change nothing; of several with one
 * time the last that came is the newest.
 */
export function withReadings(assets: LiveAssets, readings: readonly LiveReading[]): LiveAssets {
  const next = new Map(assets)
  for (const reading of readings) {
    const key = assetKey(reading.model, reading.asset)
    const known = next.get(key)
    if (known && reading.timeMs < known.newest.timeMs) continue
    next.set(key, { newest: reading, tail: [...(known?.tail ?? []).slice(1 - keptPerAsset), reading] })
  }
  return next
}
