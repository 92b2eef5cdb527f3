import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeColumns, UnreadableColumnsError } from '#core/columns/decode.ts'
import { type Column, encodeColumns } from '#core/columns/encode.ts'

const decimal = fc
  .tuple(fc.integer({ min: -2_000_000, max: 2_000_000 }), fc.constantFrom(1, 10, 100, 1000))
  .map(([k, scale]) => k / scale)
const odd = fc.constantFrom(NaN, -0, 0, Infinity, -Infinity, 2 ** 53, -(2 ** 60), 0.1 + 0.2, 1e308, 5e-324)
const word = fc.oneof(
  fc.constant(null),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom('', 'a', 'b'),
)

/** Columns of each kind, of `rows` rows: varied, constant, and mixtures that tempt the packing. */
function columns(rows: number): fc.Arbitrary<Column[]> {
  const filled = (cell: fc.Arbitrary<number>) =>
    fc.oneof(
      fc.array(cell, { minLength: rows, maxLength: rows }),
      cell.map((x) => new Array<number>(rows).fill(x)),
    )
  const size = { minLength: rows, maxLength: rows }
  return fc.array(
    fc.oneof(
      filled(decimal).map((xs) => Float64Array.from(xs)),
      filled(fc.oneof({ weight: 8, arbitrary: decimal }, odd)).map((xs) => Float64Array.from(xs)),
      filled(fc.double()).map((xs) => Float64Array.from(xs)),
      filled(fc.integer({ min: 1_700_000_000_000, max: 1_700_000_500_000 })).map((xs) =>
        Float64Array.from(xs),
      ),
      filled(fc.oneof(fc.float(), odd)).map((xs) => Float32Array.from(xs)),
      filled(fc.integer({ min: 0, max: 255 })).map((xs) => Uint8Array.from(xs)),
      filled(fc.integer({ min: -128, max: 127 })).map((xs) => Int8Array.from(xs)),
      fc.array(word, size),
    ),
    { maxLength: 12 },
  )
}
const block = fc
  .integer({ min: 1, max: 300 })
  .chain((rows) => fc.record({ rows: fc.constant(rows), columns: columns(rows), extra: fc.jsonValue() }))

function decoded(bytes: Uint8Array, like: readonly Column[]): Column[] {
  const table = decodeColumns(bytes)
  return like.map((column, i) => {
    if (column instanceof Float64Array) return table.floats(i)
    if (column instanceof Float32Array) return table.floats32(i)
    if (column instanceof Uint8Array) return table.bytes(i)
    if (column instanceof Int8Array) return table.signedBytes(i)
    return table.text(i)
  })
}

