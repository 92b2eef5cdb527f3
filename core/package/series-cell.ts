/** A cell that holds many numbers: `[1, 2, 3]`, or numbers between spaces, semicolons or vertical bars. Undefined where it does not. */
export function parseSeries(cell: string): Float64Array | undefined {
  const inner = /^\s*[[(](.*)[\])]\s*$/s.exec(cell)?.[1] ?? cell
  const parts = inner.trim().split(/[\s,;|]+/)
  if (parts.length < 2) return undefined
  const numbers = Float64Array.from(parts, (part) =>
    /^(?:nan|null|none)$/i.test(part) ? Number.NaN : Number(part || 'x'),
  )
  const bad = parts.some((part, k) => Number.isNaN(numbers[k]) && !/^(?:nan|null|none)$/i.test(part))
  return bad ? undefined : numbers
}
