import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { byteStream } from '#edge/update/sources/byte-stream.ts'
import { segmentsOf } from '#edge/update/sources/segments.ts'

const asIs = (error: unknown) => error as Error

describe('byteStream', () => {
  it('yields exactly the bytes that come, and never more than the length', async () => {
    const pieces = fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(pieces, fc.integer({ min: 1, max: 100 }), async (given, length) => {
        let [at, stops] = [0, 0]
        const source = { next: async () => given[at++], stop: () => void stops++ }
        const read: Buffer[] = []
        for await (const piece of byteStream(source, length, asIs)) read.push(piece as Buffer)
        const all = Buffer.concat(given)
        expect(Buffer.concat(read)).toEqual(all.subarray(0, length))
        expect(stops).toBe(1)
      }),
    )
  })
  it('can be destroyed while a piece is pending, and then gives back what it holds', async () => {
    let stops = 0
    const silent = { next: () => new Promise<undefined>(() => undefined), stop: () => void stops++ }
    const stream = byteStream(silent, 10, asIs)
    const next = stream[Symbol.asyncIterator]().next()
    stream.destroy(new Error('enough'))
    await expect(next).rejects.toThrow('enough')
    expect(stops).toBe(1)
  })
})

describe('segmentsOf', () => {
  it.each(['../x', 'a/../../x', '/etc/passwd', 'a//b', '.', '', 'a\\..\\b', 'a\0b', 'a\nb', 'x'.repeat(256)])(
    'refuses %j',
    (file) => expect(() => segmentsOf(file, 'download-refused')).toThrow(/is no path inside a repository/),
  )
  it('takes what TUF allows in names', () => {
    expect(segmentsOf('a b/1.?%2f..json', 'update-refused')).toEqual(['a b', '1.?%2f..json'])
  })
})
