import { basename } from 'node:path'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { Reference } from '#core/package/baseline.ts'
import { buildColumn, type Column } from '#core/package/columns.ts'
import { putInTimeOrder } from '#core/package/time-order.ts'
import { openCsv } from './csv.ts'

/** Columns are kept in memory: 8 bytes a cell. */
const maxCells = 200_000_000

/**
 * Reads a reference. With `timeColumn` its rows are sorted by that column.
 * @throws EdgewrightError reference-refused or file-unreadable
 */
export async function readReference(path: string, timeColumn?: string): Promise<Reference> {
  const refuse = (why: string) =>
    new EdgewrightError('reference-refused', `"${basename(path)}" is refused: ${why}`)
  const csv = await openCsv(path)
  const builders = csv.header.map(buildColumn)
  let rows = 0
  for await (const record of csv.rows) {
    rows += 1
    if (rows * builders.length > maxCells)
      throw refuse(`it has more than ${maxCells} cells; take a sample of its rows`)
    for (let k = 0; k < builders.length; k++) builders[k]!.add(record[k] ?? '')
  }
  if (rows === 0) throw refuse('it has a header and no rows')
  const columns = builders.map((builder) => builder.done())
  const table = { rows, sha256: csv.sha256() }
  if (timeColumn === undefined)
    return {
      ...table,
      columns,
      noTimeOrder:
        'the reference names no time column (new --time COLUMN), so its rows are in no known order',
    }
  const time = columns.find((column) => column.name === timeColumn)
  if (!time) throw refuse(`it has no column "${timeColumn}" for the rows' time; it has ${names(columns)}`)
  const ordered = putInTimeOrder(columns, time)
  if (!ordered.ok) throw refuse(`its time column "${timeColumn}" cannot be used: ${ordered.reason}`)
  return {
    ...table,
    columns: ordered.columns,
    noTimeOrder: ordered.severalSeries ?? '',
    ...(ordered.severalSeries === undefined && { timeColumn }),
  }
}

const names = (columns: readonly Column[]) => columns.map((column) => `"${column.name}"`).join(', ')
