/** PostgreSQL's text holds everything but U+0000 and lone surrogates: they are shown as the sign for "unknown". */
export const words = (text: string): string => text.toWellFormed().replaceAll('\u0000', '\ufffd')
export const wordsOrNull = (text: string | null | undefined): string | null =>
  text === null || text === undefined ? null : words(text)

/** Years 1 to 9999: a machine's clock may say anything. */
const [leastMs, mostMs] = [-62_135_596_800_000, 253_402_300_799_000]

/** A moment that a machine tells, epoch ms or RFC 3339, as the database can hold it; what is no time at all: the fallback. */
export function momentOf<F extends number | null>(
  told: number | string | null | undefined,
  fallback: F,
): Date | (F extends null ? null : never) {
  const ms = typeof told === 'string' ? Date.parse(told) : (told ?? Number.NaN)
  const usable = Number.isFinite(ms) ? ms : fallback
  if (usable === null) return null as F extends null ? null : never
  return new Date(Math.min(Math.max(usable, leastMs), mostMs))
}
