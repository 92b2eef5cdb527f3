import type { Manifest } from '#core/contracts/manifest.ts'

export interface Difference {
  /** The largest |found − expected|. */
  largest: number
  /** The first place where a difference is more than the tolerance allows. */
  beyond?: { row: number; column: number; expected: number | null; found: number }
}

/** |found − expected| ≤ absolute + relative·|expected|; null expects a NaN. `found` is row-major, rows × width. */
export function compareGolden(
  expected: readonly (readonly (number | null)[])[],
  found: Float32Array,
  width: number,
  tolerance: Manifest['operation']['goldenTolerance'],
): Difference {
  const difference: Difference = { largest: 0 }
  expected.forEach((row, r) => {
    for (let column = 0; column < Math.max(width, row.length); column++) {
      const wanted = row[column]
      const got = column < width ? found[r * width + column]! : Number.NaN
      const apart =
        wanted === null
          ? Number.isNaN(got)
            ? 0
            : Number.POSITIVE_INFINITY
          : Math.abs(got - (wanted ?? Number.NaN))
      const allowed = tolerance.absolute + tolerance.relative * Math.abs(wanted ?? 0)
      if (apart > difference.largest) difference.largest = apart
      if (!(apart <= allowed)) difference.beyond ??= { row: r, column, expected: wanted ?? null, found: got }
    }
  })
  return difference
}
