/** From `min` to `max` in round steps (1, 2 or 5 times a power of ten), at most four, both ends covered. */
export function roundTicks(min: number, max: number): number[] {
  const width = max - min
  if (!(width > 0)) return [min]
  const power = 10 ** Math.floor(Math.log10(width / 4))
  for (const factor of [1, 2, 5, 10, 20]) {
    const step = factor * power
    const first = Math.floor(min / step + 1e-9)
    const last = Math.ceil(max / step - 1e-9)
    if (last - first <= 4)
      return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)))
  }
  return [min, max]
}
