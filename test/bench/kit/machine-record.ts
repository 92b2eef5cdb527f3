import { generateKeyPairSync, hash, randomUUID } from 'node:crypto'
import { constants, zstdCompressSync } from 'node:zlib'
import type { RecordEpoch } from '#core/audit/format.ts'
import { blockDigest, genesis } from '#core/chain/chain.ts'
import { toHex } from '#core/chain/hex.ts'
import { type Stream, streams } from '#core/chain/streams.ts'
import type { SyncBlock, SyncLine } from '#core/contracts/sync.ts'
import { encodeBatch } from '#core/sync/batch.ts'

const sha256 = (bytes: Uint8Array) => hash('sha256', bytes, 'buffer')
/** As edge/sync/pack.ts packs. */
const zstdLevel = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }

/** Content of a block, hashed once however many machines send it. */
export interface Content {
  rows: number
  kind: string
  shape: string
  sha256: Uint8Array
  /** As it travels: text of events, or base64 of columns. */
  shown: { text: string } | { columns: string }
}

export const eventsContent = (
  rows: readonly { kind: string; by: string; body: unknown; timeMs: number }[],
) => {
  const text = JSON.stringify(rows)
  const bytes = Buffer.from(text)
  return { rows: rows.length, kind: rows[0]!.kind, shape: '', sha256: sha256(bytes), shown: { text } }
}

export const columnsContent = (rows: number, shape: string, columns: Uint8Array): Content => ({
  ...{ rows, kind: 'record', shape, sha256: sha256(columns) },
  shown: { columns: Buffer.from(columns).toString('base64') },
})

/** What central has to know of a machine beforehand. */
export interface MachineIdentity {
  device: string
  publicKey: string
  epochs: RecordEpoch[]
}

/** A machine's record without the machine: chained blocks in batches, packed as a runtime packs them. */
export class MachineRecord implements MachineIdentity {
  readonly device: string
  readonly publicKey: string
  readonly epochs: RecordEpoch[]
  readonly #tips = new Map<Stream, { seq: number; digest: Uint8Array }>()

  constructor() {
    const { publicKey } = generateKeyPairSync('ed25519')
    const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x!, 'base64url')
    this.publicKey = raw.toString('hex')
    this.device = hash('sha256', raw)
    const startedAt = new Date().toISOString()
    this.epochs = [{ epoch: randomUUID(), startedAt, why: 'created', tips: [] }]
  }

  get identity(): MachineIdentity {
    const { device, publicKey, epochs } = this
    return { device, publicKey, epochs }
  }

  /** The next blocks, packed. */
  batch(stream: Stream, contents: readonly Content[], shapes: readonly SyncLine[] = []): Uint8Array {
    const lines = [...shapes, ...contents.map((content) => this.#block(stream, content))]
    const sender = { bootId: this.device, monoMs: 1, wallMs: Date.now() }
    return zstdCompressSync(encodeBatch(sender, lines, sha256), zstdLevel)
  }

  #block(stream: Stream, { rows, kind, shape, sha256: payloadSha256, shown }: Content): SyncBlock {
    const { epoch } = this.epochs[0]!
    const number = streams[stream]
    const tip = this.#tips.get(stream) ?? { seq: 0, digest: genesis(number, epoch, null, sha256) }
    const place = { epoch, first: tip.seq + 1, last: tip.seq + rows, atMs: Date.now() }
    const digest = blockDigest(
      { ...place, stream: number, kind, shape, payloadSha256, prev: tip.digest },
      sha256,
    )
    this.#tips.set(stream, { seq: place.last, digest })
    return {
      ...{ kind: 'block', stream, ...place, of: kind, shape, sha256: toHex(payloadSha256) },
      ...{ prev: toHex(tip.digest), digest: toHex(digest), ...shown },
    }
  }
}
