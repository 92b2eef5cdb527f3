import { hash } from 'node:crypto'
import type { SQLInputValue, StatementSync } from 'node:sqlite'
import { EdgewrightError } from '#core/contracts/errors.ts'

/** Primary result codes (sqlite.org/rescode.html) that speak of the disk or the whole database, not of one statement. */
const words: Record<number, string> = {
  5: 'another program holds it',
  6: 'another program holds it',
  7: 'there is no memory left',
  8: 'the file or its folder is read-only',
  9: 'the write was interrupted',
  10: 'the disk reported an error or refused to grow the file',
  11: 'the file is damaged',
  13: 'the disk is full',
  14: 'the file cannot be opened',
  26: 'the file is not a database',
}

export function sqliteCode(error: unknown): number | undefined {
  const code = error instanceof Error ? (error as { errcode?: unknown }).errcode : undefined
  return typeof code === 'number' ? code & 0xff : undefined
}

/** The disk or the database refused, so nothing of the whole transaction can stand. */
export function isFatal(error: unknown): boolean {
  return (sqliteCode(error) ?? 0) in words
}

export function isDamage(error: unknown): boolean {
  const code = sqliteCode(error)
  return code === 11 || code === 26
}

export function unwritable(error: unknown): EdgewrightError {
  if (error instanceof EdgewrightError) return error
  const why = words[sqliteCode(error) ?? 0] ?? (error instanceof Error ? error.message : String(error))
  return new EdgewrightError('journal-unwritable', `The journal cannot be written: ${why}.`, { cause: error })
}

export function closedError(): EdgewrightError {
  return new EdgewrightError('journal-unwritable', 'The journal is closed.', {
    hint: 'Start the runtime again.',
  })
}

export const sha256 = (bytes: Uint8Array | string): Uint8Array => hash('sha256', bytes, 'buffer')

/** One row, typed by the caller, who knows the statement. */
export function one<Row>(statement: StatementSync, ...parameters: SQLInputValue[]): Row | undefined {
  return statement.get(...parameters) as Row | undefined
}

export function all<Row>(statement: StatementSync, ...parameters: SQLInputValue[]): Row[] {
  return statement.all(...parameters) as Row[]
}
