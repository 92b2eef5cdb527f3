import { utf8 } from '../columns/utf8.ts'

/** sha256, given by the caller: this file does no I/O and imports nothing. */
export type Hash = (bytes: Uint8Array) => Uint8Array

/** What a block's digest covers. Its payload enters by hash, so that the digest outlives the payload. */
export interface BlockHeader {
  stream: number
  epoch: string
  /** Rows by seq, both inclusive. */
  first: number
  last: number
  /** When it was journaled, epoch ms. */
  atMs: number
  kind: string
  /** sha256 (hex) of the description that the payload is read with; '' where it needs none. */
  shape: string
  payloadSha256: Uint8Array
  /** Digest of the block before in this stream; of the first block of an epoch: `genesis`. */
  prev: Uint8Array
}

/** Where a stream ended. */
export interface Tip {
  epoch: string
  seq: number
  digest: Uint8Array
}

/**
 * The canonical bytes of a header: a JSON array in UTF-8, then the payload's hash and `prev`, 32 bytes each.
 * JSON.stringify writes numbers and strings in one way only (ECMA-262), so another program can rebuild them.
 */
export function headerBytes(h: BlockHeader): Uint8Array {
  return joined(
    ['edgewright-block-1', h.stream, h.epoch, h.first, h.last, h.atMs, h.kind, h.shape],
    h.payloadSha256,
    h.prev,
  )
}

export function blockDigest(header: BlockHeader, hash: Hash): Uint8Array {
  return hash(headerBytes(header))
}

/** What the first block of an epoch names as `prev`: bound to the stream, the epoch, and where the epoch before ended. */
export function genesis(stream: number, epoch: string, before: Tip | null, hash: Hash): Uint8Array {
  const fields = ['edgewright-genesis-1', stream, epoch, before?.epoch ?? null, before?.seq ?? null]
  return hash(before ? joined(fields, before.digest) : joined(fields))
}

/** What is wrong with `link` as the successor of `tip`, in words; undefined where it follows. */
export function brokenLink(
  tip: Tip,
  link: BlockHeader & { digest: Uint8Array },
  hash: Hash,
): string | undefined {
  if (link.epoch !== tip.epoch) return `row ${link.first} belongs to epoch ${link.epoch}, not ${tip.epoch}`
  if (link.first > tip.seq + 1) return `rows ${tip.seq + 1} to ${link.first - 1} are missing`
  if (link.first <= tip.seq) return `row ${link.first} is there twice`
  if (link.last < link.first) return `rows ${link.first} to ${link.last} are in the wrong order`
  if (!sameBytes(blockDigest(link, hash), link.digest))
    return `the header of rows ${link.first} to ${link.last} was edited`
  if (!sameBytes(link.prev, tip.digest))
    return `rows ${link.first} to ${link.last} do not follow the rows before them: reordered or replaced`
  return undefined
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

function joined(fields: unknown[], ...tails: Uint8Array[]): Uint8Array {
  const head = utf8(JSON.stringify(fields))
  const out = new Uint8Array(head.length + tails.reduce((n, t) => n + t.length, 0))
  out.set(head)
  let at = head.length
  for (const tail of tails) {
    out.set(tail, at)
    at += tail.length
  }
  return out
}
