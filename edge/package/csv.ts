import { createHash, type Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { basename } from 'node:path'
import { Transform } from 'node:stream'
import { CsvError, parse } from 'csv-parse'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { parseCell } from '#core/package/cell.ts'

export interface Csv {
  header: string[]
  /** Every row has as many cells as the header. */
  rows: AsyncIterable<string[]>
  /** sha256 (hex) of the whole file; only after `rows` has ended. */
  sha256(): string
}

/**
 * Opens a CSV file with a header line: UTF-8 (a byte order mark is dropped), separated by whichever of `,` `;` tab or `|`
 * stands most often in its first line. Rows come one by one, so that a file of any size can be read.
 * @throws EdgewrightError reference-refused or file-unreadable, naming the file, the line and the reason
 */
export async function openCsv(path: string): Promise<Csv> {
  const name = basename(path)
  const refuse = (why: string, cause?: unknown) =>
    new EdgewrightError('reference-refused', `"${name}" is refused: ${why}`, { cause })
  const head = await readHead(path)
  const why = whyNoText(head)
  if (why) throw refuse(why)
  const hash = createHash('sha256')
  const parser = createReadStream(path, { highWaterMark: 1 << 18 })
    .on('error', (error) => parser.destroy(error))
    .pipe(hashing(hash))
    .pipe(
      parse({
        bom: true,
        delimiter: separatorOf(head.toString('utf8')),
        skip_empty_lines: true,
        relax_quotes: true,
      }),
    )
  const records = (parser as AsyncIterable<string[]>)[Symbol.asyncIterator]()
  const next = async () => {
    try {
      return await records.next()
    } catch (error) {
      if (error instanceof CsvError)
        throw refuse(`line ${error['lines'] ?? '?'} cannot be read: ${error.message}`, error)
      throw new EdgewrightError('file-unreadable', `"${path}" cannot be read: ${(error as Error).message}`, {
        cause: error,
      })
    }
  }
  const first = await next()
  if (first.done) throw refuse('it is empty')
  const header = first.value.map((cell) => cell.trim())
  const wrong = whyNoHeader(header)
  if (wrong) throw refuse(wrong)
  return {
    header,
    rows: {
      [Symbol.asyncIterator]: () => ({
        next,
        return: async () => records.return?.() ?? { done: true, value: undefined },
      }),
    },
    sha256: () => hash.digest('hex'),
  }
}

function hashing(hash: Hash): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk)
      done(null, chunk)
    },
  })
}

async function readHead(path: string): Promise<Buffer> {
  try {
    await using file = await open(path, 'r')
    const { buffer, bytesRead } = await file.read(Buffer.alloc(1 << 16), 0, 1 << 16, 0)
    return buffer.subarray(0, bytesRead)
  } catch (error) {
    throw new EdgewrightError('file-unreadable', `"${path}" cannot be read: ${(error as Error).message}`, {
      cause: error,
    })
  }
}

function whyNoText(head: Buffer): string | undefined {
  if (head.length === 0) return 'it is empty'
  const latin = head.toString('latin1', 0, 64)
  if (latin.startsWith('PK\x03\x04')) return 'it is a zip archive or an Excel workbook: save it as CSV'
  if (latin.startsWith('PAR1')) return 'it is a Parquet file: save it as CSV'
  if (latin.startsWith('\xff\xfe') || latin.startsWith('\xfe\xff'))
    return 'it is UTF-16: save it as CSV in UTF-8'
  if (/^\s*<(?:!doctype|html)/i.test(latin))
    return 'it is a web page (HTML): the download gave a page instead of the file'
  if (latin.startsWith('version https://git-lfs'))
    return 'it is a Git-LFS pointer, not the file itself: run "git lfs pull"'
  if (head.includes(0)) return 'it is a binary file, not CSV'
  return undefined
}

function whyNoHeader(header: string[]): string | undefined {
  const twice = header.find((name, k) => name !== '' && header.indexOf(name) !== k)
  if (twice !== undefined) return `two columns are named "${twice}"`
  if (header.some((name) => name.includes('\ufffd')))
    return 'its header is not UTF-8: save it as CSV in UTF-8'
  if (header.includes('__proto__')) return 'a column may not be named "__proto__"'
  if (header.every((name) => typeof parseCell(name) === 'number'))
    return 'its first line holds numbers; a header line with the names of the columns is missing'
  return undefined
}

/** Outside quotes; a comma where none occurs. */
function separatorOf(head: string): string {
  const line = head.replace(/"(?:[^"]|"")*"/g, '').split(/\r?\n/, 1)[0] ?? ''
  const count = (separator: string) => line.split(separator).length
  return [',', ';', '\t', '|'].reduce((best, separator) =>
    count(separator) > count(best) ? separator : best,
  )
}
