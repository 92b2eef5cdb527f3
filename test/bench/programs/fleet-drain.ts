import { hash } from 'node:crypto'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { seededRandom } from '#core/package/random.ts'
import type { InferenceRecord } from '#edge/journal/journal.ts'
import { encodeRecord } from '#edge/journal/record.ts'
import { openConnection } from '../kit/connection.ts'
import { type Content, columnsContent, eventsContent, MachineRecord } from '../kit/machine-record.ts'
import { featureNames } from '../kit/readings.ts'
import { serve } from '../kit/serve.ts'

/** Machines that drain what they have made beforehand, and the same by bare COPY. */
export type What = 'readings' | 'events' | 'single events'
export interface MakeOrder {
  what: What
  machines: number
  /** Of each machine. */
  batches: number
}
export interface SendOrder {
  host: string
  port: number
  tokens: string[]
}
export interface Sent {
  rows: number
  ms: number
  /** On the line: packed bodies. */
  bytes: number
  /** From a batch to its answer. */
  batchMs: Float64Array
}

const rowsOfBlock = 512
/** What a runtime puts into a batch: about 1 MiB before it is packed. */
const blocksOfBatch = 36
const eventsOfBatch = 1_500
const random = seededRandom(21)
const shape = {
  ...{ model: 'mlp', version: '1.0.0', provider: 'cpu', features: featureNames.map((name) => ({ name })) },
  ...{ scoreNames: ['0', '1'], outputKind: 'binary' as const },
}
const shapeJson = JSON.stringify(shape)
const shapeLine = { kind: 'shape' as const, sha256: hash('sha256', shapeJson), json: shapeJson }

function recordOf(): InferenceRecord {
  const rows = rowsOfBlock
  const score = Float32Array.from({ length: rows }, () => random())
  const startMs = Date.now() - 86_400_000
  return {
    ...shape,
    ...{ reported: new Int8Array(rows).fill(1), rows, readingIds: new Array<null>(rows).fill(null) },
    assets: Array.from({ length: rows }, (_, i) => `line-mill-${i % 8}`),
    timesMs: Float64Array.from({ length: rows }, (_, i) => startMs + 100 * i),
    verdicts: new Uint8Array(rows).fill(1),
    values: featureNames.map(() =>
      Float64Array.from({ length: rows }, () => Math.round(2000 * random() - 1000) / 1000),
    ),
    scores: [score.map((x) => 1 - x), score],
    ms: Float32Array.from({ length: rows }, () => 0.3 + random()),
    notes: new Map(),
  }
}

const records = Array.from({ length: 2 * blocksOfBatch }, recordOf)
const columns = records.map(encodeRecord)
const readings = columns.map((bytes) => columnsContent(rowsOfBlock, shapeLine.sha256, bytes))

const eventOf = (n: number) => ({
  ...{ kind: 'session.started', timeMs: Date.now(), by: 'T. Okafor (technician)' },
  body: { session: `5c6f1a2e-${n}`, person: 'p-17', role: 'technician', from: '127.0.0.1', n },
})

const eventBlocks = (size: number): Content[] =>
  Array.from({ length: eventsOfBatch / size }, (_, n) =>
    eventsContent(Array.from({ length: size }, (_, i) => eventOf(n * size + i))),
  )
const contents: Record<What, Content[]> = {
  readings,
  events: eventBlocks(10),
  'single events': eventBlocks(1),
}

/** A batch as it travels, and what was in it. */
interface Made {
  body: Uint8Array
  rows: number
}
let made: { machine: MachineRecord; batches: Made[]; stream: string }[] = []

function make({ what, machines, batches }: MakeOrder) {
  const stream = what === 'readings' ? 'inference' : 'events'
  made = Array.from({ length: machines }, () => {
    const machine = new MachineRecord()
    return {
      ...{ machine, stream },
      batches: Array.from({ length: batches }, (_, n) => {
        const all = contents[what]
        const some = what === 'readings' ? all.slice((n % 2) * blocksOfBatch).slice(0, blocksOfBatch) : all
        return {
          body: machine.batch(stream, some, what === 'readings' ? [shapeLine] : []),
          rows: some.reduce((sum, { rows }) => sum + rows, 0),
        }
      }),
    }
  })
  return made.map(({ machine }) => machine.identity)
}

