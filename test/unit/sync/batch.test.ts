import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toHex } from '#core/chain/hex.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { BatchHeader, SyncBlock, SyncLine } from '#core/contracts/sync.ts'
import { decodeBatch, encodeBatch } from '#core/sync/batch.ts'
import { chainOf, limits, sender, sha256 } from './blocks.ts'

const fromBase64 = (text: string) => new Uint8Array(Buffer.from(text, 'base64'))
const decode = (bytes: Uint8Array, more = {}) =>
  decodeBatch(bytes, { ...limits, ...more, fromBase64 }, sha256)
const refusal = (bytes: Uint8Array, more = {}) => {
  try {
    decode(bytes, more)
  } catch (error) {
    if (error instanceof EdgewrightError && error.code === 'sync-damaged') return error.message
    throw error
  }
  return 'taken'
}
/** A batch whose hash and header fit, whatever its lines say. */
function forged(lines: readonly SyncLine[], change: Partial<BatchHeader> = {}): Uint8Array {
  const body = Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  const [first, last] = [lines[0] as SyncBlock, lines.at(-1) as SyncBlock]
  const header = {
    ...{
      kind: 'batch',
      format: 1,
      epoch: first.epoch,
      first: first.first,
      last: last.last,
      count: lines.length,
    },
    ...{ sha256: toHex(sha256(body)), ...sender, ...change },
  }
  return Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`), body])
}

describe('a batch', () => {
  it('comes back as it was, with the stream and the rows that it holds', () => {
    const blocks = chainOf('events', [2, 1, 5])
    const { header, stream, lines } = decode(encodeBatch(sender, blocks.slice(1), sha256))
    expect(lines).toEqual(blocks.slice(1))
    expect({ stream, ...header }).toMatchObject({ stream: 'events', first: 3, last: 8, count: 2, ...sender })
  })

  it('is refused where a single byte of its lines was changed', () => {
    const bytes = encodeBatch(sender, chainOf('events', [2, 1]), sha256)
    const begin = bytes.indexOf(10) + 1
    fc.assert(
      fc.property(
        fc.integer({ min: begin, max: bytes.length - 1 }),
        fc.integer({ min: 1, max: 255 }),
        (at, by) => {
          const torn = bytes.slice()
          torn[at] = torn[at]! ^ by
          return refusal(torn).includes('not those that its header names')
        },
      ),
      { numRuns: 50 },
    )
  })

  it('is refused wherever it is cut', () => {
    const bytes = encodeBatch(sender, chainOf('events', [2, 1]), sha256)
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: bytes.length - 1 }),
        (at) => refusal(bytes.slice(0, at)) !== 'taken',
      ),
    )
  })

  const [a, b, c] = chainOf('rollout', [2, 1, 3]) as [SyncBlock, SyncBlock, SyncBlock]
  it.each<[string, Uint8Array, RegExp]>([
    ['a block is left out', forged([a, c]), /line 3: rows 3 to 3 are missing/],
    ['a block stands twice', forged([a, a]), /line 3: row 1 is there twice/],
    [
      'its content was edited',
      forged([{ ...a, text: '[]' }]),
      /line 2: the content of rows 1 to 2 was edited/,
    ],
    ['its header was edited', forged([{ ...a, atMs: 5 }]), /line 2: the header of rows 1 to 2 was edited/],
    ['a block has no content and does not say why', forged([without(a)]), /have 0 contents/],
    ['a block has content that it says was dropped', forged([{ ...a, dropped: true }]), /have 2 contents/],
    ['the count is wrong', forged([a, b], { count: 3 }), /2 blocks, and its header names 3/],
    ['the rows are others', forged([a, b], { last: 9 }), /holds rows 1 to 3, and its header names 1 to 9/],
    [
      'a block is of another epoch',
      forged([a, { ...b, epoch: 'other' }]),
      /line 3: the block belongs to epoch other/,
    ],
    [
      'a block is of another stream',
      forged([a, { ...b, stream: 'metrics' }]),
      /line 3: the block is of stream metrics/,
    ],
    [
      'a line is none',
      forged([{ kind: 'block' } as SyncBlock], { epoch: '', first: 1, last: 1 }),
      /line 2: stream/,
    ],
  ])('is refused where %s', (_, bytes, why) => {
    expect(refusal(bytes)).toMatch(why)
  })

  it('is refused where it is larger than allowed', () => {
    const bytes = encodeBatch(sender, [a, b], sha256)
    expect(refusal(bytes, { maxLines: 1 })).toMatch(/2 lines, and at most 1/)
    expect(refusal(bytes, { maxBytes: 100 })).toMatch(/at most 100 are taken/)
  })

  it('takes content that is not the journal’s own only where it says so', () => {
    const projected: SyncBlock = { ...a, text: '[]', projected: true }
    expect(decode(forged([projected])).lines).toEqual([projected])
    expect(decode(forged([{ ...without(a), withheld: true }, b])).lines).toHaveLength(2)
  })

  it('takes blocks merged into one where their ends fit their neighbours', () => {
    const [x, y, z] = chainOf('metrics', [2, 1, 3]) as [SyncBlock, SyncBlock, SyncBlock]
    const merged: SyncBlock = { ...y, first: x.first, prev: x.prev, text: '[]', projected: true, thinned: 2 }
    expect(decode(forged([merged, z])).header.last).toBe(6)
    expect(refusal(forged([x, { ...merged, first: 3, prev: x.prev }]))).toMatch(/do not follow/)
  })

  it('compares columns with their hash, and shapes with theirs', () => {
    const { text, ...header } = a
    const columns = Buffer.from(text!).toString('base64')
    const block: SyncBlock = { ...header, columns }
    expect(decode(forged([block])).lines).toEqual([block])
    expect(refusal(forged([{ ...header, columns: 'AAAA' }]))).toMatch(/content of rows 1 to 2 was edited/)
    const shape: SyncLine = { kind: 'shape', sha256: '0'.repeat(64), json: '{}' }
    expect(refusal(encodeBatch(sender, [shape, block], sha256))).toMatch(/line 2: the shape is not what/)
  })
})

function without({ text: _, ...block }: SyncBlock): SyncBlock {
  return block
}
