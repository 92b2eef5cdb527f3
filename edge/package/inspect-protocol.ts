import type { ErrorCode } from '#core/contracts/errors.ts'
import type { CheckedModel, CheckOptions } from './model-file.ts'

/** What the process that looks at a model is told, once, and what it answers. */
export interface ToInspector {
  path: string
  options: CheckOptions
}

export type FromInspector =
  /** It is about to read so many bytes, which may take its time. */
  | { kind: 'reading'; bytes: number }
  | { kind: 'checked'; model: CheckedModel }
  | { kind: 'refused'; code: ErrorCode; message: string; hint: string }
  /** A mistake in this program. */
  | { kind: 'failed'; message: string }
