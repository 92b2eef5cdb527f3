import { named, saysTheSame, witnessOf } from '#core/audit/checkpoint.ts'
import { type Finding, finding, maxFindings, type RecordReport, timeOf } from '#core/audit/finding.ts'
import type { KeptCheckpoint } from '#core/audit/format.ts'
import { CheckpointJudge, clone, type Lookup } from '#core/audit/judge.ts'
import { toHex } from '#core/chain/hex.ts'
import type { ChainReader } from '../journal/chain-reader.ts'
import type { Journal } from '../journal/journal.ts'
import { createBreather } from '../journal/slices.ts'
import { type Stream, streams } from '../journal/streams.ts'
import { centralKeys } from './centrals.ts'
import type { CheckpointFile } from './checkpoint-file.ts'
import { type CheckpointEvent, counterKey } from './checkpoints.ts'
import { knownDevices } from './device-key.ts'
import { recordTools } from './tools.ts'

/** Of the journal what verification reads; it is the same for one that is open for reading only. */
export type VerifiableJournal = Pick<Journal, 'chain' | 'verify' | 'eventRows' | 'state'>

/**
 * Recomputes the whole record, and holds it against every checkpoint that lies beside it. Changes nothing; yields to the
 * event loop. What was changed after the last checkpoint, digests and all, nobody can tell from the folder alone.
 */
export async function verifyRecord(journal: VerifiableJournal, file: CheckpointFile): Promise<RecordReport> {
  // Those taken from here on speak of what verification may not have reached.
  const until =
    Math.max(file.last()?.checkpoint.signed.counter ?? 0, journal.state<number>(counterKey) ?? 0) ||
    newestTold(journal)
  const chain = await journal.verify()
  const known = knownDevices(journal).map(({ device }) => device)
  const signer = file.last()?.checkpoint.signed.device
  // A journal that knows no device is another than the one that the checkpoints speak of: they will say so.
  const devices = known.length > 0 || signer === undefined ? known : [signer]
  const judge = new CheckpointJudge(recordTools, standingIn(journal.chain), devices, centralKeys(journal))
  const breathe = createBreather()
  const inFile = new Map<number, KeptCheckpoint>()
  const unreadable: number[] = []
  let line = 0
  for await (const kept of file.each()) {
    line++
    if (!kept) unreadable.push(line)
    if (!kept || kept.checkpoint.signed.counter > until) continue
    inFile.set(kept.checkpoint.signed.counter, kept)
    judge.see(kept)
    await breathe()
  }
  // Where events are not what was written, they are no witness.
  const spoken = chain.findings?.some(({ stream }) => stream === 'events')
    ? []
    : await againstFile(journal, inFile, until, judge, breathe)
  const findings = [
    ...(chain.findings ?? []),
    ...judge.findings,
    ...unreadable.map((n) =>
      finding('edit', `line ${n} of checkpoints.ndjson is not in its form`, { stream: 'checkpoints' }),
    ),
    ...spoken,
  ].slice(0, maxFindings)
  const [first] = findings
  const { ok: _, problem: __, findings: ___, ...counts } = chain
  return {
    ok: !first,
    ...counts,
    ...(first && { problem: first.text }),
    findings,
    device: devices.at(-1) ?? null,
    checkpoints: judge.checkpoints,
  }
}

function standingIn(chain: ChainReader): Lookup {
  const epochs = chain.epochs()
  return (stream, epoch, seq) => {
    const index = epochs.findIndex((e) => e.epoch === epoch)
    if (index < 0 || !(stream in streams)) return 'unknown-epoch'
    const at = chain.at(stream as Stream, epochs[index]!, seq, epochs)
    if ('digest' in at) return { last: at.last, head: toHex(at.digest) }
    const next = epochs[index + 1]
    return { ...at, goesOn: next && { why: next.why, at: timeOf(next.startedMs) ?? '' } }
  }
}

/**
 * Each checkpoint is in the file before it is in the journal: one that only the journal has was taken out, and is held against
 * the record from there.
 */
async function againstFile(
  journal: VerifiableJournal,
  inFile: ReadonlyMap<number, KeptCheckpoint>,
  until: number,
  judge: CheckpointJudge,
  breathe: () => Promise<void>,
): Promise<Finding[]> {
  const lost: KeptCheckpoint[] = []
  const lastInFile = [...inFile.keys()].at(-1) ?? 0
  const found: Finding[] = []
  let cursor: string | undefined
  do {
    const page = told(journal, cursor)
    for (const { kept } of page.checkpoints) {
      const witness = witnessOf(kept)
      const other = inFile.get(witness.counter)
      // Those before the last of the file are missed by their numbers.
      if (witness.counter > lastInFile && witness.counter <= until) lost.push(kept)
      if (other && !saysTheSame(other, kept)) found.push(clone(witness.counter, witnessOf(other), witness))
    }
    cursor = page.next
    await breathe()
  } while (cursor !== undefined)
  for (const kept of lost.toReversed()) judge.see(kept, { sequence: false })
  const [newest, oldest] = [lost[0], lost.at(-1)].map((kept) => kept && witnessOf(kept))
  if (newest && oldest)
    found.push(
      finding(
        'delete',
        `checkpoints.ndjson lacks ${lost.length} that the journal speaks of: ${named(oldest)}${lost.length === 1 ? '' : `, to ${named(newest)}`}`,
        { stream: 'checkpoints', first: oldest.counter, last: newest.counter, time: newest.at },
      ),
    )
  return found
}

/** Of all events, newest first: the index by kind is no part of the chain, and whoever empties that must hide none. */
function told(journal: VerifiableJournal, cursor: string | undefined) {
  const { rows, next } = journal.eventRows({
    stream: 'events',
    limit: 500,
    ...(cursor !== undefined && { cursor }),
  })
  const checkpoints = rows.flatMap(({ kind, body }) =>
    kind === 'checkpoint' ? [body as CheckpointEvent] : [],
  )
  return { checkpoints, next: next ?? undefined }
}

/** The newest number in the events, where neither the file nor the counter knows of one; 0: there never was any. */
function newestTold(journal: VerifiableJournal): number {
  let cursor: string | undefined
  do {
    const page = told(journal, cursor)
    if (page.checkpoints[0]) return page.checkpoints[0].kept.checkpoint.signed.counter
    cursor = page.next
  } while (cursor !== undefined)
  return 0
}
