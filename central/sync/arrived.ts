import { z } from 'zod'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { SyncBlock } from '#core/contracts/sync.ts'
import type { ArrivedEvent } from './projector.ts'

const rowsSchema = z.array(
  z.object({ kind: z.string(), timeMs: z.number(), by: z.string(), body: z.unknown() }),
)

/**
 * The events of a block, each with its address. A thinned block has fewer events than rows: they stand at its last rows.
 * Of a block whose content stayed there, none.
 * @throws EdgewrightError sync-damaged
 */
export function arrived(block: SyncBlock): ArrivedEvent[] {
  const { text, stream, epoch, first, last } = block
  if (text === undefined || stream === 'inference' || stream === 'raw') return []
  const where = `rows ${first} to ${last} of ${stream}`
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw new EdgewrightError('sync-damaged', `The content of ${where} is not JSON.`)
  }
  const rows = rowsSchema.safeParse(json)
  const count = last - first + 1
  if (
    !rows.success ||
    rows.data.length > count ||
    (block.thinned === undefined && rows.data.length !== count)
  )
    throw new EdgewrightError('sync-damaged', `The content of ${where} is not ${count} events.`)
  const begin = last - rows.data.length + 1
  return rows.data.map(({ kind, timeMs, by, body }, i) => ({
    stream,
    epoch,
    seq: begin + i,
    kind,
    timeMs,
    by,
    body,
  }))
}
