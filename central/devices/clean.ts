/** PostgreSQL keeps neither U+0000 nor halves of surrogate pairs in text and jsonb; both become U+FFFD. */
export const cleanText = (text: string): string => text.toWellFormed().replaceAll('\0', '\ufffd')

/** What a machine calls itself, as a person may be shown it: no control characters, and none that turn its direction. */
export const shownText = (text: string): string =>
  cleanText(text)
    .replaceAll(/[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu, '\ufffd')
    .trim() || '\ufffd'

/** As cleanText, of every string in a JSON value, names of fields among them. */
export function cleanJson(value: unknown): string {
  return JSON.stringify(value, (_name, part: unknown) => {
    if (typeof part === 'string') return cleanText(part)
    if (part === null || typeof part !== 'object' || Array.isArray(part)) return part
    return Object.fromEntries(Object.entries(part).map(([name, one]) => [cleanText(name), one]))
  })
}
