/** What pandas.read_csv takes for a missing value by default (its documentation, `na_values`), and so training did. */
const missing = new Set([
  '',
  '#N/A',
  '#N/A N/A',
  '#NA',
  '-1.#IND',
  '-1.#QNAN',
  '-NaN',
  '-nan',
  '1.#IND',
  '1.#QNAN',
  '<NA>',
  'N/A',
  'NA',
  'NULL',
  'NaN',
  'None',
  'n/a',
  'nan',
  'null',
])
const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/
const infinite = /^[+-]?inf(?:inity)?$/i

/** A cell of a CSV file: null where it is missing, a number (possibly infinite) where it reads as one, else its words. */
export function parseCell(cell: string): number | string | null {
  const text = cell.trim()
  if (missing.has(text)) return null
  if (decimal.test(text)) return Number(text)
  if (infinite.test(text)) return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  return text
}