/** Each machine over a connection of its own, one batch after the other. */
async function send({ host, port, tokens }: SendOrder): Promise<Sent> {
  const batchMs: number[] = []
  const connections = await Promise.all(made.map(() => openConnection(host, port)))
  const started = performance.now()
  await Promise.all(
    made.map(async ({ machine, stream, batches }, i) => {
      for (const { body, rows } of batches) {
        const at = performance.now()
        const head = [
          `POST /sync/v1/${machine.device}/${stream} HTTP/1.1`,
          `Host: ${host}:${port}`,
          `Authorization: Bearer ${tokens[i]}`,
          'Content-Type: application/x-ndjson',
          'Content-Encoding: zstd',
          `Content-Length: ${body.length}`,
        ]
        const answer = await connections[i]!.exchange(
          Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]),
        )
        batchMs.push(performance.now() - at)
        const { inserted } = JSON.parse(answer.toString()) as { inserted: number }
        if (inserted !== rows) throw new Error(`central took ${inserted} rows of ${rows}`)
      }
    }),
  )
  const ms = performance.now() - started
  for (const connection of connections) connection.close()
  const all = made.flatMap(({ batches }) => batches)
  const sum = (of: (one: Made) => number) => all.reduce((total, one) => total + of(one), 0)
  return {
    rows: sum((one) => one.rows),
    ms,
    bytes: sum((one) => one.body.length),
    batchMs: Float64Array.from(batchMs),
  }
}

const tables = {
  blocks: 'bare_blocks (n bigint, content bytea)',
  rows: `bare_rows (asset text, at timestamptz, verdict smallint, reported smallint, ms real, score_0 real, score_1 real,
    ${featureNames.map((name) => `${name} float8`).join(', ')})`,
  events: 'bare_events (seq bigint, at timestamptz, kind text, by text, body json)',
} as const
export type Table = keyof typeof tables

/** In COPY's text format, a batch's worth. */
const asBlocks = columns
  .slice(0, blocksOfBatch)
  .map((bytes, n) => `${n}\t\\\\x${Buffer.from(bytes).toString('hex')}\n`)
const asRows = records.slice(0, blocksOfBatch).flatMap((record) =>
  Array.from({ length: record.rows }, (_, i) => {
    const numbers = [...record.scores, ...record.values].map((column) => (column as Float64Array)[i])
    const at = new Date(record.timesMs[i]!).toISOString()
    return `${[record.assets[i], at, record.verdicts[i], record.reported[i], record.ms[i], ...numbers].join('\t')}\n`
  }),
)
const asEvents = Array.from({ length: eventsOfBatch }, (_, n) => {
  const { kind, timeMs, by, body } = eventOf(n)
  return `${[n, new Date(timeMs).toISOString(), kind, by, JSON.stringify(body)].join('\t')}\n`
})
const texts: Record<Table, Buffer> = {
  blocks: Buffer.from(asBlocks.join('')),
  rows: Buffer.from(asRows.join('')),
  events: Buffer.from(asEvents.join('')),
}
const rowsOf: Record<Table, number> = {
  ...{ blocks: blocksOfBatch * rowsOfBlock, rows: blocksOfBatch * rowsOfBlock, events: eventsOfBatch },
}

/** One COPY and one commit for what is one batch above; each machine over a connection of its own. */
async function copy({
  url,
  table,
  machines,
  batches,
}: {
  url: string
  table: Table
  machines: number
  batches: number
}) {
  const clients = Array.from({ length: machines }, () => new pg.Client({ connectionString: url }))
  for (const client of clients) await client.connect()
  await clients[0]!.query(`CREATE TABLE IF NOT EXISTS ${tables[table]}`)
  const name = tables[table].split(' ')[0]
  const started = performance.now()
  await Promise.all(
    clients.map(async (client) => {
      for (let n = 0; n < batches; n++)
        await pipeline(Readable.from([texts[table]]), client.query(copyFrom(`COPY ${name} FROM STDIN`)))
    }),
  )
  const ms = performance.now() - started
  for (const client of clients) await client.end()
  return { rows: rowsOf[table] * machines * batches, ms, bytes: texts[table].length * machines * batches }
}

serve({ make, send, copy })