describe('columns', () => {
  it('come back bit for bit', () => {
    fc.assert(
      fc.property(block, ({ rows, columns, extra }) => {
        const bytes = encodeColumns(rows, columns, extra)
        expect(bytes.length % 8).toBe(0)
        // toEqual tells −0 from 0 in typed arrays and takes NaN for NaN.
        expect(decoded(bytes, columns)).toEqual(columns)
        expect(decodeColumns(bytes).extra).toEqual(JSON.parse(JSON.stringify(extra)))
      }),
      { numRuns: 300 },
    )
  })

  it.each<[string, number[]]>([
    ['-0 among decimals', [1.5, -0, 0, 2]],
    ['-0 and nothing', [NaN, -0]],
    ['the widest range of a byte', [0, 254, NaN]],
    ['one more than a byte holds', [0, 255, NaN]],
    ['the widest range of two bytes', [-65_534, 0, NaN]],
    ['one more than two bytes hold', [-65_535, 0, NaN]],
    ['the widest range of four bytes', [1e12, 1e12 + 4_294_967_294, NaN]],
    ['one more than four bytes hold', [1e12, 1e12 + 4_294_967_295, NaN]],
    ['nothing at all', [NaN, NaN]],
    ['decimals where the last needs another digit', [1, 2.5, 3.25, 4.123456]],
    ['a digit too many', [1, 2.5, 3.25, 4.1234567]],
    ['whole numbers up to 2^51', [2 ** 51 - 1, 2 ** 51]],
    ['whole numbers beyond 2^51', [2 ** 52 + 1, 2 ** 52 + 3]],
    ['whole numbers far beyond', [-(2 ** 60), 2 ** 53, 2 ** 53 + 2]],
  ])('come back bit for bit at the edges: %s', (_, values) => {
    const column = Float64Array.from(values)
    expect(decoded(encodeColumns(values.length, [column]), [column])).toEqual([column])
  })

  it('do not depend on where in memory the bytes lie', () => {
    const columns = [Float64Array.from([0.1 + 0.2, 7, NaN]), ['a', null, 'b']]
    const bytes = encodeColumns(3, columns)
    const shifted = new Uint8Array(bytes.length + 3)
    shifted.set(bytes, 3)
    expect(decoded(shifted.subarray(3), columns)).toEqual(columns)
  })

  it('cost almost nothing where every row is the same', () => {
    const rows = 10_000
    const same = [
      new Float64Array(rows).fill(298.1),
      new Array<null>(rows).fill(null),
      new Array<string>(rows).fill('press 4'),
    ]
    expect(encodeColumns(rows, same).length).toBeLessThan(100)
  })

  it('keep decimals of a sensor in one or two bytes a value', () => {
    const rows = 1000
    const temperature = Float64Array.from({ length: rows }, (_, i) => (2950 + (i % 200)) / 10)
    const speed = Float64Array.from({ length: rows }, (_, i) => 1200 + ((i * 37) % 1500))
    const { length } = encodeColumns(rows, [temperature, speed])
    expect(length).toBeLessThan(3 * rows + 100)
    expect(decoded(encodeColumns(rows, [temperature]), [temperature])).toEqual([temperature])
  })

  it('refuse columns of different lengths', () => {
    expect(() => encodeColumns(2, [new Float64Array(3)])).toThrow('column 0 has 3 rows where the block has 2')
  })

  it('refuse garbage with an error of their own, and never read past the end', () => {
    const read = (bytes: Uint8Array, width: number): void => {
      const table = decodeColumns(bytes)
      for (let i = 0; i < width; i++)
        for (const column of ['floats', 'floats32', 'bytes', 'signedBytes', 'text'] as const) {
          try {
            expect(table[column](i)).toHaveLength(table.rows)
          } catch (error) {
            if (!(error instanceof UnreadableColumnsError)) throw error
          }
        }
    }
    const attempt = (bytes: Uint8Array): void => {
      try {
        read(bytes, 14)
      } catch (error) {
        if (!(error instanceof UnreadableColumnsError)) throw error
      }
    }
    fc.assert(
      fc.property(block, fc.nat(), fc.nat(), fc.integer({ min: 1, max: 255 }), (b, cut, at, flip) => {
        const bytes = encodeColumns(b.rows, b.columns, b.extra)
        attempt(bytes.slice(0, cut % bytes.length))
        bytes[at % bytes.length]! ^= flip
        attempt(bytes)
      }),
      { numRuns: 300 },
    )
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), attempt))
  })

  it('says what is wrong with bytes that are none of its own', () => {
    const bytes = encodeColumns(2, [Float64Array.from([1, 2])])
    expect(() => decodeColumns(bytes.subarray(0, 5))).toThrow('5 bytes are too few for a block')
    expect(() => decodeColumns(bytes.subarray(0, bytes.length - 8))).toThrow(
      /the head describes \d+ bytes, there are/,
    )
    expect(() => decodeColumns(new TextEncoder().encode('<!doctype html><html>'))).toThrow(
      'format 60 is not known here',
    )
    expect(() => decodeColumns(bytes).text(0)).toThrow('column 0 does not hold text')
    const words = encodeColumns(2, [['a', 'b']])
    words[words.length - 8] = 2
    expect(() => decodeColumns(words).text(0)).toThrow('column 0: code 2 stands for no word')
    expect(() => decodeColumns(bytes).floats(1)).toThrow('there is no column 1')
  })
})
