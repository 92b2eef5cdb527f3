import { hash } from 'node:crypto'
import { blockDigest, genesis } from '#core/chain/chain.ts'
import { toHex } from '#core/chain/hex.ts'
import { type Stream, streams } from '#core/chain/streams.ts'
import type { SyncBlock } from '#core/contracts/sync.ts'

export const sha256 = (bytes: Uint8Array): Uint8Array => new Uint8Array(hash('sha256', bytes, 'buffer'))
export const sender = { bootId: 'boot', monoMs: 12.5, wallMs: 1_750_000_000_000 }
export const limits = { maxBytes: 1 << 20, maxLines: 1000 }

/** A chain of blocks of events, as a journal would have written them: `rows[i]` in the i-th. */
export function chainOf(stream: Stream, rows: readonly number[], epoch = 'epoch-1'): SyncBlock[] {
  let prev = genesis(streams[stream], epoch, null, sha256)
  let seq = 0
  return rows.map((n, i): SyncBlock => {
    const text = JSON.stringify(
      Array.from({ length: n }, (_, row) => ({ kind: 'test', timeMs: i, by: 'runtime', body: { row } })),
    )
    const payloadSha256 = sha256(Buffer.from(text))
    const [first, last, atMs] = [seq + 1, seq + n, 1_750_000_000_000 + i]
    const fields = {
      stream: streams[stream],
      epoch,
      first,
      last,
      atMs,
      kind: 'test',
      shape: '',
      payloadSha256,
      prev,
    }
    const digest = blockDigest(fields, sha256)
    const line: SyncBlock = {
      ...{ kind: 'block', stream, epoch, first, last, atMs, of: 'test', shape: '' },
      ...{ sha256: toHex(payloadSha256), prev: toHex(prev), digest: toHex(digest), text },
    }
    prev = digest
    seq = last
    return line
  })
}
