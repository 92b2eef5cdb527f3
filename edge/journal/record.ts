import { type ColumnTable, decodeColumns, UnreadableColumnsError } from '#core/columns/decode.ts'
import { encodeColumns } from '#core/columns/encode.ts'
import type { Shape } from './catalog.ts'
import type { Attachment, FeatureColumn, InferenceRecord, RowNotes } from './journal.ts'

/** Places of the columns in a record's payload; after them one per score, then one per feature. */
const column = { timesMs: 0, verdicts: 1, ms: 2, reported: 3, readingIds: 4, assets: 5, scores: 6 } as const

/** Index of 'rejected' among the verdicts. */
export const rejected = 3
/** The furthest moment that a Date can name, epoch ms (ECMA-262, 21.4.1.1). */
const furthestMs = 8.64e15

type Notes = [row: number, notes: RowNotes][]
/** An attachment as the payload names it: what stands there, the chain vouches for. */
export type Attached = [sha256: string, media: string]
/** What a payload holds besides its columns. Without attachments the notes alone, as version 2 of the journal wrote it. */
type Extra = Notes | { notes: Notes; attached: Attached[] } | undefined

/** What to keep with a record: each content once. Throws a RangeError where nothing in the record could name it. */
export function attachmentsOf({ features, attachments = [] }: InferenceRecord): Attachment[] {
  if (attachments.length > 0 && !features.some((feature) => feature.text))
    throw new RangeError('A record without a column of texts cannot have attachments.')
  for (const { sha256 } of attachments)
    if (!isSha256(sha256)) throw new RangeError(`"${sha256}" is not a sha256 in hex.`)
  return [...new Map(attachments.map((attachment) => [attachment.sha256, attachment])).values()]
}

/** The attachments that a payload names. Throws UnreadableColumnsError. */
export function attachedIn(payload: Uint8Array): Attached[] {
  const extra = decodeColumns(payload).extra as Extra
  return extra && !Array.isArray(extra) ? extra.attached : []
}

/** Only the notes of a payload, by row. Throws UnreadableColumnsError. */
export function notesIn(payload: Uint8Array): Map<number, RowNotes> {
  const extra = decodeColumns(payload).extra as Extra
  return new Map(Array.isArray(extra) ? extra : extra?.notes)
}

/** The columns of a record as bytes; what they mean is its shape. Throws a RangeError where columns do not fit it. */
export function encodeRecord(record: InferenceRecord): Uint8Array {
  if (record.rows < 1) throw new RangeError('A record needs at least one row.')
  if (record.scores.length !== record.scoreNames.length || record.values.length !== record.features.length)
    throw new RangeError('A record needs one column per score name and one per feature.')
  for (const [i, { name, text }] of record.features.entries())
    if (Array.isArray(record.values[i]) !== (text === true))
      throw new RangeError(`The column of "${name}" must be ${text ? 'texts' : 'numbers'}.`)
  const notes = [...record.notes].sort(([a], [b]) => a - b)
  const attached = attachmentsOf(record).map(({ sha256, media }): Attached => [sha256, media])
  const plain = notes.length > 0 ? notes : undefined
  const extra: Extra = attached.length > 0 ? { notes, attached } : plain
  return encodeColumns(
    record.rows,
    [
      record.timesMs,
      record.verdicts,
      record.ms,
      record.reported,
      record.readingIds,
      record.assets,
      ...record.scores,
      ...record.values,
    ],
    extra,
  )
}

/** A record out of its payload; what only some callers need is decoded when they ask. */
export class StoredRecord {
  readonly shape: Shape
  readonly rows: number
  readonly atMs: number
  readonly verdicts: Uint8Array
  readonly assets: string[]
  /** When each row counts as having happened, epoch ms. */
  readonly indexTimes: Float64Array
  readonly #table: ColumnTable
  #whole: InferenceRecord | undefined
  #rowById: Map<string | null, number> | undefined

  /** Throws UnreadableColumnsError where the payload does not fit the shape. */
  constructor(payload: Uint8Array, shape: Shape, atMs: number) {
    this.#table = decodeColumns(payload)
    const width = column.scores + shape.scoreNames.length + shape.features.length
    if (this.#table.width !== width)
      throw new UnreadableColumnsError(`there are ${this.#table.width} columns, ${width} were expected`)
    this.shape = shape
    this.rows = this.#table.rows
    this.atMs = atMs
    this.verdicts = this.#table.bytes(column.verdicts)
    this.assets = this.#table.text(column.assets) as string[]
    this.indexTimes = indexTimes(this.#table.floats(column.timesMs), this.verdicts, atMs)
  }

  get readingIds(): (string | null)[] {
    return this.#table.text(column.readingIds)
  }

  /** The first row with this id of its sender's. */
  rowOf(readingId: string): number | undefined {
    this.#rowById ??= new Map(
      this.whole()
        .readingIds.map((id, row) => [id, row] as const)
        .reverse(),
    )
    return this.#rowById.get(readingId)
  }

  /** The column that a trend names: a feature of numbers, `output:CLASS` or `output:value`. */
  series(name: string): Float64Array | Float32Array | undefined {
    const feature = this.shape.features.findIndex((f) => f.name === name)
    if (feature >= 0)
      return this.shape.features[feature]!.text ? undefined : this.#table.floats(this.#at(feature))
    const score = name.startsWith('output:')
      ? this.shape.scoreNames.indexOf(name.slice('output:'.length))
      : -1
    return score >= 0 ? this.#score(score) : undefined
  }

  whole(): InferenceRecord {
    const extra = this.#table.extra as Extra
    this.#whole ??= {
      ...this.shape,
      rows: this.rows,
      timesMs: this.#table.floats(column.timesMs),
      verdicts: this.verdicts,
      ms: this.#table.floats32(column.ms),
      reported: this.#table.signedBytes(column.reported),
      readingIds: this.readingIds,
      assets: this.assets,
      scores: this.shape.scoreNames.map((_, i) => this.#score(i)),
      values: this.shape.features.map((_, i) => this.#value(i)),
      notes: new Map(Array.isArray(extra) ? extra : extra?.notes),
    }
    return this.#whole
  }

  #score(i: number): Float32Array {
    return this.#table.floats32(column.scores + i)
  }

  #value(i: number): FeatureColumn {
    return this.shape.features[i]!.text ? this.#table.text(this.#at(i)) : this.#table.floats(this.#at(i))
  }

  #at(feature: number): number {
    return column.scores + this.shape.scoreNames.length + feature
  }
}

/**
 * When each row counts as having happened: its own time. A rejected reading's time is not believed, and a missing one
 * cannot be searched for: those count from when they were journaled.
 */
export function indexTimes(timesMs: Float64Array, verdicts: Uint8Array, atMs: number): Float64Array {
  return timesMs.map((t, row) => (verdicts[row] === rejected || !isMoment(t) ? atMs : t))
}

export function isSha256(hex: string): boolean {
  return /^[0-9a-f]{64}$/.test(hex)
}

export function isMoment(ms: number): boolean {
  return Math.abs(ms) <= furthestMs
}
