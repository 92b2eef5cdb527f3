import { alignment, formatByte, padded, prefixBytes, refuseBigEndian, type Spec } from './encode.ts'
import {
  type Codes,
  isScale,
  type Unsigned,
  unpackDecimals,
  unsigned,
  type Width,
  widths,
} from './numbers.ts'
import { fromUtf8 } from './utf8.ts'

/** The bytes are not a block that this program can read. */
export class UnreadableColumnsError extends Error {
  override readonly name = 'UnreadableColumnsError'
}

/** A decoded block: everything is checked for length at once, columns are made when asked for. */
export class ColumnTable {
  readonly rows: number
  readonly extra: unknown
  readonly #specs: Spec[]
  /** Byte offset of each column's section; −1: constant. */
  readonly #offsets: number[]
  readonly #bytes: Uint8Array

  constructor(rows: number, extra: unknown, specs: Spec[], offsets: number[], bytes: Uint8Array) {
    this.rows = rows
    this.extra = extra
    this.#specs = specs
    this.#offsets = offsets
    this.#bytes = bytes
  }

  get width(): number {
    return this.#specs.length
  }

  floats(i: number): Float64Array {
    const spec = this.#spec(i)
    if (isConstant(spec)) return new Float64Array(this.rows).fill(number(spec[0], i))
    if (spec === 'f8') return new Float64Array(this.#bytes.buffer, this.#at(i), this.rows)
    if (Array.isArray(spec) && spec.length === 3)
      return unpackDecimals({ width: spec[0], base: spec[1], scale: spec[2] }, this.#codes(i, spec[0]))
    throw wrongKind(i, 'float64')
  }

  floats32(i: number): Float32Array {
    const spec = this.#spec(i)
    if (isConstant(spec)) return new Float32Array(this.rows).fill(number(spec[0], i))
    if (spec === 'f4') return new Float32Array(this.#bytes.buffer, this.#at(i), this.rows)
    throw wrongKind(i, 'float32')
  }

  bytes(i: number): Uint8Array {
    const spec = this.#spec(i)
    if (isConstant(spec)) return new Uint8Array(this.rows).fill(number(spec[0], i))
    if (spec === 'u1') return new Uint8Array(this.#bytes.buffer, this.#at(i), this.rows)
    throw wrongKind(i, 'uint8')
  }

  signedBytes(i: number): Int8Array {
    const spec = this.#spec(i)
    if (isConstant(spec)) return new Int8Array(this.rows).fill(number(spec[0], i))
    if (spec === 'i1') return new Int8Array(this.#bytes.buffer, this.#at(i), this.rows)
    throw wrongKind(i, 'int8')
  }

  text(i: number): (string | null)[] {
    const spec = this.#spec(i)
    if (isConstant(spec)) return new Array<string | null>(this.rows).fill(word(spec[0], i))
    if (!Array.isArray(spec) || spec.length !== 2) throw wrongKind(i, 'text')
    const [width, words] = spec
    return Array.from(this.#codes(i, width), (code) => {
      if (code >= words.length)
        throw new UnreadableColumnsError(`column ${i}: code ${code} stands for no word`)
      return word(words[code], i)
    })
  }

  #spec(i: number): Spec {
    const spec = this.#specs[i]
    if (spec === undefined)
      throw new UnreadableColumnsError(`there is no column ${i}: the block has ${this.#specs.length}`)
    return spec
  }

  #at(i: number): number {
    return this.#bytes.byteOffset + this.#offsets[i]!
  }

  #codes(i: number, width: Unsigned): Codes {
    return unsigned(width, this.#bytes.buffer, this.#at(i), this.rows)
  }
}

/** Reads what `encodeColumns` wrote. Throws UnreadableColumnsError on anything else. */
export function decodeColumns(input: Uint8Array): ColumnTable {
  refuseBigEndian()
  const bytes = input.byteOffset % alignment === 0 ? input : input.slice()
  if (bytes.length < prefixBytes)
    throw new UnreadableColumnsError(`${bytes.length} bytes are too few for a block`)
  if (bytes[0] !== formatByte || bytes[1] !== 0 || bytes[2] !== 0 || bytes[3] !== 0)
    throw new UnreadableColumnsError(`format ${bytes[0]} is not known here`)
  const headLength = new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, true)
  if (prefixBytes + headLength > bytes.length) throw new UnreadableColumnsError('the head is cut off')
  const { rows, columns, extra } = parseHead(bytes.subarray(prefixBytes, prefixBytes + headLength))
  let at = padded(prefixBytes + headLength)
  const offsets = columns.map((spec, i) => {
    const width = sectionWidth(spec, i)
    if (width === undefined) return -1
    const start = at
    at += padded(rows * widths[width])
    return start
  })
  if (at !== bytes.length)
    throw new UnreadableColumnsError(`the head describes ${at} bytes, there are ${bytes.length}`)
  return new ColumnTable(rows, extra, columns, offsets, bytes)
}

function parseHead(bytes: Uint8Array): { rows: number; columns: Spec[]; extra: unknown } {
  let head: unknown
  try {
    head = JSON.parse(fromUtf8(bytes))
  } catch (cause) {
    throw new UnreadableColumnsError('the head is not JSON', { cause })
  }
  if (typeof head !== 'object' || head === null) throw new UnreadableColumnsError('the head is not an object')
  const { rows, columns, extra } = head as { rows?: unknown; columns?: unknown; extra?: unknown }
  if (!Number.isInteger(rows) || (rows as number) < 0 || (rows as number) > 0xffffff)
    throw new UnreadableColumnsError('the head names no number of rows')
  if (!Array.isArray(columns)) throw new UnreadableColumnsError('the head names no columns')
  return { rows: rows as number, columns: columns as Spec[], extra }
}

/** The width of a column's section, undefined for a constant; throws where the entry is none of the forms of Spec. */
function sectionWidth(spec: unknown, i: number): Width | undefined {
  if (spec === 'f8' || spec === 'f4' || spec === 'u1' || spec === 'i1') return spec
  if (Array.isArray(spec)) {
    const [width, second, scale] = spec as unknown[]
    if (spec.length === 1) return undefined
    const known = width === 'u1' || width === 'u2' || width === 'u4'
    if (known && spec.length === 3 && Number.isSafeInteger(second) && isScale(scale)) return width
    if (known && spec.length === 2 && Array.isArray(second)) return width
  }
  throw new UnreadableColumnsError(`column ${i} is described in no known way`)
}

function isConstant(spec: Spec): spec is [string | number | null] {
  return Array.isArray(spec) && spec.length === 1
}

function number(x: unknown, i: number): number {
  if (typeof x === 'number') return x
  if (x === 'NaN' || x === 'Infinity' || x === '-Infinity' || x === '-0') return Number(x)
  if (x === null) return 0 // A column without rows has no value; nothing is filled with it.
  throw wrongKind(i, 'a number')
}

function word(x: unknown, i: number): string | null {
  if (typeof x === 'string' || x === null) return x
  throw wrongKind(i, 'text')
}

function wrongKind(i: number, kind: string): UnreadableColumnsError {
  return new UnreadableColumnsError(`column ${i} does not hold ${kind}`)
}
