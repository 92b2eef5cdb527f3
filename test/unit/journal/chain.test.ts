import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type BlockHeader,
  blockDigest,
  brokenLink,
  genesis,
  type Hash,
  headerBytes,
  type Tip,
} from '#core/chain/chain.ts'

const hash: Hash = (bytes) => new Uint8Array(createHash('sha256').update(bytes).digest())
const epoch = '00000000-0000-4000-8000-000000000000'
type Link = BlockHeader & { digest: Uint8Array }

function chain(sizes: number[], stream = 3): Link[] {
  let prev = genesis(stream, epoch, null, hash)
  let first = 1
  return sizes.map((rows) => {
    const payloadSha256 = hash(new TextEncoder().encode(`payload of ${first}`))
    const header = {
      stream,
      epoch,
      first,
      last: first + rows - 1,
      atMs: 1000 + first,
      kind: 'record',
      shape: 'ab',
      payloadSha256,
      prev,
    }
    prev = blockDigest(header, hash)
    first += rows
    return { ...header, digest: prev }
  })
}

/** The first problem when the links are followed from the beginning, as verification does. */
function follow(links: Link[], stream = 3): string | undefined {
  const tip: Tip = { epoch, seq: 0, digest: genesis(stream, epoch, null, hash) }
  for (const link of links) {
    const problem = brokenLink(tip, link, hash)
    if (problem) return problem
    tip.seq = link.last
    tip.digest = link.digest
  }
  return undefined
}

const sizes = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 3, maxLength: 12 })

describe('the chain', () => {
  it('follows what was appended', () => {
    fc.assert(
      fc.property(sizes, (rows) => {
        expect(follow(chain(rows))).toBeUndefined()
      }),
    )
  })

  it('breaks where any field of any header is changed', () => {
    const edits: ((link: Link) => Partial<Link>)[] = [
      (l) => ({ atMs: l.atMs + 1 }),
      (l) => ({ kind: `${l.kind}s` }),
      () => ({ shape: 'ac' }),
      (l) => ({ stream: l.stream + 1 }),
      (l) => ({ first: l.first + 1 }),
      (l) => ({ last: l.last + 1 }),
      () => ({ epoch: epoch.replace('4', '5') }),
      (l) => ({ payloadSha256: l.payloadSha256.map((b, i) => (i === 31 ? b ^ 1 : b)) }),
      (l) => ({ prev: l.prev.map((b, i) => (i === 0 ? b ^ 1 : b)) }),
      (l) => ({ digest: l.digest.map((b, i) => (i === 7 ? b ^ 128 : b)) }),
    ]
    fc.assert(
      fc.property(sizes, fc.nat(), fc.constantFrom(...edits), (rows, at, edit) => {
        const links = chain(rows)
        const i = at % links.length
        links[i] = { ...links[i]!, ...edit(links[i]!) }
        expect(follow(links)).toBeTypeOf('string')
      }),
    )
  })

  it('breaks where a header is changed and its own digest made to fit', () => {
    fc.assert(
      fc.property(sizes, fc.nat(), (rows, at) => {
        const links = chain(rows)
        const i = at % (links.length - 1)
        const forged = { ...links[i]!, atMs: 1 }
        links[i] = { ...forged, digest: blockDigest(forged, hash) }
        expect(follow(links)).toMatch(/do not follow the rows before them/)
      }),
    )
  })

  it('breaks where a block is taken out, but cannot see one missing at the end', () => {
    fc.assert(
      fc.property(sizes, fc.nat(), (rows, at) => {
        const links = chain(rows)
        const i = at % links.length
        const without = links.toSpliced(i, 1)
        if (i === links.length - 1) expect(follow(without)).toBeUndefined()
        else expect(follow(without)).toMatch(/are missing/)
      }),
    )
  })

  it('breaks where two blocks change places, renumbered or not', () => {
    fc.assert(
      fc.property(fc.array(fc.constant(5), { minLength: 3, maxLength: 8 }), fc.nat(), (rows, at) => {
        const links = chain(rows)
        const i = at % (links.length - 1)
        const [a, b] = [links[i]!, links[i + 1]!]
        expect(follow(links.with(i, b).with(i + 1, a))).toMatch(/are missing/)
        const renumbered = links
          .with(i, { ...b, first: a.first, last: a.last })
          .with(i + 1, { ...a, first: b.first, last: b.last })
        expect(follow(renumbered)).toMatch(/was edited/)
      }),
    )
  })

  it('begins differently for each stream, epoch and former end', () => {
    const end: Tip = { epoch, seq: 4, digest: hash(new Uint8Array([1])) }
    const begins = [
      genesis(0, epoch, null, hash),
      genesis(1, epoch, null, hash),
      genesis(0, 'another', null, hash),
      genesis(0, epoch, end, hash),
      genesis(0, epoch, { ...end, seq: 5 }, hash),
      genesis(0, epoch, { ...end, digest: hash(new Uint8Array([2])) }, hash),
    ]
    expect(new Set(begins.map((d) => Buffer.from(d).toString('hex'))).size).toBe(begins.length)
  })

  it('has headers that another program can rebuild', () => {
    const [link] = chain([2])
    const text = `["edgewright-block-1",3,"${epoch}",1,2,1001,"record","ab"]`
    expect(Buffer.from(headerBytes(link!))).toEqual(
      Buffer.concat([Buffer.from(text), link!.payloadSha256, link!.prev]),
    )
  })
})
