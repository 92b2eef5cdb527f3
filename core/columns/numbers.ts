/** Widths of a section, bytes per row. */
export const widths = { u1: 1, i1: 1, u2: 2, u4: 4, f4: 4, f8: 8 } as const
export type Width = keyof typeof widths
export type Unsigned = 'u1' | 'u2' | 'u4'

export type Codes = Uint8Array | Uint16Array | Uint32Array

/** Values stand as (base + code) / scale, exactly; the largest code of the width is NaN. */
export interface Packing {
  width: Unsigned
  base: number
  scale: number
}

const scales = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000]
const nanCodes = { u1: 0xff, u2: 0xffff, u4: 0xffffffff } as const

/** Adding and taking away 1.5 · 2^52 leaves a whole number, many times faster than Math.round; right up to 2^51. */
const shift = 6_755_399_441_055_744
const furthest = 2 ** 51

/**
 * How a column of decimals packs: 298.1 is stored as the code of 2981 over 10, as sensors speak. Undefined where any value
 * would not come back bit for bit (full-precision floats, infinities, −0) or where the range needs more than 32 bits.
 */
export function planDecimals(values: Float64Array): Packing | undefined {
  for (const scale of scales) {
    const found = range(values, scale)
    if (found === undefined) continue
    const span = found.max - found.min
    if (!(span >= 0 && span < nanCodes.u4)) return undefined
    return { width: span < nanCodes.u1 ? 'u1' : span < nanCodes.u2 ? 'u2' : 'u4', base: found.min, scale }
  }
  return undefined
}

/** The smallest and largest value times `scale`; undefined where one of them is not whole. */
function range(values: Float64Array, scale: number): { min: number; max: number } | undefined {
  let min = Infinity
  let max = -Infinity
  for (let i = 0; i < values.length; i++) {
    const x = values[i]!
    const k = x * scale + shift - shift
    if (k / scale === x) {
      if (k < min) min = k
      if (k > max) max = k
      if (k === 0 && Object.is(x, -0)) return undefined
    } else if (!Number.isNaN(x)) return undefined
  }
  // Further out, a base and a code would no longer add up exactly.
  return min < -furthest || max > furthest ? undefined : { min, max }
}

/** Writes the codes of a planned column. One loop per type: stores into whichever array comes are far slower. */
export function packDecimals(
  values: Float64Array,
  { width, base, scale }: Packing,
  buffer: ArrayBuffer,
  at: number,
): void {
  const { length } = values
  const none = nanCodes[width]
  if (width === 'u1') {
    const out = new Uint8Array(buffer, at, length)
    for (let i = 0; i < length; i++) out[i] = code(values[i]!, scale, base, none)
  } else if (width === 'u2') {
    const out = new Uint16Array(buffer, at, length)
    for (let i = 0; i < length; i++) out[i] = code(values[i]!, scale, base, none)
  } else {
    const out = new Uint32Array(buffer, at, length)
    for (let i = 0; i < length; i++) out[i] = code(values[i]!, scale, base, none)
  }
}

function code(x: number, scale: number, base: number, none: number): number {
  return Number.isNaN(x) ? none : x * scale + shift - shift - base
}

/** The values of a packed section. */
export function unpackDecimals({ width, base, scale }: Packing, codes: Codes): Float64Array {
  const values = new Float64Array(codes.length)
  const none = nanCodes[width]
  for (let i = 0; i < codes.length; i++) values[i] = codes[i] === none ? NaN : (base + codes[i]!) / scale
  return values
}

export function isScale(scale: unknown): scale is number {
  return scales.includes(scale as number)
}

export function unsigned(width: Unsigned, buffer: ArrayBufferLike, at: number, rows: number): Codes {
  if (width === 'u1') return new Uint8Array(buffer, at, rows)
  return width === 'u2' ? new Uint16Array(buffer, at, rows) : new Uint32Array(buffer, at, rows)
}
