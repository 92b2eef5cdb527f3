import { Metadata, Targets } from '@tufjs/models'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalJson } from '#core/update/canonical-json.ts'

describe('canonicalJson', () => {
  it('gives the bytes that @tufjs/models signs', () => {
    const whole = fc
      .jsonValue()
      .map((value) =>
        JSON.parse(JSON.stringify(value, (_, one) => (typeof one === 'number' ? Math.trunc(one) || 0 : one))),
      )
    fc.assert(
      fc.property(whole, (extra) => {
        const targets = new Targets({
          specVersion: '1.0.31',
          version: 1,
          expires: '2030-01-01T00:00:00Z',
          unrecognizedFields: { extra },
        })
        let signed = ''
        new Metadata(targets).sign((bytes) => {
          signed = bytes.toString()
          return { keyID: 'k', sig: '' } as never
        })
        expect(canonicalJson(targets.toJSON())).toBe(signed)
      }),
    )
  })
  it('refuses what it cannot hold', () => {
    expect(() => canonicalJson({ a: 0.5 })).toThrow(TypeError)
    expect(() => canonicalJson({ a: undefined })).toThrow(TypeError)
  })
})
