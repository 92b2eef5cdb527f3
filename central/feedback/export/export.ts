import type { ExportLine, ExportQuery } from '#core/contracts/review.ts'
import type { Database } from '../../store/database.ts'
import { reviewSnapshot, type Snapshot } from '../../store/feedback-export.ts'
import { FeatureKinds, fixedColumns } from './columns.ts'
import { csvHead, csvRow } from './csv.ts'
import { exportLine } from './line.ts'
import { parquetBytes } from './parquet.ts'

export const mediaTypes = {
  jsonl: 'application/x-ndjson',
  csv: 'text/csv; charset=utf-8; header=present',
  parquet: 'application/vnd.apache.parquet',
} as const

/**
 * Reviewed answers as training data, in one snapshot, a part at a time. Whoever stops reading ends it. CSV and Parquet go through
 * the rows twice: first for which features there are.
 * @throws EdgewrightError request-invalid where there are too many columns; before anything is given
 */
export async function exportFeedback(
  db: Database,
  { format, ...filter }: ExportQuery,
): Promise<AsyncIterableIterator<string | Uint8Array>> {
  const snapshot = await reviewSnapshot(db, filter)
  try {
    const kinds = new FeatureKinds()
    if (format !== 'jsonl') for await (const part of lines(snapshot)) for (const line of part) kinds.see(line)
    const columns = [...fixedColumns, ...kinds.columns()]
    return untilEnd<string | Uint8Array>(
      snapshot,
      format === 'parquet' ? parquetBytes(columns, lines(snapshot)) : text(),
    )
    async function* text() {
      if (format === 'csv') yield csvHead(columns)
      for await (const part of lines(snapshot))
        yield part
          .map((line) => (format === 'csv' ? csvRow(columns, line) : `${JSON.stringify(line)}\n`))
          .join('')
    }
  } catch (error) {
    await snapshot.end()
    throw error
  }
}

async function* lines(snapshot: Snapshot): AsyncGenerator<ExportLine[], void, void> {
  for await (const part of snapshot.rows()) yield part.map(exportLine)
}

/** Ends the snapshot with the parts: also where nobody began to read them, for which a generator's own `finally` does nothing. */
function untilEnd<T>(snapshot: Snapshot, parts: AsyncIterable<T>): AsyncIterableIterator<T> {
  const inner = parts[Symbol.asyncIterator]()
  let ended: Promise<void> | undefined
  const end = () => {
    ended ??= snapshot.end()
    return ended
  }
  return {
    [Symbol.asyncIterator]() {
      return this
    },
    next: async () => {
      try {
        const part = await inner.next()
        if (part.done) await end()
        return part
      } catch (error) {
        await end()
        throw error
      }
    },
    return: async () => {
      await inner.return?.()
      await end()
      return { done: true, value: undefined }
    },
  }
}
