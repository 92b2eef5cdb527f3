import { toHex } from '#core/chain/hex.ts'
import { type Stream, streams } from '#core/chain/streams.ts'
import { fromUtf8 } from '#core/columns/utf8.ts'
import type { SyncBlock, SyncLine } from '#core/contracts/sync.ts'
import { encodeBatch, type Sender } from '#core/sync/batch.ts'
import type { Shape } from '../journal/catalog.ts'
import type { ChainBlock } from '../journal/chain-reader.ts'
import { createBreather } from '../journal/slices.ts'
import { sha256 } from '../journal/sqlite.ts'
import type { BlockReader } from './outbox.ts'
import { type Content, type ProjectionParts, projectEvents, projectReadings } from './privacy/project.ts'
import { goesOn, merge, type Run, runOf } from './thin.ts'

export interface Built {
  stream: Stream
  epoch: string
  /** Rows by seq, both inclusive. */
  first: number
  last: number
  /** NDJSON, not packed. */
  bytes: Uint8Array
  /** It was cut at a limit: there is more. */
  isFull: boolean
}

export interface BuilderParts {
  projection: ProjectionParts
  /** The description of columns with this hash, as the journal holds it. */
  shape: (digest: string) => string | undefined
  sender: () => Sender
  now: () => number
  /** Hears of blocks whose content is not what was written. */
  damaged: (stream: Stream, block: ChainBlock) => void
}

/** Lines of one batch; central takes 50,000. */
const maxLines = 20_000
/** What a block costs beside its content: names, digests, hashes. */
const headBytes = 420
/** Windows that are told as one, at most: a day of minutes. */
const maxRun = 1440

/** Makes batches out of blocks: projected, thinned, encoded. Gives the event loop its turns between blocks. */
export class Builder {
  readonly #parts: BuilderParts
  readonly #shapes = new Map<string, { json: string; shape: Shape } | undefined>()

  constructor(parts: BuilderParts) {
    this.#parts = parts
  }

  /** The next blocks of one epoch, up to about so many bytes and rows, at least one. Undefined: there is none. */
  async build(
    reader: BlockReader,
    stream: Stream,
    { bytes, rows }: { bytes: number; rows: number },
  ): Promise<Built | undefined> {
    const breathe = createBreather()
    const lines: SyncLine[] = []
    const shapes = new Set<string>()
    let [size, begin, last] = [0, undefined as SyncBlock | undefined, undefined as SyncBlock | undefined]
    let isFull = false
    for (;;) {
      const next = await reader.peek()
      if (!next || (begin && next.epoch !== begin.epoch)) break
      isFull =
        begin !== undefined &&
        (size + (next.payload?.length ?? 0) > bytes ||
          next.last - begin.first >= rows ||
          lines.length >= maxLines)
      if (isFull) break
      await reader.take()
      const line = stream === 'metrics' ? await this.#thinned(reader, next) : this.#line(stream, next)
      const known = line.columns === undefined ? undefined : this.#shape(next.shape)
      if (known && !shapes.has(next.shape)) {
        shapes.add(next.shape)
        lines.push({ kind: 'shape', sha256: next.shape, json: known.json })
        size += known.json.length
      }
      lines.push(line)
      size += headBytes + (line.text ?? line.columns ?? '').length
      begin ??= line
      last = line
      await breathe()
    }
    if (!begin || !last) return undefined
    const encoded = encodeBatch(this.#parts.sender(), lines, sha256)
    return { stream, epoch: begin.epoch, first: begin.first, last: last.last, bytes: encoded, isFull }
  }

  #line(stream: Stream, block: ChainBlock): SyncBlock {
    return { ...headOf(stream, block), ...this.#content(stream, block) }
  }

  #content(stream: Stream, block: ChainBlock): Content {
    const { payload = null } = block
    if (!isSound(block)) {
      // It would be refused for ever, and all behind it with it. That it was altered is proved by the chain, here and there.
      this.#parts.damaged(stream, block)
      return { dropped: true }
    }
    if (stream === 'raw') return payload ? { withheld: true } : { dropped: true }
    if (streams[stream] < streams.inference) return projectEvents(payload, this.#parts.projection)
    return projectReadings(payload, this.#shape(block.shape)?.shape, this.#parts.projection)
  }

  /** Windows that are old leave as one with those that follow in the same stretch of time. */
  async #thinned(reader: BlockReader, block: ChainBlock): Promise<SyncBlock> {
    const nowMs = this.#parts.now()
    const run = isSound(block) ? runOf(block, nowMs) : undefined
    while (run && run.blocks.length < maxRun) {
      const next = await reader.peek()
      const more = next && isSound(next) ? runOf(next, nowMs) : undefined
      if (!more || !goesOn(run, more)) break
      await reader.take()
      run.blocks.push(...more.blocks)
      run.rows.push(...more.rows)
    }
    return run && run.blocks.length > 1 ? mergedLine(run) : this.#line('metrics', block)
  }

  #shape(digest: string): { json: string; shape: Shape } | undefined {
    if (this.#shapes.has(digest)) return this.#shapes.get(digest)
    const json = this.#parts.shape(digest)
    const isSound = json !== undefined && toHex(sha256(json)) === digest
    const known = isSound ? { json, shape: JSON.parse(json) as Shape } : undefined
    this.#shapes.set(digest, known)
    return known
  }
}

/** Its content is what was written; one that is gone is no other. */
const isSound = ({ payload, payloadSha256 }: ChainBlock): boolean =>
  !payload || Buffer.compare(sha256(payload), payloadSha256) === 0

function mergedLine(run: Run): SyncBlock {
  const [begin, end] = [run.blocks[0]!, run.blocks.at(-1)!]
  return {
    ...headOf('metrics', end),
    first: begin.first,
    prev: toHex(begin.prev),
    text: fromUtf8(merge(run)),
    projected: true,
    thinned: run.blocks.length,
  }
}

const headOf = (stream: Stream, block: ChainBlock): SyncBlock => ({
  kind: 'block',
  stream,
  epoch: block.epoch,
  first: block.first,
  last: block.last,
  atMs: block.atMs,
  of: block.kind,
  shape: block.shape,
  sha256: toHex(block.payloadSha256),
  prev: toHex(block.prev),
  digest: toHex(block.digest),
})
