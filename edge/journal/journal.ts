import type { Finding } from '#core/audit/finding.ts'
import type { Alert } from '#core/contracts/alert.ts'
import type { Decision, RecordedReading } from '#core/contracts/decision.ts'
import type { Interval, Range } from '#core/contracts/output-tensor.ts'
import type { ChainReader } from './chain-reader.ts'
import type { EventStream, Stream } from './streams.ts'

export { addressId, type EventStream, type Stream, streams } from './streams.ts'

/** Where the journal tells of trouble; a pino logger fits. */
export interface JournalLog {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** One event of the streams `events`, `rollout` and `metrics`. */
export interface EventRow {
  kind: string
  timeMs: number
  /** Who: 'operator', 'admin', 'runtime', … */
  by: string
  body: unknown
}

/** Marks on one row of an inference record; only rows that have any. */
export interface RowNotes {
  quality?: Decision['quality']
  /** The fallback rules decided, in place of the model. */
  by?: 'rules'
  /** Of what they decided: the alert rules whose condition they found met. */
  met?: string[]
  /** And those of which they could say nothing. */
  unknown?: string[]
  explanation?: Decision['explanation']
  alertId?: string
  /** What was sent, where it does not fit the columns (a rejected reading). */
  sent?: RecordedReading['values']
}

/** A micro-batch as the journal keeps it: a struct of arrays, one row per reading. */
export interface InferenceRecord {
  model: string
  version: string
  provider: string
  /** Manifest order. `words[code]` gives back what the sender of a category said; `text`: its column holds texts. */
  features: { name: string; words?: Record<string, string>; text?: true }[]
  /** Names of the score columns: classes, or 'value'; `OUTPUT/CLASS` for the outputs after the first. */
  scoreNames: string[]
  /** Kind of the first output: decides how a decision is rebuilt from the columns. */
  outputKind: OutputShape['kind']
  /** Where the columns are more than the classes or the one value of a single output. */
  outputs?: OutputShape[]
  /** binary, multiclass, multilabel: index of the score that `probability` reports, per row; -1 where none. */
  reported: Int8Array
  rows: number
  /** The senders' own ids; null where the journal's address is the id. */
  readingIds: (string | null)[]
  assets: string[]
  /** Readings' own times, epoch ms; NaN where there is none. A rejected row is found by when it was journaled. */
  timesMs: Float64Array
  /** Index into ['alert','normal','abstain','rejected']. */
  verdicts: Uint8Array
  /** One column per feature, `rows` long; NaN or null: missing or not usable. */
  values: FeatureColumn[]
  /** One column per score name; NaN: none. */
  scores: Float32Array[]
  /** Milliseconds from intake to decision, per row. */
  ms: Float32Array
  /** Sparse, by row. */
  notes: Map<number, RowNotes>
  /** What `sha256:HEX` in a text column stands for; kept with the block, and dropped with it. Of a decoded record: absent. */
  attachments?: Attachment[]
}

/** Numbers; or texts, of a feature that is text, and `sha256:HEX` for one that is an image or a series. */
export type FeatureColumn = Float64Array | (string | null)[]

/** Bytes that a reading brought. */
export interface Attachment {
  /** hex */
  sha256: string
  /** image/png, image/jpeg; application/octet-stream for a series (little-endian float64). */
  media: string
  bytes: Uint8Array
}

/** What a decision must say beyond its scores, per output. */
export interface OutputShape {
  name: string
  kind: 'binary' | 'multiclass' | 'multilabel' | 'regression'
  /** Of its columns, without the output's name. */
  names: string[]
  positive?: string
  /** Its scores are 0 or 1 and only name a class. */
  label?: true
  interval?: Interval
  range?: Range
}

export interface Placed {
  epoch: string
  first: number
  last: number
}

/** Inside one unit of work: all of it becomes durable, or none of it. */
export interface Transaction {
  /** Appends one block to `inference`. */
  record(record: InferenceRecord): Placed
  /** Appends one block of events. */
  events(stream: EventStream, rows: EventRow[]): Placed
  /** The alert as it now stands, for lists and for the next start; the event that changed it goes in by `events`. */
  putAlert(alert: Alert): void
  /** Small durable state of a component (JSON), by key: deployment slots, alarm timers. `undefined` removes it. */
  putState(key: string, value: unknown): void
}

export interface AlertQuery {
  states?: Alert['state'][]
  model?: string
  rule?: string
  asset?: string
  limit: number
  /** From a former page. */
  cursor?: string
}

export interface ReadingQuery {
  model: string
  asset?: string
  fromMs?: number
  toMs?: number
  limit: number
  cursor?: string
}

export interface ArrivalQuery {
  model: string
  /** When a block was journaled, both inclusive. */
  fromMs: number
  toMs: number
}

/** One block as it came, whatever the times of its readings. */
export interface Arrival {
  atMs: number
  rows: number
  /** Absent: see `missing`. */
  record?: InferenceRecord
  /** Its content is gone, or is not what was written. */
  missing?: 'retention' | 'damaged'
}

export interface EventQuery {
  stream: EventStream
  kind?: string
  limit: number
  cursor?: string
}

export interface AddressedEvent extends EventRow {
  epoch: string
  seq: number
}

export interface ChainReport {
  ok: boolean
  /** Blocks and rows looked at, rows whose payload retention dropped. */
  blocks: number
  rows: number
  dropped: number
  /** The first thing that does not hold, in words. */
  problem?: string
  /** All that do not, at most a hundred; absent where all hold. */
  findings?: Finding[]
}

/** A column out of a record, for trends: [time, value] of one asset in time order. */
export interface SeriesQuery {
  model: string
  asset: string
  /** A feature's name, `output:CLASS` or `output:value`. Rejected readings and NaN are left out. */
  series: string
  fromMs: number
  toMs: number
}

/** The durable record. One writer; rows are addressed (stream, epoch, seq). */
export interface Journal {
  readonly epoch: string
  /**
   * Runs `work` inside the next group commit and resolves with its result once that is durable (fsync).
   * `work` is synchronous; where it throws, only its own unit is undone and the promise rejects with what it threw.
   * Where the disk refuses, every unit of the group rejects with `journal-unwritable` and nothing of them is kept.
   */
  write<T>(work: (tx: Transaction) => T): Promise<T>
  /** Hears of each stream that has new rows, once they are durable; must not throw. Returns what ends it. */
  onGrowth(listener: (stream: Stream) => void): () => void
  alert(id: string): Alert | undefined
  /** Newest first. */
  alerts(query: AlertQuery): { alerts: Alert[]; next: string | null }
  /** Answered alerts of one rule: how many were real. */
  trackRecord(model: string, rule: string): { real: number; answered: number; since?: string }
  state<T>(key: string): T | undefined
  /**
   * The reading of this model with this id, the sender's own or the journal's. Two models may get the same sender's id.
   * Throws `journal-damaged` where the block that it is in cannot be read.
   */
  reading(id: string, model: string): RecordedReading | undefined
  /**
   * Newest first. Yields to the event loop between slices of blocks. Nothing is skipped: a page ends before a damaged block,
   * and the one that would begin with it rejects with `journal-damaged`, which names the block. Blocks of other times and
   * assets are not touched by that.
   */
  readings(query: ReadingQuery): Promise<{ readings: RecordedReading[]; next: string | null }>
  /** As `readings`: yields to the event loop, and rejects with `journal-damaged` where a block cannot be read. */
  series(query: SeriesQuery): Promise<{ timesMs: number[]; values: number[] }>
  /**
   * Every block of a model in the order of its arrival here, by the machine's clock; also those that cannot be read, which
   * say why. Yields to the event loop between slices; holds one block at a time.
   */
  arrivals(query: ArrivalQuery): AsyncIterable<Arrival>
  /** Bytes that a kept reading of this model brought, by their sha256 (hex). */
  attachment(model: string, sha256: string): { media: string; bytes: Uint8Array } | undefined
  /** Newest first. */
  eventRows(query: EventQuery): { rows: AddressedEvent[]; next: string | null }
  /** The chain as it is stored, for checkpoints and exports. */
  readonly chain: ChainReader
  /** Reads every block and recomputes the chain. Yields between slices. */
  verify(): Promise<ChainReport>
  /** Drops payloads of `inference` older than `keepMs` for this model, keeps their digests, journals the gap. */
  retain(model: string, keepMs: number, nowMs: number): Promise<{ rows: number }>
  sizes(): { bytes: number; blocks: Record<Stream, number>; rows: Record<Stream, number> }
  close(): Promise<void>
}
