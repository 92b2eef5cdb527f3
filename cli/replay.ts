import { once } from 'node:events'
import type { WriteStream } from 'node:fs'
import { open, readFile } from 'node:fs/promises'
import { basename, dirname, extname, resolve } from 'node:path'
import { finished } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Decision } from '#core/contracts/decision.ts'
import type { ModelDetail } from '#core/contracts/deployment.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { Feature } from '#core/contracts/manifest.ts'
import type { Reading, Value } from '#core/contracts/reading.ts'
import { parseCell } from '#core/package/cell.ts'
import { parseSeries } from '#core/package/series-cell.ts'
import { openCsv } from '#edge/package/csv.ts'
import { connect, type EdgeClient } from './edge-client.ts'
import { type Io, userPath } from './io.ts'

export interface ReplayOptions {
  edge?: string
  model: string
  data?: string
  rate?: number
  label?: string
  asset?: string
  assetColumn?: string
  out?: string
}

export interface ReplayResult {
  rows: number
  verdicts: Record<string, number>
  /** Why rows got no answer: how many for each kind of reason, and the first of them in words. */
  reasons: Record<string, { rows: number; first: string }>
  /** How many rows of each label got each verdict; only with --label. */
  byLabel?: Record<string, Record<string, number>>
}

/** Rows in one request, where no rate is asked for. */
const groupSize = 500
/** Requests a second, where one is. */
const ticksPerS = 10

/** Sends the rows of a CSV file to a model, in their order, and writes each decision as a line of `out`. */
export async function replay(io: Io, file: string, options: ReplayOptions): Promise<ReplayResult> {
  const client = connect(io, options)
  const path = `/api/models/${encodeURIComponent(options.model)}`
  const { manifest } = await client.json<ModelDetail>('GET', path)
  const csv = await openCsv(userPath(io, file))
  const toReading = readingOf(
    csv.header,
    manifest.inputs.features,
    options.asset ?? basename(file, extname(file)),
    options.assetColumn,
    dirname(userPath(io, file)),
  )
  const labelAt = options.label === undefined ? -1 : columnOf(csv.header, options.label, 'label')
  const out = options.out === undefined ? undefined : await writerTo(userPath(io, options.out))
  const result: ReplayResult = { rows: 0, verdicts: {}, reasons: {}, ...(labelAt >= 0 && { byLabel: {} }) }
  const size = options.rate === undefined ? groupSize : Math.max(1, Math.round(options.rate / ticksPerS))

  const started = performance.now()
  let group: string[][] = []
  const send = async () => {
    if (options.rate !== undefined)
      await sleep(Math.max(0, started + (1000 * result.rows) / options.rate - performance.now()))
    const decisions = await decide(client, `${path}/readings`, await Promise.all(group.map(toReading)))
    let text = ''
    decisions.forEach((decision, i) => {
      const label = labelAt < 0 ? undefined : group[i]![labelAt]!.trim()
      count(result, decision, label)
      text += `${JSON.stringify(label === undefined ? decision : { ...decision, label })}\n`
    })
    if (out && !out.write(text)) await once(out, 'drain')
    group = []
  }
  try {
    for await (const row of csv.rows) if (group.push(row) >= size) await send()
    if (group.length > 0) await send()
  } catch (error) {
    io.note(`${result.rows} rows were answered before this.`)
    throw error
  } finally {
    out?.end()
    if (out) await finished(out)
  }
  if (result.rows === 0) throw new EdgewrightError('reference-refused', 'the file has a header and no rows')
  if (!io.json) for (const line of summary(result, performance.now() - started)) io.print(line)
  return result
}

async function writerTo(path: string): Promise<WriteStream> {
  const file = await open(path, 'w').catch((error: unknown) => {
    throw new EdgewrightError('file-unreadable', `${path} cannot be written: ${(error as Error).message}`, {
      cause: error,
    })
  })
  return file.createWriteStream()
}

