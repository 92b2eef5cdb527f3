import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { z } from 'zod'
import { fromUtf8 } from '#core/columns/utf8.ts'
import type { Blocks } from './blocks.ts'
import { fromCursor, toCursor } from './cursor.ts'
import type { AddressedEvent, EventQuery, EventRow } from './journal.ts'
import { keyOf } from './keys.ts'
import { all } from './sqlite.ts'
import { streams } from './streams.ts'

interface Row {
  epoch_n: number
  first: number
  payload: Uint8Array | null
}
/** [epoch, seq] of the last event that was given. */
const position = z.tuple([z.number(), z.number()])
type Position = z.infer<typeof position>
const blocksAtOnce = 64

/** Finds events, newest first. */
export class Events {
  readonly #blocks: Blocks
  readonly #any: StatementSync
  readonly #ofKind: StatementSync

  constructor(db: DatabaseSync, blocks: Blocks) {
    this.#blocks = blocks
    const order = '(epoch_n, first) <= (?, ?) ORDER BY epoch_n DESC, first DESC LIMIT ?'
    this.#any = db.prepare(`SELECT epoch_n, first, payload FROM blocks WHERE stream = ? AND ${order}`)
    this.#ofKind = db.prepare(
      `SELECT epoch_n, first, payload FROM event_kinds JOIN blocks USING (stream, epoch_n, first)
       WHERE stream = ? AND event_kinds.kind = ? AND ${order}`,
    )
  }

  eventRows(query: EventQuery): { rows: AddressedEvent[]; next: string | null } {
    const rows: AddressedEvent[] = []
    const stream = streams[query.stream]
    const start: Position =
      query.cursor === undefined ? [Infinity, Infinity] : fromCursor(query.cursor, position)
    let [epochN, before] = start
    let last = start
    for (;;) {
      const page =
        query.kind === undefined
          ? all<Row>(this.#any, stream, epochN, before - 1, blocksAtOnce)
          : all<Row>(this.#ofKind, stream, keyOf(query.kind), epochN, before - 1, blocksAtOnce)
      for (const block of page) {
        const { epoch } = this.#blocks.epochs.find(({ n }) => n === block.epoch_n)!
        const addressed = eventsOf(block.payload).map((event, i) => ({
          ...event,
          epoch,
          seq: block.first + i,
        }))
        for (const event of addressed.reverse()) {
          if (block.epoch_n === start[0] && event.seq >= start[1]) continue
          if (query.kind !== undefined && event.kind !== query.kind) continue
          if (rows.length === query.limit) return { rows, next: toCursor(last) }
          rows.push(event)
          last = [block.epoch_n, event.seq]
        }
      }
      const end = page.at(-1)
      if (!end || page.length < blocksAtOnce) return { rows, next: null }
      epochN = end.epoch_n
      before = end.first
    }
  }
}

export function eventsOf(payload: Uint8Array | null): EventRow[] {
  return payload ? (JSON.parse(fromUtf8(payload)) as EventRow[]) : []
}
