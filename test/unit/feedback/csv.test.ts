import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cell, textOf } from '#central/feedback/export/csv.ts'

const read = (text: string): string =>
  (parse(`a\r\n${text}\r\n`, { skip_empty_lines: false })[1] as string[])[0]!

describe('a cell of CSV', () => {
  it.each([
    ...['=1+1', '+1', '-x', '@SUM(A1)', '\t=1', '\r=1', ' =1', "'=1", '＝1', '\n@a', '=cmd|’/c calc’!A0'],
  ])('is no formula: %j', (text) => {
    expect(read(cell(text))).toMatch(/^'/)
    expect(textOf(read(cell(text)))).toBe(text)
  })

  it('gives every text back', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'=+-@\'", a;\t\r\nä\u0001＝') }), (text) => {
        expect(textOf(read(cell(text)))).toBe(text)
        expect(read(cell(text))).not.toMatch(/^[\s\p{Cc}]*[=+\-@＝＋－＠]/u)
      }),
    )
  })

  it('leaves numbers as they are, to the last bit', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(Object.is(Number(cell(value)), value)).toBe(true)
      }),
    )
    expect(cell(-5)).toBe('-5')
  })
})
