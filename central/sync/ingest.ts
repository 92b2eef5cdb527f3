import { hash } from 'node:crypto'
import { fromHex } from '#core/chain/hex.ts'
import { streams } from '#core/chain/streams.ts'
import type { Ack, Grant, SyncBlock } from '#core/contracts/sync.ts'
import { type Batch, decodeBatch } from '#core/sync/batch.ts'
import type { Base } from '../central.ts'
import type { Database } from '../store/database.ts'
import * as store from '../store/sync.ts'
import { accept } from './accept.ts'
import { arrived } from './arrived.ts'
import { beginning, endOf } from './epochs.ts'
import type { FormerLives } from './former-lives.ts'
import type { ArrivedEvent, DeviceRef, Projector } from './projector.ts'
import { Forked, SyncGap } from './refusals.ts'

/** Uncompressed. A machine never builds one that large. */
export const limits = { maxBytes: 32 * 1024 * 1024, maxLines: 50_000 } as const

export const sha256 = (bytes: Uint8Array): Uint8Array => hash('sha256', bytes, 'buffer')
const fromBase64 = (text: string): Uint8Array => Buffer.from(text, 'base64')

export interface IngestParts extends Pick<Base, 'db' | 'now' | 'log'> {
  projectors: readonly Projector[]
  former: FormerLives
  grant: (device: DeviceRef) => Grant
}

/**
 * Takes a batch, whole or not at all: what is new of it, what every area makes of it, and the watermark become durable in one
 * transaction, and only then is the machine told. The same batch again, or a part of it, changes nothing (row 49).
 * @throws EdgewrightError sync-damaged, sync-gap (SyncGap), database-unreachable; Forked
 */
export async function ingest(
  parts: IngestParts,
  device: DeviceRef,
  stream: string,
  bytes: Uint8Array,
): Promise<Ack> {
  const batch = decodeBatch(bytes, { ...limits, fromBase64 }, sha256)
  if (batch.stream !== stream)
    throw new SyncGap(`the batch is of stream ${batch.stream}`, { epoch: batch.header.epoch, expected: null })
  const { ack, inserted, dup } = await parts.db.transaction().execute((tx) => keep(tx, parts, device, batch))
  return { epoch: batch.header.epoch, ack, inserted, dup, serverMs: parts.now(), grant: parts.grant(device) }
}

async function keep(
  tx: Database,
  { projectors, former, now, log }: IngestParts,
  device: DeviceRef,
  { header: { epoch }, stream, lines, columns }: Batch,
): Promise<{ ack: number; inserted: number; dup: number }> {
  const known = await store.journalsOf(tx, device.id)
  const journal = known.find((one) => one.epoch === epoch)
  if (!journal) throw new SyncGap('central does not know this record yet', { epoch, expected: null })
  const number = streams[stream]
  const place = { deviceId: device.id, stream: number, epoch }
  const mark = await store.lockWatermark(tx, place, beginning(number, journal, sha256), new Date(now()))
  // Now that it is its turn: of two batches at the same moment, the one with the later rows must not have come earlier.
  const time = new Date(now())
  const endsAt = journal.gone ? mark.ack : endOf(number, epoch, known)
  const blocks = lines.filter((line): line is SyncBlock => line.kind === 'block')
  const verdict = accept(blocks, { ...mark, ...(endsAt !== undefined && { endsAt }) })
  if (verdict.verdict === 'gap')
    throw new SyncGap(`rows ${verdict.expected} and on come next`, { epoch, expected: verdict.expected })
  if (verdict.verdict === 'fork') throw new Forked(verdict.words, { stream, epoch })
  await compareKnown(tx, place, verdict.known, stream)
  if (verdict.verdict === 'late') {
    if (former.speaksAgain(device.id, epoch, stream)) throw new Forked(verdict.words, { stream, epoch })
    throw new SyncGap(verdict.words, { epoch, expected: null })
  }
  const { fresh, ack, digest } = verdict
  if (fresh.length > 0) {
    const isRecords = stream === 'inference' || stream === 'raw'
    await store.insertShapes(
      tx,
      lines.filter((line) => line.kind === 'shape'),
    )
    const contents = fresh.map((block) => ({
      block,
      content:
        isRecords && block.columns !== undefined ? (columns.get(block) ?? fromBase64(block.columns)) : null,
    }))
    await store.insertBlocks(tx, place, contents, time)
    if (!isRecords) {
      const events = fresh.flatMap((block) => arrived(block))
      await store.insertEvents(tx, place, events, time)
      await project(tx, projectors, device, events, (problem) =>
        log.warn(
          { ...problem, device: device.device, stream, epoch },
          'an event was stored and not understood',
        ),
      )
    }
    await store.saveWatermark(tx, place, { ack, digest, blocks: mark.blocks + fresh.length }, time)
  }
  const inserted = fresh.reduce((rows, { first, last }) => rows + last - first + 1, 0)
  const dup = verdict.known.reduce((rows, { first, last }) => rows + last - first + 1, 0)
  return { ack, inserted, dup }
}

/** What came again has to be what came before: else two machines speak with one voice. */
async function compareKnown(
  tx: Database,
  place: { deviceId: number; stream: number; epoch: string },
  known: readonly SyncBlock[],
  stream: string,
): Promise<void> {
  if (known.length === 0) return
  const stored = await store.digestsAt(
    tx,
    place,
    known.map(({ last }) => last),
  )
  const missing = known.filter(({ last }) => !stored.has(last))
  const within = await store.endsWithin(
    tx,
    place,
    missing.map(({ last }) => last),
  )
  for (const { first, last, digest } of known) {
    const there = stored.get(last)
    if (within.has(last) || (there && Buffer.compare(there, fromHex(digest)) !== 0))
      throw new Forked(`rows ${first} to ${last} came again, and are others than before`, {
        stream,
        epoch: place.epoch,
      })
  }
}

async function project(
  tx: Database,
  projectors: readonly Projector[],
  device: DeviceRef,
  events: readonly ArrivedEvent[],
  tell: (problem: object) => void,
): Promise<void> {
  for (const projector of projectors) {
    const wants = (kind: string) =>
      projector.kinds.some((one) => (one.endsWith('.') ? kind.startsWith(one) : kind === one))
    const wanted = events.filter(({ kind }) => wants(kind))
    if (wanted.length > 0) await projector.apply(tx, device, wanted, tell)
  }
}
