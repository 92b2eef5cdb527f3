import { randomUUID } from 'node:crypto'
import { seededRandom } from '#core/package/random.ts'
import type { InferenceRecord } from '#edge/journal/journal.ts'
import { openJournal } from '#edge/journal/open.ts'
import { featureNames, poolValues } from '../kit/readings.ts'
import { serve } from '../kit/serve.ts'

/** Fills the journal of a machine that does not run at the moment, as fast as it goes. */
export interface FillOrder {
  dir: string
  model: string
  version: string
  /** Readings, in blocks of 512. */
  readings: number
  /** Events of `events` beside them, one in a block. */
  events: number
}

const rows = 512
const dayMs = 86_400_000

async function fill({ dir, model, version, readings, events }: FillOrder): Promise<{ ms: number }> {
  const started = performance.now()
  let nowMs = Date.now() - dayMs
  const journal = openJournal(dir, { now: () => nowMs, randomUUID })
  const pool = poolValues()
  const random = seededRandom(5)
  const blocks = Math.ceil(readings / rows)
  const score = Float32Array.from({ length: rows }, () => random())
  for (let n = 0; n < blocks; n += 50) {
    nowMs = Date.now() - dayMs * (1 - n / blocks)
    const writing = Array.from({ length: Math.min(50, blocks - n) }, (_, i) => {
      const at = ((n + i) * rows) % pool.length
      const record: InferenceRecord = {
        ...{ model, version, provider: 'cpu', features: featureNames.map((name) => ({ name })) },
        ...{ scoreNames: ['0', '1'], outputKind: 'binary', reported: new Int8Array(rows).fill(1), rows },
        readingIds: new Array<null>(rows).fill(null),
        assets: Array.from({ length: rows }, (_, k) => `line-mill-${k % 8}`),
        timesMs: Float64Array.from({ length: rows }, (_, k) => nowMs + k),
        verdicts: new Uint8Array(rows).fill(1),
        values: featureNames.map((_, f) => Float64Array.from({ length: rows }, (_, k) => pool[at + k]![f]!)),
        scores: [score.map((x) => 1 - x), score],
        ms: new Float32Array(rows).fill(0.4),
        notes: new Map(),
      }
      return journal.write((tx) => tx.record(record))
    })
    await Promise.all(writing)
  }
  for (let n = 0; n < events; n++)
    await journal.write((tx) =>
      tx.events('events', [
        {
          kind: 'session.started',
          timeMs: nowMs,
          by: 'T. Okafor (technician)',
          body: { n, role: 'technician' },
        },
      ]),
    )
  await journal.close()
  return { ms: performance.now() - started }
}

serve({ fill: (order: FillOrder) => fill(order) })
