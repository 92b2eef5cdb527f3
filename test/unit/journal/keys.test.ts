import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { keyOf } from '#edge/journal/keys.ts'
import { markOf } from '#edge/journal/sources.ts'

describe('a key', () => {
  it('is the text itself where UTF-8 can hold it', () => {
    for (const text of ['press-1', '', 'Förderband 3 \u{1f3ed}', 'a\0b']) expect(keyOf(text)).toBe(text)
  })

  it('differs in UTF-8 wherever the texts differ', () => {
    const unit = fc.constantFrom('\ud800', '\udc00', '\ufffd', '\0', '"', '\\', 'u', 'd', '8', '0')
    const text = fc.array(unit, { maxLength: 9 }).map((units) => units.join(''))
    const inUtf8 = (key: string): string => Buffer.from(key).toString('hex')
    fc.assert(
      fc.property(text, text, fc.boolean(), (a, b, nested) => {
        const other = nested ? keyOf(b) : b
        expect(inUtf8(keyOf(a)) === inUtf8(keyOf(other))).toBe(a === other)
      }),
    )
    expect(inUtf8(keyOf('S\ud800'))).not.toBe(inUtf8(keyOf('S\ud801')))
  })
})

describe('marks', () => {
  it('are found where they were put, and nowhere else', () => {
    const id = fc.integer({ min: 1, max: 0x3fff })
    const holds = (ids: number[], asked: number): boolean =>
      Buffer.from(markOf(ids)).includes(Buffer.from(markOf([asked])))
    fc.assert(
      fc.property(fc.array(id, { maxLength: 40 }), id, (ids, asked) => {
        expect(holds(ids, asked)).toBe(ids.includes(asked))
      }),
    )
    for (const large of [0x4000, 0x7fff_ffff, 2 ** 40 + 5]) expect(holds([1, large], large)).toBe(true)
  })
})
