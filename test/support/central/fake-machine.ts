import { generateKeyPairSync, hash, type KeyObject, randomUUID, sign } from 'node:crypto'
import { deviceOf, signedBytes } from '#core/audit/checkpoint.ts'
import type { KeptCheckpoint, RecordEpoch } from '#core/audit/format.ts'
import { blockDigest, genesis } from '#core/chain/chain.ts'
import { toHex } from '#core/chain/hex.ts'
import { type Stream, streamNames, streams } from '#core/chain/streams.ts'
import { utf8 } from '#core/columns/utf8.ts'
import type { SyncBlock } from '#core/contracts/sync.ts'
import { encodeBatch } from '#core/sync/batch.ts'

const sha256 = (bytes: Uint8Array) => hash('sha256', bytes, 'buffer')

export interface FakeEvent {
  kind: string
  timeMs: number
  by: string
  body: unknown
}

/** A machine's record without the machine: a key, epochs, chained blocks. What it appends is what a journal would have written. */
export class FakeMachine {
  readonly publicKey: string
  readonly privateKey: KeyObject
  readonly device: string
  name = 'press 4'
  counter = 0
  epochs: RecordEpoch[] = []
  /** Of the newest epoch. */
  readonly blocks = new Map<Stream, SyncBlock[]>()

  constructor() {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519')
    this.privateKey = privateKey
    this.publicKey = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url').toString('hex')
    this.device = deviceOf(this.publicKey, sha256)
    this.beginEpoch()
  }

  get epoch(): string {
    return this.epochs.at(-1)!.epoch
  }

  /** A copy of its disk as it is now: key, epochs and blocks. */
  clone(): FakeMachine {
    const copy = Object.create(FakeMachine.prototype) as FakeMachine
    Object.assign(copy, this, {
      epochs: structuredClone(this.epochs),
      blocks: new Map([...this.blocks].map(([stream, blocks]) => [stream, [...blocks]])),
    })
    return copy
  }

  beginEpoch({ forget = false } = {}): void {
    const tips = this.epochs.length === 0 || forget ? [] : streamNames.map((stream) => this.tip(stream))
    this.epochs.push({
      epoch: randomUUID(),
      startedAt: new Date(1.8e12).toISOString(),
      why: tips.length === 0 ? 'created' : 'restored',
      tips: tips.map(({ seq, digest }) => ({ seq, head: toHex(digest) })),
    })
    for (const stream of streamNames) this.blocks.set(stream, [])
  }

  beginning(stream: Stream): Uint8Array {
    const { tips } = this.epochs.at(-1)!
    const before = this.epochs.at(-2)
    const tip = tips[streams[stream]]
    const ended =
      before && tip ? { epoch: before.epoch, seq: tip.seq, digest: Buffer.from(tip.head, 'hex') } : null
    return genesis(streams[stream], this.epoch, ended, sha256)
  }

  tip(stream: Stream): { seq: number; digest: Uint8Array } {
    const last = this.blocks.get(stream)?.at(-1)
    return last
      ? { seq: last.last, digest: Buffer.from(last.digest, 'hex') }
      : { seq: 0, digest: this.beginning(stream) }
  }

  /** One block. `shown`: what leaves the site in place of the content. */
  append(
    stream: Stream,
    content: FakeEvent[] | { rows: number; columns: Uint8Array },
    shown: Partial<SyncBlock> = {},
  ): SyncBlock {
    const { seq, digest: prev } = this.tip(stream)
    const events = Array.isArray(content) ? content : undefined
    const payload = events ? utf8(JSON.stringify(events)) : (content as { columns: Uint8Array }).columns
    const rows = events ? events.length : (content as { rows: number }).rows
    const header = {
      ...{ stream: streams[stream], epoch: this.epoch, first: seq + 1, last: seq + rows, atMs: 1.8e12 + seq },
      ...{ kind: events ? events[0]!.kind : 'record', shape: '', payloadSha256: sha256(payload), prev },
    }
    const block: SyncBlock = {
      ...{
        kind: 'block',
        stream,
        epoch: this.epoch,
        first: header.first,
        last: header.last,
        atMs: header.atMs,
      },
      ...{ of: header.kind, shape: '', sha256: toHex(header.payloadSha256), prev: toHex(prev) },
      digest: toHex(blockDigest(header, sha256)),
      ...(shown.dropped || shown.withheld
        ? {}
        : events
          ? { text: JSON.stringify(events) }
          : { columns: Buffer.from(payload).toString('base64') }),
      ...shown,
    }
    this.blocks.get(stream)!.push(block)
    return block
  }

  /** `count` events of one block. */
  events(
    stream: Stream,
    count: number,
    kind = 'test.happened',
    body: (k: number) => unknown = (k) => ({ k }),
  ): SyncBlock {
    const { seq } = this.tip(stream)
    return this.append(
      stream,
      Array.from({ length: count }, (_, i) => ({
        kind,
        timeMs: 1.8e12 + seq + i,
        by: 'T. Okafor (technician)',
        body: body(seq + i + 1),
      })),
    )
  }

  batch(blocks: readonly SyncBlock[]): Uint8Array {
    return encodeBatch({ bootId: 'boot', monoMs: 1, wallMs: 1.8e12 }, blocks, sha256)
  }

  checkpoint(
    edit: (signed: KeptCheckpoint['checkpoint']['signed']) => void = () => undefined,
  ): KeptCheckpoint {
    const signed = {
      ...{
        device: this.device,
        epoch: this.epoch,
        counter: ++this.counter,
        at: new Date(1.8e12).toISOString(),
      },
      streams: Object.fromEntries(
        streamNames.map((stream) => {
          const { seq, digest } = this.tip(stream)
          return [stream, { blocks: this.blocks.get(stream)!.length, rows: seq, seq, head: toHex(digest) }]
        }),
      ),
    }
    edit(signed)
    const signature = sign(null, signedBytes(signed), this.privateKey).toString('base64')
    return { checkpoint: { signed, signature }, publicKey: this.publicKey }
  }
}
