import { Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { sealedBytes } from '#core/audit/checkpoint.ts'
import { timeOf } from '#core/audit/finding.ts'
import type { BlockLine, HeaderLine, KeptCheckpoint, RecordEpoch, RecordLine } from '#core/audit/format.ts'
import { toHex } from '#core/chain/hex.ts'
import type { ChainBlock } from '../journal/chain-reader.ts'
import type { Journal } from '../journal/journal.ts'
import { type Stream, streamNames, streams } from '../journal/streams.ts'
import type { CheckpointFile } from './checkpoint-file.ts'

export interface ExportOptions {
  /** What happened from then on, epoch ms: the export begins at the checkpoint before. Absent: from the beginning. */
  fromMs?: number
  /** … until then: it ends at the checkpoint after. Absent: until now. */
  toMs?: number
  /** With the content of readings (without their images), and not only its digest. */
  readings?: boolean
}

export interface Exported {
  blocks: number
  rows: number
  bytes: number
  checkpoint: KeptCheckpoint
}

/** What an export is made of. */
export interface ExportParts {
  journal: Pick<Journal, 'chain'>
  file: CheckpointFile
  machine: string
  /** All devices that this machine ever was. */
  formerly: readonly string[]
  /** Keys of the centrals where it was enrolled. */
  centrals: readonly string[]
  /** Taken for this export, and in the file by now. */
  end: KeptCheckpoint
  /** By the key that signed it; base64. */
  sign: (bytes: Uint8Array) => string
}

/** Gathered before they are handed on: a line alone is too little for a write. */
const chunkLength = 64 * 1024

/**
 * The record as NDJSON (core/audit/format.ts says each line), in bounded memory, yielding to the event loop. What it cannot
 * read rejects, and the text then has no end line.
 */
export async function* exportChunks(
  parts: ExportParts,
  options: ExportOptions,
): AsyncGenerator<string, Exported, void> {
  const counts = { blocks: 0, rows: 0, bytes: 0 }
  let chunk = ''
  for await (const line of lines(parts, options, counts)) {
    chunk += `${JSON.stringify(line)}\n`
    if (chunk.length < chunkLength) continue
    counts.bytes += Buffer.byteLength(chunk)
    yield chunk
    chunk = ''
  }
  counts.bytes += Buffer.byteLength(chunk)
  yield chunk
  return { ...counts, checkpoint: parts.end }
}

/** Writes `chunks` to `into` and ends it; rejects with whatever either of them fails with. */
export async function pour<T>(chunks: AsyncGenerator<string, T, void>, into: Writable): Promise<T> {
  let returned: { value: T } | undefined
  async function* all() {
    returned = { value: yield* chunks }
  }
  await pipeline(Readable.from(all(), { objectMode: false, highWaterMark: chunkLength }), into)
  return returned!.value
}

async function* lines(
  parts: ExportParts,
  { fromMs, toMs, readings = false }: ExportOptions,
  counts: { blocks: number; rows: number },
): AsyncGenerator<RecordLine, void, void> {
  const { file, machine, end, sign } = parts
  const { chain } = parts.journal
  const epochs = chain.epochs()
  const isKnown = (kept: KeptCheckpoint | undefined) =>
    epochs.some(({ epoch }) => epoch === kept?.checkpoint.signed.epoch)
  const bounds = await boundsOf(file, fromMs, toMs)
  const begin = isKnown(bounds.begin) ? bounds.begin : undefined
  const until = isKnown(bounds.until) ? bounds.until! : end
  const { device, epoch, counter } = end.checkpoint.signed
  const header: HeaderLine = {
    kind: 'edgewright-record',
    format: 1,
    machine,
    device,
    publicKey: end.publicKey,
    formerly: parts.formerly.filter((known) => known !== device),
    ...(parts.centrals.length > 0 && { centrals: [...parts.centrals] }),
    epoch,
    exportedAt: end.checkpoint.signed.at,
    from: fromMs === undefined ? null : timeOf(fromMs),
    to: toMs === undefined ? null : timeOf(toMs),
    readings,
    epochs: epochs.map(
      ({ epoch, startedMs, why, tips }): RecordEpoch => ({
        epoch,
        startedAt: timeOf(startedMs) ?? '',
        why,
        tips: tips.map(({ seq, digest }) => ({ seq, head: toHex(digest) })),
      }),
    ),
    begin: begin ?? null,
    until: until.checkpoint.signed.counter,
  }
  yield header
  for await (const kept of file.each()) {
    const at = kept?.checkpoint.signed.counter
    if (kept && at! > (begin?.checkpoint.signed.counter ?? 0) && at! <= header.until && at! <= counter)
      yield { kind: 'checkpoint', ...kept }
  }
  const shapes = new Set<string>()
  for (const stream of streamNames) {
    const payloads = readings || !isMeasured(stream)
    const range = { after: placeIn(begin, stream), upTo: placeIn(until, stream)!, payloads }
    for await (const block of chain.blocks(stream, range)) {
      if (payloads && block.shape !== '' && !shapes.has(block.shape)) {
        shapes.add(block.shape)
        const json = chain.shape(block.shape)
        if (json !== undefined) yield { kind: 'shape', sha256: block.shape, json }
      }
      counts.blocks++
      counts.rows += block.last - block.first + 1
      yield lineOf(stream, block)
    }
  }
  const last = { kind: 'end', blocks: counts.blocks, rows: counts.rows, end } as const
  yield { ...last, signature: sign(sealedBytes(header, last)) }
}

/** Readings and raw samples: what may be personal, and what is most of the journal. */
const isMeasured = (stream: Stream): boolean => streams[stream] >= streams.inference

const placeIn = (kept: KeptCheckpoint | undefined, stream: Stream) =>
  kept && { epoch: kept.checkpoint.signed.epoch, seq: kept.checkpoint.signed.streams[stream]?.seq ?? 0 }

/** The last checkpoint up to `fromMs`, and the first from `toMs` on: what an export reaches to can then be proved. */
async function boundsOf(file: CheckpointFile, fromMs: number | undefined, toMs: number | undefined) {
  let begin: KeptCheckpoint | undefined
  let until: KeptCheckpoint | undefined
  if (fromMs === undefined && toMs === undefined) return { begin, until }
  for await (const kept of file.each()) {
    if (!kept) continue
    const atMs = Date.parse(kept.checkpoint.signed.at)
    if (fromMs !== undefined && atMs <= fromMs && !until) begin = kept
    if (toMs !== undefined && atMs >= toMs) until ??= kept
  }
  return { begin, until }
}

function lineOf(stream: Stream, block: ChainBlock): BlockLine {
  const { payload } = block
  return {
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
    ...(payload && (isMeasured(stream) ? { columns: base64(payload) } : { text: text(payload) })),
    ...(payload === null && { dropped: true }),
  }
}

const view = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
const base64 = (bytes: Uint8Array) => view(bytes).toString('base64')
const text = (bytes: Uint8Array) => view(bytes).toString('utf8')
