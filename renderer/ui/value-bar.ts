import type { Spread } from './format.ts'

/** Where things stand on a value bar, in percent of its width: the usual range always takes 25 to 75. */
export interface BarGeometry {
  mark: number
  /** The part outside the usual range. */
  dev: { left: number; width: number } | null
  /** The value lies beyond the end of the bar: its mark becomes an arrowhead. */
  off: 'low' | 'high' | null
}

export function barGeometry(value: number, usual: Spread): BarGeometry {
  const width = usual.max - usual.min
  const share =
    width > 0
      ? (value - usual.min) / width
      : value === usual.min
        ? 0.5
        : value > usual.max
          ? Infinity
          : -Infinity
  const place = 25 + 50 * share
  const mark = Math.min(100, Math.max(0, place))
  const off = place > 100 ? 'high' : place < 0 ? 'low' : null
  if (value > usual.max) return { mark, dev: { left: 75, width: mark - 75 }, off }
  if (value < usual.min) return { mark, dev: { left: mark, width: 25 - mark }, off }
  return { mark, dev: null, off }
}
