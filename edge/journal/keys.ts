/**
 * A text as a key in the database. SQLite keeps UTF-8, where every lone surrogate becomes the same U+FFFD, so that two
 * texts which differ in memory would be one in the database. Such a text is escaped, and so is one that looks escaped:
 * different texts always have different keys.
 */
export function keyOf(text: string): string {
  return text.isWellFormed() && !text.startsWith(escaped) ? text : escaped + JSON.stringify(text)
}

const escaped = '\0'
