import { type Column, kindOf } from './columns.ts'

export type TimeOrder =
  | { ok: true; columns: Column[]; moved: boolean; severalSeries?: string }
  | { ok: false; reason: string }

/** More rows than this that share their time with another are several machines in one file, not one series. */
const maxSharedTimes = 0.01

/** Sorts a table's rows by time: numbers, or dates that JavaScript reads (RFC 3339 and its relatives). Stable. */
export function putInTimeOrder(columns: readonly Column[], time: Column): TimeOrder {
  const times = timesOf(time)
  const bad = times.findIndex(Number.isNaN)
  if (bad >= 0) return { ok: false, reason: `row ${bad + 1} holds no time` }
  const order = Array.from(times.keys()).sort((a, b) => times[a]! - times[b]! || a - b)
  const moved = order.some((row, at) => row !== at)
  let shared = 0
  for (let k = 1; k < order.length; k++) if (times[order[k]!] === times[order[k - 1]!]) shared += 1
  return {
    ok: true,
    moved,
    columns: moved ? columns.map((column) => reorder(column, order)) : [...columns],
    ...(shared > maxSharedTimes * times.length && {
      severalSeries: `${shared} rows have the same "${time.name}" as another: several machines in one file are not one series`,
    }),
  }
}

function timesOf(time: Column): Float64Array {
  if (kindOf(time) === 'number') return time.numbers
  const parsed = time.words.map((word) => Date.parse(word))
  return Float64Array.from(time.numbers, (_, row) => parsed[time.wordAt?.[row] ?? -1] ?? Number.NaN)
}

function reorder(column: Column, order: readonly number[]): Column {
  return {
    ...column,
    numbers: Float64Array.from(order, (row) => column.numbers[row]!),
    ...(column.wordAt && { wordAt: Int32Array.from(order, (row) => column.wordAt![row]!) }),
  }
}
