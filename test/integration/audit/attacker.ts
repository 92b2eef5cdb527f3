import { createHash } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import { blockDigest, genesis, type Tip } from '#core/chain/chain.ts'
import { recordTools } from '#edge/audit/tools.ts'
import type { BlockRow } from '#edge/journal/blocks.ts'

const { sha256 } = recordTools

/** Makes a stream's chain hold again after it was changed: numbers, digests, head. What whoever reads the source can do. */
export function rechain(db: DatabaseSync, stream: number): void {
  const { n, epoch } = db.prepare('SELECT n, epoch FROM epochs ORDER BY n DESC LIMIT 1').get() as {
    n: number
    epoch: string
  }
  const rows = db
    .prepare('SELECT * FROM blocks WHERE stream = ? AND epoch_n = ? ORDER BY first')
    .all(stream, n) as unknown as BlockRow[]
  const tip: Tip = { epoch, seq: 0, digest: genesis(stream, epoch, null, sha256) }
  const put = db.prepare(
    'UPDATE blocks SET first = ?, last = ?, sha256 = ?, prev = ?, digest = ? WHERE id = ?',
  )
  for (const row of rows) {
    const first = tip.seq + 1
    const last = first + row.last - row.first
    const payloadSha256 = createHash('sha256').update(row.payload!).digest()
    const shape =
      row.shape === null
        ? ''
        : (db.prepare('SELECT sha256 FROM shapes WHERE id = ?').get(row.shape) as { sha256: string }).sha256
    const header = {
      stream,
      epoch,
      first,
      last,
      atMs: row.at_ms,
      kind: row.kind,
      shape,
      payloadSha256,
      prev: tip.digest,
    }
    const digest = blockDigest(header, sha256)
    put.run(first, last, payloadSha256, tip.digest, digest, row.id)
    tip.seq = last
    tip.digest = digest
  }
  db.prepare('UPDATE heads SET seq = ?, digest = ?, blocks = ?, rows = ? WHERE stream = ?').run(
    tip.seq,
    tip.digest,
    rows.length,
    tip.seq,
    stream,
  )
}
