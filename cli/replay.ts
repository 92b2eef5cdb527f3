import { once } from 'node:events'
import { createReadStream, createWriteStream } from 'node:fs'
import { basename, extname } from 'node:path'
import { finished } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { parse } from 'csv-parse'
import type { Decision } from '#core/contracts/decision.ts'
import type { ModelDetail } from '#core/contracts/deployment.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { Feature } from '#core/contracts/manifest.ts'
import type { Reading, Value } from '#core/contracts/reading.ts'
import { EdgeClient } from './edge-client.ts'
import { type Io, readToken, userPath } from './io.ts'

export interface ReplayOptions {
  edge: string
  model: string
  data?: string
  rate?: number
  label?: string
  asset?: string
  out?: string
}

export interface ReplayResult {
  rows: number
  verdicts: Record<string, number>
  /** How many rows of each label got each verdict; only with --label. */
  byLabel?: Record<string, Record<string, number>>
}

/** Rows in one request, where no rate is asked for. */
const groupSize = 500
/** Requests a second, where one is. */
const ticksPerS = 10

type Row = Record<string, string>

/** Sends the rows of a CSV file to a model, in their order, and writes each decision as a line of `out`. */
export async function replay(io: Io, file: string, options: ReplayOptions): Promise<ReplayResult> {
  const client = new EdgeClient(options.edge, readToken(io, options.data))
  const { manifest } = await client.json<ModelDetail>(
    'GET',
    `/api/models/${encodeURIComponent(options.model)}`,
  )
  const path = userPath(io, file)
  const rows = createReadStream(path).on('error', (error) => parser.destroy(unreadable(path, error)))
  const parser = parse({
    bom: true,
    columns: checkedHeader(manifest.inputs.features, options.label),
    skip_empty_lines: true,
    relax_column_count: false,
  })
  const out = options.out === undefined ? undefined : createWriteStream(userPath(io, options.out))
  const result: ReplayResult = { rows: 0, verdicts: {}, ...(options.label !== undefined && { byLabel: {} }) }
  const toReading = readingOf(manifest.inputs.features, options.asset ?? basename(file, extname(file)))
  const size = options.rate === undefined ? groupSize : Math.max(1, Math.round(options.rate / ticksPerS))

  const started = performance.now()
  let group: Row[] = []
  const send = async () => {
    if (options.rate !== undefined)
      await sleep(Math.max(0, started + (1000 * result.rows) / options.rate - performance.now()))
    const decisions = await decide(client, options.model, group.map(toReading))
    let text = ''
    decisions.forEach((decision, i) => {
      const label = options.label === undefined ? undefined : (group[i]![options.label] ?? '')
      count(result, decision, label)
      text += `${JSON.stringify(label === undefined ? decision : { ...decision, label })}\n`
    })
    if (out && !out.write(text)) await once(out, 'drain')
    group = []
  }
  try {
    for await (const row of rows.pipe(parser) as AsyncIterable<Row>) if (group.push(row) >= size) await send()
    if (group.length > 0) await send()
  } catch (error) {
    io.note(`${result.rows} rows were answered before this.`)
    throw error instanceof Error && 'code' in error && String(error.code).startsWith('CSV_')
      ? unreadable(path, error)
      : error
  } finally {
    if (out) {
      out.end()
      await finished(out)
    }
  }
  if (!io.json) for (const line of summary(result, performance.now() - started)) io.print(line)
  return result
}

async function decide(client: EdgeClient, model: string, readings: Reading[]): Promise<Decision[]> {
  for (;;) {
    try {
      return await client.json<Decision[]>(
        'POST',
        `/api/models/${encodeURIComponent(model)}/readings`,
        readings,
      )
    } catch (error) {
      if (!(error instanceof EdgewrightError && error.code === 'queue-full')) throw error
      await sleep(500)
    }
  }
}

/** Refuses a file that lacks a column the model needs, before anything is sent. */
function checkedHeader(features: Feature[], label: string | undefined): (header: string[]) => string[] {
  return (header) => {
    const missing = features.filter((f) => !header.includes(f.name)).map((f) => `"${f.name}"`)
    if (missing.length > 0)
      throw new EdgewrightError('reference-refused', `the file has no column ${missing.join(', ')}`, {
        hint: `Columns must be named as the model's features are. The file has: ${header.join(', ')}.`,
      })
    if (label !== undefined && !header.includes(label))
      throw new EdgewrightError('reference-refused', `the file has no column "${label}"`)
    return header
  }
}

/** Cells as a sensor would send them: numbers as numbers, an empty cell as null, other text as it stands. */
function readingOf(features: Feature[], asset: string): (row: Row) => Reading {
  const isFeature = new Set(features.map((f) => f.name))
  const timeColumn = ['time', 'timestamp'].find((name) => !isFeature.has(name))
  return (row) => {
    const values: Record<string, Value> = {}
    for (const { name, kind } of features) {
      const cell = row[name]!.trim()
      const number = Number(cell)
      values[name] = cell === '' ? null : kind === 'number' && !Number.isNaN(number) ? number : cell
    }
    const time = timeColumn === undefined ? undefined : row[timeColumn]
    return {
      asset: (isFeature.has('asset') ? undefined : row['asset']) || asset,
      time: time && /^\d{4}-\d\d-\d\d[Tt ]/.test(time) ? time : new Date().toISOString(),
      values,
    }
  }
}

function count(result: ReplayResult, { verdict }: Decision, label: string | undefined): void {
  result.rows += 1
  result.verdicts[verdict] = (result.verdicts[verdict] ?? 0) + 1
  if (label === undefined || !result.byLabel) return
  const row = result.byLabel[label] ?? {}
  result.byLabel[label] = row
  row[verdict] = (row[verdict] ?? 0) + 1
}

function summary({ rows, verdicts, byLabel }: ReplayResult, tookMs: number): string[] {
  const counts = (of: Record<string, number>) =>
    Object.entries(of)
      .map(([verdict, n]) => `${n} ${verdict}`)
      .join(', ')
  return [
    `${rows} rows in ${(tookMs / 1000).toFixed(1)} s: ${counts(verdicts)}`,
    ...Object.entries(byLabel ?? {}).map(([label, of]) => `  label ${label}: ${counts(of)}`),
  ]
}

function unreadable(path: string, error: Error): EdgewrightError {
  return new EdgewrightError('file-unreadable', `${path} cannot be read: ${error.message}`, { cause: error })
}
