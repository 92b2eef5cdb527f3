import { fromUtf8 } from '#core/columns/utf8.ts'
import { leaves, type Privacy } from '#core/contracts/privacy.ts'
import type { SyncBlock } from '#core/contracts/sync.ts'
import type { Shape } from '../../journal/catalog.ts'
import type { EventRow } from '../../journal/journal.ts'
import { encodeRecord, notesIn, StoredRecord } from '../../journal/record.ts'
import { type EventParts, isListed, projectEvent } from './events.ts'
import { areNotesRaw, projectRecord } from './record.ts'

/** What of a block leaves the site; see SyncBlock. */
export type Content = Pick<SyncBlock, 'text' | 'columns' | 'projected' | 'withheld' | 'dropped'>

export interface ProjectionParts extends EventParts {
  privacyOf: (model: string, version: string) => Privacy
  /** Hears of kinds whose bodies stay here because nothing says that they may leave. */
  keptBack: (kind: string) => void
}

/**
 * A block of readings. A shape that is missing, or a payload that is not what was written, cannot be projected and stays.
 * `payload`: null where retention dropped it.
 */
export function projectReadings(
  payload: Uint8Array | null,
  shape: Shape | undefined,
  { privacyOf, pseudonym }: ProjectionParts,
): Content {
  if (payload === null) return { dropped: true }
  if (!shape) return { withheld: true }
  const privacy = privacyOf(shape.model, shape.version)
  const names = shape.features.map(({ name }) => name)
  const raw = names.filter((name) => leaves(privacy, name) === 'raw').length
  if (privacy.asset !== 'raw' && raw === 0) return { withheld: true }
  // Without decoding a column: most blocks of a machine that keeps nothing back.
  if (privacy.asset === 'raw' && raw === names.length)
    if (areNotesRaw(notesIn(payload), names, privacy, pseudonym)) return { columns: base64(payload) }
  const record = new StoredRecord(payload, shape, 0).whole()
  const projected = projectRecord(record, privacy, pseudonym)
  if (projected === 'withheld') return { withheld: true }
  return projected === 'raw'
    ? { columns: base64(payload) }
    : { columns: base64(encodeRecord(projected)), projected: true }
}

/** A block of events: byte for byte where privacy changes nothing. */
export function projectEvents(payload: Uint8Array | null, parts: ProjectionParts): Content {
  if (payload === null) return { dropped: true }
  const text = fromUtf8(payload)
  const rows = JSON.parse(text) as EventRow[]
  let isSame = true
  const projected = rows.map((row) => {
    const left = projectEvent(row, parts)
    if (left === row) return row
    if (!isListed(row.kind)) parts.keptBack(row.kind)
    isSame &&= JSON.stringify(left) === JSON.stringify(row)
    return left
  })
  return isSame ? { text } : { text: JSON.stringify(projected), projected: true }
}

const base64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
