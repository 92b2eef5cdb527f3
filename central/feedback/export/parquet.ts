import { ByteWriter, ParquetWriter, type SchemaElement, schemaFromColumnData } from 'hyparquet-writer'
import type { ExportLine } from '#core/contracts/review.ts'
import type { Cell, Column, ColumnKind } from './columns.ts'

const types = {
  number: 'DOUBLE',
  text: 'STRING',
  json: 'STRING',
  boolean: 'BOOLEAN',
  time: 'TIMESTAMP',
} as const
const listTypes = {
  numbers: { type: 'DOUBLE' },
  texts: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  booleans: { type: 'BOOLEAN' },
} as const

/** A column of the schema; lists are the three levels that Parquet's own rules ask for (LogicalTypes.md, "Lists"). */
function elementsOf({ name, kind }: Column): SchemaElement[] {
  if (kind !== 'numbers' && kind !== 'texts' && kind !== 'booleans')
    return schemaFromColumnData({
      columnData: [{ name, data: [], type: types[kind], nullable: true }],
    }).slice(1)
  return [
    { name, repetition_type: 'OPTIONAL', converted_type: 'LIST', num_children: 1 },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    { name: 'element', repetition_type: 'OPTIONAL', ...listTypes[kind] },
  ]
}

/** Cells of one row group, at most: what is in memory at once. */
const cellsAtOnce = 400_000
const rowsAtOnce = 10_000

const valueFor = (kind: ColumnKind, value: Cell | Cell[]) =>
  kind === 'time' && typeof value === 'string' ? new Date(value) : value

/** Apache Parquet, a row group at a time; every column may be null. Doubles are written plain: bit by bit. */
export async function* parquetBytes(
  columns: readonly Column[],
  lines: AsyncIterable<ExportLine[]>,
): AsyncGenerator<Uint8Array, void, void> {
  const writer = new ByteWriter()
  const columnsOf = (rows: readonly ExportLine[]) =>
    columns.map(({ name, kind, of }) => ({
      name,
      data: rows.map((line) => valueFor(kind, of(line))),
      offsetIndex: false,
      ...((kind === 'number' || kind === 'numbers') && { encoding: 'PLAIN' as const }),
    }))
  const taken = (): Uint8Array => {
    const bytes = writer.getBytes().slice()
    writer.index = 0
    return bytes
  }
  const parquet = new ParquetWriter({
    writer,
    schema: [{ name: 'root', num_children: columns.length }, ...columns.flatMap(elementsOf)],
    createdBy: 'edgewright',
    kvMetadata: [{ key: 'format', value: 'edgewright-feedback-1' }],
  })
  let cells = 0
  let waiting: ExportLine[] = []
  const write = async (rows: readonly ExportLine[]): Promise<Uint8Array> => {
    await parquet.write({ columnData: columnsOf(rows), rowGroupSize: rows.length })
    return taken()
  }
  for await (const part of lines)
    for (const line of part) {
      waiting.push(line)
      cells += columns.length + inWindow(line)
      if (cells < cellsAtOnce && waiting.length < rowsAtOnce) continue
      yield await write(waiting)
      waiting = []
      cells = 0
    }
  if (waiting.length > 0) yield await write(waiting)
  await parquet.finish()
  yield taken()
}

const inWindow = ({ features }: ExportLine): number => {
  const { timesMs = [], features: lists = {} } = features?.window ?? {}
  return timesMs.length * (1 + Object.keys(lists).length)
}
