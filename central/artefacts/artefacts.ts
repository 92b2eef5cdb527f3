import type { Readable } from 'node:stream'
import type { Staged } from './staging.ts'

/** Bytes [start, end] of a file, both counted in. */
export interface ByteRange {
  start: number
  end: number
}

/** Files by their sha256 (hex). What is in it is whole, and never changes. */
export interface Artefacts {
  readonly kind: 'files' | 's3'
  /**
   * Keeps a stream; nothing of it stays where it breaks, is longer than `maxBytes`, or has not the digest that is expected.
   * @throws EdgewrightError download-refused, disk-too-small, disk-unwritable, artefacts-unreachable
   */
  put(bytes: AsyncIterable<Uint8Array>, limits?: StageLimits): Promise<{ digest: string; bytes: number }>
  /** As `put`, before the bytes are kept: for whoever looks at them first. The caller drops it. */
  stage(bytes: AsyncIterable<Uint8Array>, limits?: StageLimits): Promise<Staged>
  /** Keeps what was staged; the staged file stays until it is dropped. Says whether it was here already. */
  keep(staged: Pick<Staged, 'file' | 'digest' | 'bytes'>): Promise<{ known: boolean }>
  /** Its length; undefined: it is not here. */
  has(digest: string): Promise<number | undefined>
  /** undefined: it is not here. A stream that is not read to its end is to be destroyed. */
  open(digest: string, range?: ByteRange): Promise<Readable | undefined>
  remove(digest: string): Promise<void>
  /** Where others fetch it themselves; undefined: it is to be streamed. */
  link?(digest: string): Promise<string>
}

export interface StageLimits {
  expect?: string | undefined
  maxBytes?: number | undefined
  /** What the sender says that is to come; refused beforehand where the disk has not that much room. */
  length?: number | undefined
}

/** `sha256/ab/abcd…` */
export const keyOf = (digest: string): string => `sha256/${digest.slice(0, 2)}/${digest}`