async function decide(client: EdgeClient, path: string, readings: Reading[]): Promise<Decision[]> {
  for (;;) {
    try {
      return await client.json<Decision[]>('POST', path, readings)
    } catch (error) {
      if (!(error instanceof EdgewrightError && error.code === 'queue-full')) throw error
      await sleep(500)
    }
  }
}

function columnOf(header: string[], name: string, what = 'feature'): number {
  const at = header.indexOf(name)
  if (at >= 0) return at
  throw new EdgewrightError('reference-refused', `the file has no column "${name}"`, {
    hint: `${what === 'label' ? 'Name one with --label.' : what === 'asset' ? 'Name one with --asset-column.' : "Columns must be named as the model's features are."} The file has: ${header.join(', ')}.`,
  })
}

/** Cells as a sensor would send them: numbers as numbers, a missing one as null, an image as its file, other text as it stands. */
function readingOf(
  header: string[],
  features: Feature[],
  asset: string,
  assetColumn: string | undefined,
  dir: string,
): (row: string[]) => Promise<Reading> {
  const columns = features.map(({ name, kind }) => ({ name, kind, at: columnOf(header, name) }))
  const isFeature = new Set(features.map((f) => f.name))
  const otherColumn = (names: string[]) =>
    header.findIndex((name) => names.includes(name) && !isFeature.has(name))
  const timeAt = otherColumn(['time', 'timestamp'])
  const assetAt = assetColumn === undefined ? otherColumn(['asset']) : columnOf(header, assetColumn, 'asset')
  return async (row) => {
    // Taken before an image is read: the rows of a group are read at once, and end in any order.
    const now = new Date().toISOString()
    const values: Record<string, Value> = {}
    for (const { name, kind, at } of columns) values[name] = await cellValue(kind, row[at]!, dir)
    const time = row[timeAt]
    return {
      asset: row[assetAt] || asset,
      time: time && /^\d{4}-\d\d-\d\d[Tt ]/.test(time) ? time : now,
      values,
    }
  }
}

async function cellValue(kind: Feature['kind'], text: string, dir: string): Promise<Value> {
  const cell = parseCell(text)
  if (cell === null) return null
  if (kind === 'image' && typeof cell === 'string') return (await imageAt(dir, cell)).toString('base64')
  if (kind === 'series') {
    const series = parseSeries(text)
    return series ? Array.from(series, (x) => (Number.isNaN(x) ? null : x)) : text.trim()
  }
  return kind === 'number' && Number.isFinite(cell) ? cell : text.trim()
}

function imageAt(dir: string, path: string): Promise<Buffer> {
  return readFile(resolve(dir, path)).catch((error: unknown) => {
    throw new EdgewrightError(
      'file-unreadable',
      `the image ${path} cannot be read: ${(error as Error).message}`,
      {
        cause: error,
      },
    )
  })
}

function count(result: ReplayResult, { verdict, quality }: Decision, label: string | undefined): void {
  result.rows += 1
  const [mark] = verdict === 'rejected' || verdict === 'abstain' ? quality : []
  if (mark) {
    const reason = result.reasons[mark.code] ?? { rows: 0, first: mark.message }
    result.reasons[mark.code] = { ...reason, rows: reason.rows + 1 }
  }
  result.verdicts[verdict] = (result.verdicts[verdict] ?? 0) + 1
  if (label === undefined || !result.byLabel) return
  const row = result.byLabel[label] ?? {}
  result.byLabel[label] = row
  row[verdict] = (row[verdict] ?? 0) + 1
}

function summary({ rows, verdicts, reasons, byLabel }: ReplayResult, tookMs: number): string[] {
  const counts = (of: Record<string, number>) =>
    Object.entries(of)
      .map(([verdict, n]) => `${n} ${verdict}`)
      .join(', ')
  return [
    `${rows} rows in ${(tookMs / 1000).toFixed(1)} s: ${counts(verdicts)}`,
    ...Object.entries(reasons).map(
      ([code, { rows: count, first }]) => `  ${count} without an answer (${code}), the first: ${first}`,
    ),
    ...Object.entries(byLabel ?? {}).map(([label, of]) => `  label ${label}: ${counts(of)}`),
  ]
}
