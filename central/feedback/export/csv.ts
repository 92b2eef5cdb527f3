import type { ExportLine } from '#core/contracts/review.ts'
import type { Cell, Column } from './columns.ts'

/**
 * What a spreadsheet would take for a formula (OWASP, "CSV Injection"), with whatever it skips before; and the apostrophe itself,
 * so that taking one apostrophe away at the beginning of a text always gives the text back.
 */
const guarded = /^(?:[\s\p{Cc}]*[=+\-@＝＋－＠]|[\t\r\n']|\s)/u

/** A cell by RFC 4180. Numbers stand as they are, shortest text that gives the same float64 back; nothing there: an empty cell. */
export function cell(value: Cell | Cell[]): string {
  if (value === null) return ''
  if (Array.isArray(value)) return cell(JSON.stringify(value))
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value)
  if (typeof value === 'boolean') return String(value)
  const text = guarded.test(value) ? `'${value}` : value
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** What `cell` made of a text. */
export const textOf = (unquoted: string): string => (unquoted.startsWith("'") ? unquoted.slice(1) : unquoted)

const row = (cells: readonly string[]) => `${cells.join(',')}\r\n`

export const csvHead = (columns: readonly Column[]): string => row(columns.map(({ name }) => cell(name)))
export const csvRow = (columns: readonly Column[], line: ExportLine): string =>
  row(columns.map(({ of }) => cell(of(line))))
