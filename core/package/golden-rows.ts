/** How many rows a package's golden vectors have, where the reference has as many. */
export const goldenCount = 16

/**
 * Rows that show a model's range: half of them spread evenly over the ranks of each score, the rest where features are
 * smallest and largest, and one with a null where there is any. `scores` and `features`: [column][row]; NaN is passed
 * over. `rows`: the candidates. Answers at most `count` different rows, ascending.
 */
export function chooseGoldenRows(
  features: readonly Float64Array[],
  scores: readonly ArrayLike<number>[],
  rows: readonly number[],
  count: number = goldenCount,
): number[] {
  const chosen = new Set<number>()
  const spread = Math.ceil(count / 2 / scores.length)
  for (const score of scores)
    for (const row of evenly(byValue(score, rows), spread)) if (chosen.size < count / 2) chosen.add(row)
  const withNull = rows.find((row) => features.some((column) => Number.isNaN(column[row])))
  if (withNull !== undefined) chosen.add(withNull)
  const extremes = features.flatMap((column) => ends(column, rows))
  for (const row of evenly(extremes, count - chosen.size)) chosen.add(row)
  // Extremes that were chosen already leave places for more rows of the scores' range.
  for (const row of byValue(scores[0] ?? [], rows)) {
    if (chosen.size >= count) break
    chosen.add(row)
  }
  return [...chosen].sort((a, b) => a - b)
}

function byValue(values: ArrayLike<number>, rows: readonly number[]): number[] {
  return rows.filter((row) => !Number.isNaN(values[row])).sort((a, b) => values[a]! - values[b]! || a - b)
}

/** `count` of the items, first and last among them, evenly spaced. */
function evenly<T>(items: readonly T[], count: number): T[] {
  if (items.length <= count) return [...items]
  if (count <= 0) return []
  return Array.from(
    { length: count },
    (_, k) => items[Math.round((k * (items.length - 1)) / Math.max(1, count - 1))]!,
  )
}

function ends(values: Float64Array, rows: readonly number[]): number[] {
  let low = -1
  let high = -1
  for (const row of rows) {
    const x = values[row]!
    if (Number.isNaN(x)) continue
    if (low < 0 || x < values[low]!) low = row
    if (high < 0 || x > values[high]!) high = row
  }
  return low < 0 ? [] : [low, high]
}
