import { packDecimals, planDecimals, type Unsigned, unsigned, widths } from './numbers.ts'
import { utf8 } from './utf8.ts'

export type Text = readonly (string | null)[]
export type Column = Float64Array | Float32Array | Uint8Array | Int8Array | Text

/**
 * One column's entry in the head.
 * `[x]`: every row is x (numbers JSON cannot write are 'NaN', 'Infinity', '-Infinity', '-0') · `'f8'`: a plain section ·
 * `['u2', base, scale]`: decimals (numbers.ts) · `['u1', words]`: codes into words.
 */
export type Spec =
  | [string | number | null]
  | 'f8'
  | 'f4'
  | 'u1'
  | 'i1'
  | [Unsigned, number, number]
  | [Unsigned, (string | null)[]]

export const formatByte = 1
export const prefixBytes = 8
/** Typed arrays look straight into the payload, so every section starts at a multiple of this. */
export const alignment = 8

export const padded = (bytes: number): number => Math.ceil(bytes / alignment) * alignment

/** A column's entry in the head, and what writes its section, where it has one. */
interface Plan {
  spec: Spec
  bytes: number
  write?: (buffer: ArrayBuffer, at: number) => void
}

/**
 * Columns as bytes: `format u8, 0 0 0, head length u32, head JSON, sections`, little-endian, every part padded to 8 bytes.
 * `extra` is any JSON that belongs to the block. All columns must have `rows` rows.
 */
export function encodeColumns(rows: number, columns: readonly Column[], extra?: unknown): Uint8Array {
  refuseBigEndian()
  // Planned first and written into one buffer: allocating an array per column would cost more than filling it.
  const plans = columns.map((column, i) => {
    if (column.length !== rows)
      throw new RangeError(`column ${i} has ${column.length} rows where the block has ${rows}`)
    return plan(column)
  })
  const head = utf8(JSON.stringify({ rows, columns: plans.map((p) => p.spec), extra }))
  let at = padded(prefixBytes + head.length)
  const out = new Uint8Array(plans.reduce((size, p) => size + padded(p.bytes), at))
  out[0] = formatByte
  new DataView(out.buffer).setUint32(4, head.length, true)
  out.set(head, prefixBytes)
  for (const { bytes, write } of plans) {
    write?.(out.buffer, at)
    at += padded(bytes)
  }
  return out
}

function plan(column: Column): Plan {
  if (column.length === 0) return { spec: [null], bytes: 0 }
  if (isConstant(column)) return { spec: [constant(column)], bytes: 0 }
  if (column instanceof Float64Array) {
    const packing = planDecimals(column)
    if (!packing) return plain('f8', column)
    return {
      spec: [packing.width, packing.base, packing.scale],
      bytes: column.length * widths[packing.width],
      write: (buffer, at) => packDecimals(column, packing, buffer, at),
    }
  }
  if (column instanceof Float32Array) return plain('f4', column)
  if (column instanceof Uint8Array) return plain('u1', column)
  if (column instanceof Int8Array) return plain('i1', column)
  return planText(column)
}

function plain(width: 'f8' | 'f4' | 'u1' | 'i1', column: ArrayBufferView): Plan {
  const bytes = new Uint8Array(column.buffer, column.byteOffset, column.byteLength)
  return { spec: width, bytes: bytes.length, write: (buffer, at) => new Uint8Array(buffer, at).set(bytes) }
}

function planText(column: Text): Plan {
  const codeOf = new Map<string | null, number>()
  for (const word of column) if (!codeOf.has(word)) codeOf.set(word, codeOf.size)
  const width: Unsigned = codeOf.size <= 0x100 ? 'u1' : codeOf.size <= 0x10000 ? 'u2' : 'u4'
  return {
    spec: [width, [...codeOf.keys()]],
    bytes: column.length * widths[width],
    write: (buffer, at) => {
      const codes = unsigned(width, buffer, at, column.length)
      for (let i = 0; i < codes.length; i++) codes[i] = codeOf.get(column[i]!)!
    },
  }
}

function isConstant(column: Column): boolean {
  const first = column[0]
  for (let i = 1; i < column.length; i++) if (!Object.is(column[i], first)) return false
  return true
}

/** A value as JSON can hold it. Nine digits give a float32 back exactly (IEEE 754) and are shorter than its double. */
function constant(column: Column): string | number | null {
  const x = column[0]!
  if (typeof x !== 'number') return x
  if (Object.is(x, -0)) return '-0'
  if (!Number.isFinite(x)) return String(x)
  return column instanceof Float32Array ? Number(x.toPrecision(9)) : x
}

const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1

export function refuseBigEndian(): void {
  if (!littleEndian) throw new Error('Blocks are little-endian, and this processor is not.')
}
