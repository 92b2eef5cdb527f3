/**
 * A block is listed by time under names: '*', and '=ASSET' for each of its assets. Every asset's list ends in a page of
 * its own, so a block of many assets would write as many pages; such a block is listed once, under '+', and a search for
 * one asset looks there too. (Measured, 128 rows of 128 assets: 2.5 ms a commit with each listed, 0.3 ms so.)
 * There its assets are noted by marks, so that a search need not open it to see that it lacks one.
 */
export const allBlocks = '*'
export const manyAssets = '+'
export const ofAsset = (asset: string): string => `=${asset}`
const listedAssets = 8

export interface Span {
  /** Whole ms, both inclusive. */
  fromMs: number
  toMs: number
}

/**
 * Two bytes for each asset: the lowest 14 bits of its list's number, the upper half marked, so that a search byte by byte
 * finds no other place. Where there are more than 16,384 lists some share a mark, and a block is opened in vain.
 */
export function markOf(sources: readonly number[]): Uint8Array {
  return Uint8Array.from(sources.flatMap((id) => [0x80 | ((id >> 7) & 0x7f), id & 0x7f]))
}

/** The lists that a block belongs in, the time it covers there, and under '+' its assets. */
export function listings(
  assets: readonly string[],
  times: Float64Array,
): Map<string, Span & { assets?: string[] }> {
  const byAsset = new Map<string, Span>()
  const whole = { fromMs: Infinity, toMs: -Infinity }
  for (const [row, asset] of assets.entries()) {
    let own = byAsset.get(asset)
    if (!own) {
      own = { fromMs: Infinity, toMs: -Infinity }
      byAsset.set(asset, own)
    }
    widen(own, times[row]!)
  }
  for (const { fromMs, toMs } of byAsset.values()) {
    widen(whole, fromMs)
    widen(whole, toMs)
  }
  const found = new Map<string, Span & { assets?: string[] }>([[allBlocks, whole]])
  if (byAsset.size > listedAssets) found.set(manyAssets, { ...whole, assets: [...byAsset.keys()] })
  else for (const [asset, span] of byAsset) found.set(ofAsset(asset), span)
  return found
}

function widen(span: Span, t: number): void {
  span.fromMs = Math.min(span.fromMs, Math.floor(t))
  span.toMs = Math.max(span.toMs, Math.ceil(t))
}
