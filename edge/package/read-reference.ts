import { createHash } from 'node:crypto'
import { readdir, stat } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { Reference } from '#core/package/baseline.ts'
import { buildColumn, type Column, mediaKind, textAt } from '#core/package/columns.ts'
import { putInTimeOrder } from '#core/package/time-order.ts'
import { openCsv } from './csv.ts'
import { imageSize, readImageFile, refuseElsewhere } from './image-size.ts'

/** Columns are kept in memory: 8 bytes a cell. */
const maxCells = 200_000_000

/**
 * Reads a reference. With `timeColumn` its rows are sorted by that column.
 * @throws EdgewrightError reference-refused or file-unreadable; the signal's reason where it is aborted
 */
export async function readReference(
  path: string,
  timeColumn?: string,
  signal?: AbortSignal,
): Promise<Reference> {
  const refuse = (why: string) =>
    new EdgewrightError('reference-refused', `"${basename(path)}" is refused: ${why}`)
  const csv = await openCsv(path)
  const builders = csv.header.map(buildColumn)
  let rows = 0
  for await (const record of csv.rows) {
    if (rows++ % 1000 === 0) signal?.throwIfAborted()
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

/** A reference where a person has it, and what of it goes into a draft. */
export interface FoundReference {
  reference: Reference
  name: string
  /** The CSV file's path; or its bytes, where it was made here. */
  source: string | Uint8Array
  /** What the paths of its images are relative to. */
  dir: string
  /** Of the first image that it names. */
  imageSize?: { width: number; height: number } | undefined
  /** The different images that these columns name. @throws EdgewrightError reference-refused for one that lies elsewhere */
  imagesIn: (columns: readonly string[]) => string[]
}

/** More images than these are a data set, not a reference. */
const maxImages = 5000

/**
 * A CSV file, or a folder of PNG and JPEG images, which becomes a table of one column "image".
 * @throws EdgewrightError reference-refused or file-unreadable
 */
export async function findReference(
  path: string,
  timeColumn?: string,
  signal?: AbortSignal,
): Promise<FoundReference> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
  if (!isFolder) {
    const reference = await readReference(path, timeColumn, signal)
    const imagesIn = (columns: readonly string[]) => imagesOf(reference, columns)
    const dir = dirname(path)
    return {
      reference,
      name: basename(path),
      source: path,
      dir,
      imageSize: await firstSize(reference, dir),
      imagesIn,
    }
  }
  const folder = resolve(path)
  const dir = dirname(folder)
  const found = (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && /\.(?:png|jpe?g)$/i.test(entry.name))
    .map((entry) => relative(dir, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .sort()
  if (found.length === 0)
    throw new EdgewrightError(
      'reference-refused',
      `the folder "${basename(path)}" holds no PNG or JPEG images`,
    )
  const column = buildColumn('image')
  for (const name of found) column.add(name)
  const source = Buffer.from(`image\n${found.map(quoted).join('\n')}\n`)
  const reference: Reference = {
    rows: found.length,
    sha256: createHash('sha256').update(source).digest('hex'),
    columns: [column.done()],
    noTimeOrder: 'the reference is a folder of images, so its rows are in no known order',
  }
  const imagesIn = (columns: readonly string[]) => imagesOf(reference, columns)
  return {
    reference,
    name: basename(folder),
    source,
    dir,
    imageSize: await firstSize(reference, dir),
    imagesIn,
  }
}

const quoted = (cell: string) => (/[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)

function imagesOf({ columns }: Reference, wanted: readonly string[]): string[] {
  const paths = new Set<string>()
  for (const column of columns)
    if (wanted.includes(column.name))
      for (const path of textAt(column)) {
        if (path === null) continue
        refuseElsewhere(path)
        paths.add(path)
      }
  if (paths.size > maxImages)
    throw new EdgewrightError(
      'reference-refused',
      `the reference names ${paths.size} images; at most ${maxImages} are taken`,
      { hint: 'Take a sample of its rows.' },
    )
  return [...paths]
}

async function firstSize(
  { columns }: Reference,
  dir: string,
): Promise<{ width: number; height: number } | undefined> {
  const first = columns.find((column) => mediaKind(column) === 'image')?.words[0]
  if (first === undefined) return undefined
  return imageSize(await readImageFile(dir, first))
}
