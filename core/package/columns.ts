import { parseCell } from './cell.ts'
import { parseSeries } from './series-cell.ts'

/** One column of a table of examples. */
export interface Column {
  name: string
  /** NaN where the cell is not a finite number. */
  numbers: Float64Array
  /** Index into `words` per row, -1 where the cell is no word; absent where no cell is. */
  wordAt?: Int32Array
  /** Distinct words in the order of their first row. */
  words: string[]
  nulls: number
  /** Infinite cells. */
  notFinite: number
}

/** number: every cell a number or missing. category: words that repeat. text: words that hardly do. mixed: both. */
export type ColumnKind = 'number' | 'category' | 'text' | 'mixed' | 'empty'

/** More different words than this are names or remarks, not categories. */
const maxCategories = 50

export interface ColumnBuilder {
  add(cell: string): void
  done(): Column
}

/** Takes a column's cells one after the other and keeps them in typed arrays. */
export function buildColumn(name: string): ColumnBuilder {
  let numbers = new Float64Array(1024)
  let wordAt: Int32Array | undefined
  let rows = 0
  let nulls = 0
  let notFinite = 0
  const words: string[] = []
  const indexOf = new Map<string, number>()

  function grow(): void {
    const wider = new Float64Array(numbers.length * 2)
    wider.set(numbers)
    numbers = wider
    if (!wordAt) return
    const more = new Int32Array(wider.length).fill(-1)
    more.set(wordAt)
    wordAt = more
  }

  function addWord(word: string): void {
    let index = indexOf.get(word)
    if (index === undefined) {
      index = words.push(word) - 1
      indexOf.set(word, index)
    }
    wordAt ??= new Int32Array(numbers.length).fill(-1)
    wordAt[rows] = index
  }

  return {
    add(cell) {
      if (rows === numbers.length) grow()
      const value = parseCell(cell)
      const finite = typeof value === 'number' && Number.isFinite(value)
      numbers[rows] = finite ? value : Number.NaN
      if (value === null) nulls += 1
      else if (typeof value === 'string') addWord(value)
      else if (!finite) notFinite += 1
      rows += 1
    },
    done: () => ({
      name,
      numbers: numbers.slice(0, rows),
      ...(wordAt && { wordAt: wordAt.slice(0, rows) }),
      words,
      nulls,
      notFinite,
    }),
  }
}

/** How many cells hold a finite number. */
export function countNumbers(column: Column): number {
  let count = 0
  for (const x of column.numbers) if (!Number.isNaN(x)) count += 1
  return count
}

function countWords(column: Column): number {
  let count = 0
  for (const index of column.wordAt ?? []) if (index >= 0) count += 1
  return count
}

export function kindOf(column: Column): ColumnKind {
  const numbers = countNumbers(column)
  if (column.words.length === 0) return numbers === 0 ? 'empty' : 'number'
  if (numbers + column.notFinite > 0) return 'mixed'
  return column.words.length <= maxCategories && column.words.length < countWords(column)
    ? 'category'
    : 'text'
}

/** All different ascending whole numbers, or words that hardly repeat: a row's name, not a measurement. */
export function looksLikeId(column: Column): boolean {
  const kind = kindOf(column)
  if (kind === 'text') return true
  if (kind !== 'number' || column.nulls > 0 || column.notFinite > 0) return false
  let before = Number.NEGATIVE_INFINITY
  for (const x of column.numbers) {
    if (!Number.isInteger(x) || x <= before) return false
    before = x
  }
  return column.numbers.length > 1
}

/** Whether every number is 0 or 1. */
export function isZeroOne(column: Column): boolean {
  return kindOf(column) === 'number' && column.numbers.every((x) => x === 0 || x === 1 || Number.isNaN(x))
}

/** 'Machine_failure', 'DEATH_EVENT', 'target', … : what a model predicts, not what it is given. */
export function namedLikeLabel(name: string): boolean {
  const words = name
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
  // A bare y is a label; the y of a pair of coordinates is not.
  return words.some((word) => labelWords.has(word) && (word !== 'y' || words.length === 1))
}

const labelWords = new Set([
  'label',
  'labels',
  'target',
  'targets',
  'outcome',
  'class',
  'y',
  'response',
  'failure',
  'fail',
  'failed',
  'fault',
  'event',
  'death',
  'died',
  'diagnosis',
  'churn',
  'survived',
  'default',
  'anomaly',
  'rul',
])

/** 'cycle', 'timestamp', … : where a row stands in time, not a measurement. */
export const namedLikeTime = (name: string): boolean =>
  /^(?:time|timestamp|date|datetime|cycle|step|index|t|time_?(?:in_?)?cycles?)$/i.test(
    name.trim().replaceAll(' ', '_'),
  )

/** The mixed column's words that keep it from being numbers, for a message. */
export function someWords(column: Column, limit = 3): string {
  const shown = column.words.slice(0, limit).map((word) => `"${word.slice(0, 30)}"`)
  return shown.join(', ') + (column.words.length > limit ? ', …' : '')
}

/** Each row's cell as a text; null where it is missing. */
export function textAt({ numbers, wordAt, words }: Column): (string | null)[] {
  return Array.from(numbers, (x, row) => {
    const word = wordAt?.[row] ?? -1
    if (word >= 0) return words[word]!
    return Number.isNaN(x) ? null : String(x)
  })
}

const imageName = /\.(?:png|jpe?g|gif|webp|bmp|tiff?)$/i

/** Cells that name image files, or that hold many numbers each. */
export function mediaKind(column: Column): 'image' | 'series' | undefined {
  if (column.words.length === 0 || countNumbers(column) > 0) return undefined
  if (column.words.every((word) => imageName.test(word))) return 'image'
  return column.words.every((word) => parseSeries(word) !== undefined) ? 'series' : undefined
}
