import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import type { RecordEpoch } from '#core/audit/format.ts'
import { brokenLink, genesis, type Tip } from '#core/chain/chain.ts'
import { fromHex } from '#core/chain/hex.ts'
import { type Stream, streams } from '#core/chain/streams.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { Ack, Grant, SyncBlock, SyncLine } from '#core/contracts/sync.ts'
import { chainHeaderOf, decodeBatch } from '#core/sync/batch.ts'
import type { CentralClient } from '#edge/sync/client.ts'
import { sha256 } from '../../unit/sync/blocks.ts'

/** What happens to the next request, in place of an answer or beside it. */
export type Fault =
  /** Nothing of it is read. */
  | 'torn'
  /** It is taken, and nobody hears of that. */
  | 'answer-lost'
  /** It is taken twice, as by a proxy that tries again. */
  | 'twice'
  /** The answer begins and never ends. */
  | 'drip'
  | { status: number; body: object }

interface Kept {
  ack: number
  tip: Tip
  blocks: SyncBlock[]
}

/** Central as core/contracts/sync.ts says, in memory, over a real socket; with faults. It believes nothing and stores each row once. */
export class FakeCentral {
  readonly faults: Fault[] = []
  /** Path and lines of every batch that came, taken or not. */
  readonly came: { stream: string; bytes: number; lines: SyncLine[]; atMs: number }[] = []
  grant: Grant = { bytesPerS: null, maxBatch: 10_000 }
  /** Holds every batch of a stream up until it resolves. */
  hold: ((stream: string) => Promise<void>) | undefined
  /** Answers batches of a stream in place of taking them. */
  instead: ((stream: string) => [status: number, body: object] | undefined) | undefined
  epochs: RecordEpoch[] = []
  kept = new Map<string, Kept>()
  /** Rows that came again after they were acknowledged, and were not stored twice. */
  dup = 0
  told = 0
  #server: Server | undefined
  #port = 0

  async listen(): Promise<void> {
    this.#server = createServer((request, response) => void this.#handle(request, response))
    await new Promise<void>((resolve) => this.#server!.listen(this.#port, '127.0.0.1', resolve))
    this.#port = (this.#server.address() as AddressInfo).port
  }

  /** Gone from the network; what it holds stays. */
  async stop(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    server?.closeAllConnections()
    await new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()))
  }

  backup(): () => void {
    const [kept, epochs] = [structuredClone(this.kept), structuredClone(this.epochs)]
    return () => {
      this.kept = structuredClone(kept)
      this.epochs = structuredClone(epochs)
    }
  }

  /** Blocks of a stream in the order in which they are kept, over all epochs. */
  blocks(stream: Stream): SyncBlock[] {
    return this.epochs.flatMap(({ epoch }) => this.kept.get(`${stream}/${epoch}`)?.blocks ?? [])
  }

  rows(stream: Stream): number {
    return this.blocks(stream).reduce((n, { first, last }) => n + last - first + 1, 0)
  }

  readonly client: CentralClient = {
    post: async (path, body, { method = 'POST', contentType = 'application/json', encoding, signal }) => {
      try {
        const response = await fetch(`http://127.0.0.1:${this.#port}${path}`, {
          ...{ method, signal },
          headers: { 'content-type': contentType, ...(encoding && { 'content-encoding': encoding }) },
          body: body instanceof Uint8Array ? Buffer.from(body) : JSON.stringify(body),
        })
        const text = await response.text()
        return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
      } catch (cause) {
        throw new EdgewrightError('central-unreachable', 'central does not answer', { cause })
      }
    },
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const fault = this.faults.shift()
    if (fault === 'torn') {
      request.socket.destroy()
      return
    }
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const stream = request.url!.split('/').at(-1)!
    const say = (status: number, body: object) => {
      if (fault === 'answer-lost') request.socket.destroy()
      else if (fault === 'drip') response.writeHead(status, { 'content-length': '1000' }).write('{')
      else response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    }
    if (typeof fault === 'object') return say(fault.status, fault.body)
    if (stream === 'epochs') {
      this.told += 1
      this.epochs = (JSON.parse(Buffer.concat(chunks).toString()) as { epochs: RecordEpoch[] }).epochs
      const watermarks = [...this.kept].map(([key, { ack }]) => {
        const [name, epoch] = key.split('/')
        return { stream: name, epoch, ack }
      })
      return say(200, { watermarks })
    }
    await this.hold?.(stream)
    const other = this.instead?.(stream)
    if (other) return say(...other)
    const packed = Buffer.concat(chunks)
    const bytes =
      request.headers['content-encoding'] === 'zstd' ? zstdDecompressSync(packed) : gunzipSync(packed)
    const taken = this.#take(stream, bytes)
    if (fault === 'twice') this.#take(stream, bytes)
    this.came.at(-1)!.bytes = packed.length
    return say(...taken)
  }

  #take(stream: string, bytes: Uint8Array): [number, object] {
    const fromBase64 = (text: string) => new Uint8Array(Buffer.from(text, 'base64'))
    const { header, lines, ...batch } = decodeBatch(
      bytes,
      { maxBytes: 32e6, maxLines: 50_000, fromBase64 },
      sha256,
    )
    this.came.push({ stream, bytes: 0, lines, atMs: performance.now() })
    const at = this.epochs.findIndex(({ epoch }) => epoch === header.epoch)
    if (at < 0 || batch.stream !== stream) return [409, { epoch: header.epoch, expected: null }]
    const key = `${stream}/${header.epoch}`
    const kept: Kept = this.kept.get(key) ?? { ack: 0, tip: this.#beginning(batch.stream, at), blocks: [] }
    const blocks = lines.filter((line) => line.kind === 'block')
    const fresh = blocks.filter(({ last }) => last > kept.ack)
    this.dup += blocks.length - fresh.length
    if (fresh[0] && fresh[0].first !== kept.ack + 1)
      return [409, { epoch: header.epoch, expected: kept.ack + 1 }]
    for (const block of fresh) {
      const problem =
        block.thinned === undefined ? brokenLink(kept.tip, chainHeaderOf(block), sha256) : undefined
      if (problem !== undefined) throw new Error(`a fork: ${problem}`)
      kept.tip = { epoch: header.epoch, seq: block.last, digest: fromHex(block.digest) }
      kept.blocks.push(block)
      kept.ack = block.last
    }
    this.kept.set(key, kept)
    const inserted = fresh.reduce((n, { first, last }) => n + last - first + 1, 0)
    const ack: Ack = {
      ...{ epoch: header.epoch, ack: kept.ack, inserted, dup: blocks.length - fresh.length },
      ...{ serverMs: Date.now(), grant: this.grant },
    }
    return [200, ack]
  }

  #beginning(stream: Stream, at: number): Tip {
    const [before, { epoch, tips }] = [this.epochs[at - 1], this.epochs[at]!]
    const tip = tips[streams[stream]]
    const ended = before && tip ? { epoch: before.epoch, seq: tip.seq, digest: fromHex(tip.head) } : null
    return { epoch, seq: 0, digest: genesis(streams[stream], epoch, ended, sha256) }
  }
}
