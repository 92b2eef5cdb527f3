import { moments } from './moments.ts'
import type { Random } from './random.ts'

/** More background rows explain no better, and cost an inference each. */
const most = 64
const fewest = 32
const rounds = 8

/**
 * Rows that stand for many: standardised columns, k-means++ seeds (Arthur and Vassilvitskii, 2007), a few rounds of
 * Lloyd, then the real row nearest to each centre. Between 32 and 64 of them, fewer where there are fewer different rows.
 * `columns`: [feature][row]; NaN counts as the mean. Answers row numbers, ascending.
 */
export function choosePrototypes(
  columns: readonly Float64Array[],
  rows: readonly number[],
  random: Random,
): number[] {
  const width = columns.length
  const points = standardise(columns, rows)
  const wanted = Math.min(most, Math.max(fewest, Math.floor(Math.sqrt(rows.length))), rows.length)
  const centres = seedCentres(points, width, rows.length, wanted, random)
  const k = centres.length / width
  const assigned = new Int32Array(rows.length)
  for (let round = 0; round < rounds; round++) {
    for (let row = 0; row < rows.length; row++) assigned[row] = nearest(points, row, centres, k, width)
    moveCentres(points, assigned, centres, k, width)
  }
  const chosen = new Set<number>()
  for (let c = 0; c < k; c++) chosen.add(rows[nearest(centres, c, points, rows.length, width)]!)
  return [...chosen].sort((a, b) => a - b)
}

/** Row-major [row][feature]; a column that does not vary is all zeros. */
function standardise(columns: readonly Float64Array[], rows: readonly number[]): Float64Array {
  const points = new Float64Array(rows.length * columns.length)
  columns.forEach((column, f) => {
    const { n, mean, m2 } = moments(rows.map((row) => column[row]!))
    const sd = Math.sqrt(m2 / n)
    rows.forEach((row, at) => {
      const x = (column[row]! - mean) / sd
      points[at * columns.length + f] = Number.isFinite(x) ? x : 0
    })
  })
  return points
}

function squaredDistance(a: Float64Array, i: number, b: Float64Array, j: number, width: number): number {
  let sum = 0
  for (let f = 0; f < width; f++) sum += (a[i * width + f]! - b[j * width + f]!) ** 2
  return sum
}

function nearest(a: Float64Array, i: number, b: Float64Array, count: number, width: number): number {
  let best = 0
  let least = Number.POSITIVE_INFINITY
  for (let j = 0; j < count; j++) {
    const d = squaredDistance(a, i, b, j, width)
    if (d < least) [best, least] = [j, d]
  }
  return best
}

/** Each further seed is drawn with a chance proportional to its squared distance from the seeds so far. */
function seedCentres(
  points: Float64Array,
  width: number,
  rows: number,
  wanted: number,
  random: Random,
): Float64Array {
  const seeds = [Math.floor(random() * rows)]
  const distance = new Float64Array(rows).fill(Number.POSITIVE_INFINITY)
  while (seeds.length < wanted) {
    let total = 0
    for (let row = 0; row < rows; row++) {
      distance[row] = Math.min(distance[row]!, squaredDistance(points, row, points, seeds.at(-1)!, width))
      total += distance[row]!
    }
    if (total === 0) break // every row equals a seed
    let left = random() * total
    let row = 0
    while (row < rows - 1 && (left >= distance[row]! || distance[row] === 0)) left -= distance[row++]!
    seeds.push(row)
  }
  const centres = new Float64Array(seeds.length * width)
  seeds.forEach((row, c) => {
    centres.set(points.subarray(row * width, (row + 1) * width), c * width)
  })
  return centres
}

/** A centre without rows stays where it is. */
function moveCentres(
  points: Float64Array,
  assigned: Int32Array,
  centres: Float64Array,
  k: number,
  width: number,
): void {
  const sums = new Float64Array(k * width)
  const counts = new Int32Array(k)
  assigned.forEach((c, row) => {
    counts[c]! += 1
    for (let f = 0; f < width; f++) sums[c * width + f]! += points[row * width + f]!
  })
  for (let c = 0; c < k; c++)
    if (counts[c]! > 0)
      for (let f = 0; f < width; f++) centres[c * width + f] = sums[c * width + f]! / counts[c]!
}
