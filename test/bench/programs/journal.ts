import { randomUUID } from 'node:crypto'
import { mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { InferenceRecord } from '#edge/journal/journal.ts'
import { openJournal } from '#edge/journal/open.ts'
import { encodeRecord } from '#edge/journal/record.ts'
import { featureNames, poolValues } from '../kit/readings.ts'
import { serve } from '../kit/serve.ts'

/** The journal, and beside it a loop that inserts and commits the same bytes through node:sqlite. Argument: folder. */
const dir = process.argv[2]!

export interface JournalOrder {
  /** Rows in a block, and writers at once (`raw`: inserts in one transaction). */
  rows: number
  writers: number
  ms: number
}

mkdirSync(dir, { recursive: true })
const journal = openJournal(join(dir, 'journal'), { now: Date.now, randomUUID })
const db = new DatabaseSync(join(dir, 'raw.db'))
// As the journal's own file is kept: durable at each commit, a checkpoint every 512 pages.
db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 512')
db.exec('CREATE TABLE payloads (id INTEGER PRIMARY KEY, payload BLOB NOT NULL)')
const insert = db.prepare('INSERT INTO payloads (payload) VALUES (?)')
const pool = poolValues()

function recordOf(rows: number): InferenceRecord {
  const values = featureNames.map((_, k) => Float64Array.from({ length: rows }, (_, i) => pool[i]![k]!))
  const score = Float32Array.from({ length: rows }, (_, i) => Math.fround(Math.abs(Math.sin(i))))
  return {
    model: 'mlp',
    version: '1.0.0',
    provider: 'cpu',
    features: featureNames.map((name) => ({ name })),
    scoreNames: ['0', '1'],
    outputKind: 'binary',
    reported: new Int8Array(rows).fill(1),
    rows,
    readingIds: new Array<null>(rows).fill(null),
    assets: Array.from({ length: rows }, (_, i) => `line-mill-${i % 8}`),
    timesMs: new Float64Array(rows).fill(Date.now()),
    verdicts: new Uint8Array(rows).fill(1),
    values,
    scores: [score.map((x) => 1 - x), score],
    ms: new Float32Array(rows).fill(0.4),
    notes: new Map(),
  }
}

/** Rows a second that are durable. */
async function write({ rows, writers, ms }: JournalOrder): Promise<number> {
  const record = recordOf(rows)
  const started = performance.now()
  let blocks = 0
  const writer = async () => {
    while (performance.now() - started < ms) {
      await journal.write((tx) => tx.record(record))
      blocks += 1
    }
  }
  await Promise.all(Array.from({ length: writers }, writer))
  return (1000 * rows * blocks) / (performance.now() - started)
}

async function raw({ rows, writers, ms }: JournalOrder): Promise<number> {
  const payload = encodeRecord(recordOf(rows))
  const started = performance.now()
  let blocks = 0
  while (performance.now() - started < ms) {
    db.exec('BEGIN IMMEDIATE')
    for (let i = 0; i < writers; i++) insert.run(payload)
    db.exec('COMMIT')
    blocks += writers
  }
  return (1000 * rows * blocks) / (performance.now() - started)
}

/** What a row costs on the disk, in a journal of its own that is then closed: the block's columns alone, and all of the file. */
async function bytes(rows: number): Promise<{ columns: number; file: number }> {
  const folder = join(dir, `sized-${rows}`)
  const sized = openJournal(folder, { now: Date.now, randomUUID })
  const blocks = rows === 1 ? 5000 : Math.ceil(50_000 / rows)
  for (let i = 0; i < blocks; i += 100) {
    const writing = Array.from({ length: Math.min(100, blocks - i) }, () => {
      const record = recordOf(rows)
      return sized.write((tx) => tx.record(record))
    })
    await Promise.all(writing)
  }
  await sized.close()
  const file = statSync(join(folder, 'journal.db')).size
  return { columns: encodeRecord(recordOf(rows)).length / rows, file: file / (rows * blocks) }
}

serve({ write, raw, bytes })
