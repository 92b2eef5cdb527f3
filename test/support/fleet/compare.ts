import pg from 'pg'
import { type Stream, streamNames, streams } from '#core/chain/streams.ts'
import { type Ledger, placeOf } from './ledger.ts'

/** What central holds of one machine, read from its database. */
export interface Held {
  state: string
  findings: { kind: string; words: string }[]
  blocks: { epoch: string; stream: Stream; first: number; last: number; digest: string }[]
  events: { epoch: string; stream: Stream; seq: number; kind: string; body: string; received: number }[]
  marks: { epoch: string; stream: Stream; ack: number }[]
  /** Readings that its figures count, and those of the windows that it stored. */
  counted: { readings: number; inWindows: number }
}

export async function heldOf(databaseUrl: string, device: string): Promise<Held> {
  const client = new pg.Client({ connectionString: databaseUrl, statement_timeout: 60_000 })
  client.on('error', () => undefined)
  await client.connect()
  const ask = async <T>(text: string, ...values: unknown[]) => (await client.query(text, values)).rows as T[]
  try {
    // One moment for all: machines go on sending.
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    const [found] = await ask<{ id: number; state: string }>(
      'SELECT id, state FROM devices WHERE device = $1',
      device,
    )
    if (!found) throw new Error(`central does not know ${device}`)
    const { id, state } = found
    type Raw = { epoch: string; stream: number }
    const named = <T extends Raw>(rows: T[]) =>
      rows.map((row) => ({ ...row, stream: streamNames[row.stream]! }))
    const blocks = await ask<Raw & { first: number; last: number; digest: string }>(
      "SELECT epoch, stream, first::float8, last::float8, encode(digest, 'hex') AS digest FROM blocks WHERE device_id = $1 ORDER BY stream, first",
      id,
    )
    const events = await ask<Raw & { seq: number; kind: string; body: string; received: number }>(
      'SELECT epoch, stream, seq::float8, kind, body::text, extract(epoch FROM received)::float8 AS received FROM events WHERE device_id = $1 ORDER BY stream, seq',
      id,
    )
    const marks = await ask<Raw & { ack: number }>(
      'SELECT epoch, stream, ack::float8 FROM watermarks WHERE device_id = $1',
      id,
    )
    const [figures] = await ask<{ readings: number }>(
      'SELECT coalesce(sum(readings), 0)::float8 AS readings FROM metric_hours WHERE device_id = $1',
      id,
    )
    const inWindows = events
      .filter(({ kind }) => kind === 'metrics.window')
      .reduce((sum, { body }) => sum + (JSON.parse(body) as { readings: number }).readings, 0)
    return {
      state,
      findings: await ask('SELECT kind, words FROM findings WHERE device_id = $1 ORDER BY id', id),
      ...{ blocks: named(blocks), events: named(events), marks: named(marks) },
      counted: { readings: figures?.readings ?? 0, inWindows },
    }
  } finally {
    await client.end().catch(() => undefined)
  }
}

export interface Comparison {
  /** Rows that the machine has and central does not: lost, or still on their way. */
  missing: string[]
  /** What must never be. */
  wrong: string[]
  /** Rows that neither has any more. */
  gone: { epoch: string; stream: Stream; first: number; last: number }[]
  rows: number
}

/** Kinds of which central gets the very body that the machine wrote. */
const asItIs = /^(sync\.limits|runtime\.started|deployment\.[a-z-]+|checkpoint|metrics\.window|gap)$/

/**
 * Holds what central has against everything that the machine ever wrote: each row once, under its own digest, without gaps, events
 * with their words, alerts and the record in order, and nothing that was never written. `held` must be read before the ledger is.
 */
export function compare(held: Held, ledger: Ledger): Comparison {
  const [missing, wrong]: [string[], string[]] = [[], []]
  const gone: Comparison['gone'] = []
  const there = new Map<string, number>()
  const ends = new Map<string, number>()
  let rows = 0
  for (const block of held.blocks) {
    const place = placeOf(block)
    there.set(place, (there.get(place) ?? 0) + 1)
    if (there.get(place)! > 1) wrong.push(`${place} is there ${there.get(place)} times`)
    const written = ledger.blocks.get(place)
    if (!written) wrong.push(`${place} was never written`)
    else if (written.digest !== block.digest || written.first !== block.first)
      wrong.push(`${place} is another one`)
    const lane = `${block.epoch}/${block.stream}`
    if (block.first !== (ends.get(lane) ?? 0) + 1)
      wrong.push(`${place} begins at ${block.first} behind ${ends.get(lane) ?? 0}`)
    ends.set(lane, block.last)
    rows += block.last - block.first + 1
  }
  for (const { epoch, stream, ack } of held.marks)
    if ((ends.get(`${epoch}/${stream}`) ?? 0) !== ack)
      wrong.push(
        `${epoch}/${stream}: the watermark says ${ack}, the last row is ${ends.get(`${epoch}/${stream}`) ?? 0}`,
      )
  for (const [place, block] of ledger.blocks) {
    if (there.has(place)) continue
    if (ledger.now.has(place)) missing.push(place)
    else gone.push(block)
  }
  wrong.push(...wrongEvents(held, ledger, ends))
  const { readings, inWindows } = held.counted
  if (readings !== inWindows)
    wrong.push(`figures count ${readings} readings, the windows that came ${inWindows}`)
  return { missing, wrong, gone, rows }
}

function wrongEvents({ events }: Held, ledger: Ledger, ends: ReadonlyMap<string, number>): string[] {
  const wrong: string[] = []
  const written = new Map<string, { kind: string; body: unknown }>()
  for (const { epoch, stream, first, rows } of ledger.blocks.values())
    for (const [i, row] of (rows ?? []).entries()) written.set(`${epoch}/${stream}/${first + i}`, row)
  const last = new Map<string, { seq: number; received: number }>()
  const newest = { received: 0, epoch: -1 }
  for (const { epoch, stream, seq, kind, body, received } of events) {
    const lane = `${epoch}/${stream}`
    const before = last.get(lane) ?? { seq: 0, received: 0 }
    if (seq !== before.seq + 1) wrong.push(`event ${lane}/${seq} stands behind ${before.seq}`)
    if (received < before.received) wrong.push(`event ${lane}/${seq} came before the one before it`)
    last.set(lane, { seq, received })
    const row = written.get(`${lane}/${seq}`)
    if (row?.kind !== kind) wrong.push(`event ${lane}/${seq} is ${kind}, and was written as ${row?.kind}`)
    else if (asItIs.test(kind) && body !== JSON.stringify(row.body))
      wrong.push(`event ${lane}/${seq} says ${body}`)
  }
  for (const [lane, { seq }] of last)
    if (ends.get(lane) !== seq) wrong.push(`${lane} has ${seq} events of ${ends.get(lane)} rows`)
  // Lives of the record, one after the other: of stream 0 nothing overtakes.
  const firsts = new Map<string, number>()
  for (const { epoch, stream, received } of events)
    if (stream === 'events' && streams[stream] === 0)
      firsts.set(epoch, Math.min(firsts.get(epoch) ?? Infinity, received))
  for (const epoch of ledger.epochs) {
    const begin = firsts.get(epoch)
    if (begin === undefined) continue
    if (begin < newest.received) wrong.push(`${epoch} came before the life of the record before it`)
    newest.received = begin
  }
  return wrong
}
