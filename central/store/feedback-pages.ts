import { EdgewrightError } from '#core/contracts/errors.ts'

/** Lists here go by a number that only grows, newest first; the cursor is the last one shown. */
export function pageAfter(cursor: string | undefined): number | undefined {
  if (cursor === undefined) return undefined
  if (/^\d{1,15}$/.test(cursor)) return Number(cursor)
  throw new EdgewrightError('request-invalid', '"cursor" is none that this list gave')
}

/** What a list gives, out of one row more than its page holds. */
export function pageOfRows<R>(
  rows: readonly R[],
  limit: number,
  number: (row: R) => number,
): { rows: R[]; next: string | null } {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  return { rows: shown, next: rows.length > limit && last !== undefined ? String(number(last)) : null }
}
