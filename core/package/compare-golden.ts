import type { Manifest } from '#core/contracts/manifest.ts'
import type { GoldenCell } from '#core/contracts/package.ts'

export interface Difference {
  /** The largest |found − expected|. */
  largest: number
  /** The first place where a difference is more than the tolerance allows. */
  beyond?: { row: number; column: number; expected: GoldenCell; found: number | string }
}

/**
 * |found − expected| ≤ absolute + relative·|expected|; null expects a NaN, a text the same text. `found` is row-major,
 * rows × width.
 */
export function compareGolden(
  expected: readonly (readonly GoldenCell[])[],
  found: ArrayLike<number | string>,
  width: number,
  tolerance: Manifest['operation']['goldenTolerance'],
): Difference {
  const difference: Difference = { largest: 0 }
  expected.forEach((row, r) => {
    for (let column = 0; column < Math.max(width, row.length); column++) {
      const wanted = row[column]
      const got = column < width ? found[r * width + column]! : Number.NaN
      const apart = distance(wanted, got)
      const allowed = tolerance.absolute + tolerance.relative * Math.abs(Number(wanted ?? 0) || 0)
      if (apart > difference.largest) difference.largest = apart
      if (!(apart <= allowed)) difference.beyond ??= { row: r, column, expected: wanted ?? null, found: got }
    }
  })
  return difference
}

function distance(wanted: GoldenCell | undefined, got: number | string): number {
  if (typeof wanted === 'string' || typeof got === 'string')
    return wanted === got ? 0 : Number.POSITIVE_INFINITY
  if (wanted === null) return Number.isNaN(got) ? 0 : Number.POSITIVE_INFINITY
  return got === wanted ? 0 : Math.abs(got - (wanted ?? Number.NaN))
}
