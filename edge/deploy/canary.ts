import { hash } from 'node:crypto'

/** Bits of the digest that are used: as many as a double holds exactly, in whole hex digits. */
const bits = 52

/**
 * Whether a canary answers this asset's readings. Sticky: the same asset is always told the same, on every machine and
 * after every start, and a larger `percent` only adds assets. Each version draws its assets anew, so that it is not the
 * same machine that tries everything first.
 *
 * The first 52 bits of SHA-256 (FIPS 180-4) over the JSON array [model, version, asset], as a share of all there are, are
 * compared with `percent` (0..100).
 */
export function inCanary(modelId: string, version: string, asset: string, percent: number): boolean {
  const digest = hash('sha256', JSON.stringify([modelId, version, asset]))
  return Number.parseInt(digest.slice(0, bits / 4), 16) / 2 ** bits < percent / 100
}
