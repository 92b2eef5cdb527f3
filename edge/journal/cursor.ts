import type { z } from 'zod'
import { EdgewrightError } from '#core/contracts/errors.ts'

/** Where a page ended, opaque to those who send it back. */
export function toCursor(position: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url')
}

/** Throws `request-invalid` for anything that `toCursor` did not make for this kind of list. */
export function fromCursor<T>(cursor: string, schema: z.ZodType<T>): T {
  try {
    return schema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()))
  } catch (cause) {
    throw new EdgewrightError(
      'request-invalid',
      'The cursor does not come from a former page of this list.',
      {
        hint: 'Send `next` of the page before as it was, or no cursor to begin at the newest.',
        cause,
      },
    )
  }
}
