import { hash } from 'node:crypto'
import type { Alert } from '#core/contracts/alert.ts'
import type { Attachment, EventRow, InferenceRecord } from '#edge/journal/journal.ts'

export const startMs = Date.parse('2026-11-02T06:00:00Z')

export interface Row {
  asset?: string
  id?: string
  timeMs?: number
  verdict?: 0 | 1 | 2 | 3
  /** temperature, speed, grade (0: 'low', 1: 'high') */
  values?: [number, number, number]
  scores?: [number, number]
}

export function record(rows: Row[], change: Partial<InferenceRecord> = {}): InferenceRecord {
  const n = rows.length
  return {
    model: 'machine-failure',
    version: '1.2.0',
    provider: 'cpu',
    features: [
      { name: 'temperature' },
      { name: 'speed' },
      { name: 'grade', words: { '0': 'low', '1': 'high' } },
    ],
    scoreNames: ['ok', 'failure'],
    outputKind: 'binary',
    reported: new Int8Array(n).fill(1),
    rows: n,
    readingIds: rows.map((row) => row.id ?? null),
    assets: rows.map((row) => row.asset ?? 'press-1'),
    timesMs: Float64Array.from(rows, (row, i) => row.timeMs ?? startMs + i * 1000),
    verdicts: Uint8Array.from(rows, (row) => row.verdict ?? 1),
    values: [0, 1, 2].map((f) => Float64Array.from(rows, (row) => (row.values ?? [298.1, 1500, 0])[f]!)),
    scores: [0, 1].map((s) => Float32Array.from(rows, (row) => (row.scores ?? [0.75, 0.25])[s]!)),
    ms: new Float32Array(n).fill(0.5),
    notes: new Map(),
    ...change,
  }
}

/** Bytes as a reading brings them; not an image that anything could show. */
export function attachment(text: string, media = 'image/png'): Attachment {
  const bytes = Buffer.from(text)
  return { sha256: hash('sha256', bytes), media, bytes }
}

export const referenceTo = ({ sha256 }: Attachment): string => `sha256:${sha256}`

/** One row per image, which stands in the column `picture` beside the number `age` and the text `remark`. */
export function pictures(
  images: (Attachment | null)[],
  { remarks, ...change }: Partial<InferenceRecord> & { remarks?: (string | null)[] } = {},
): InferenceRecord {
  const texts = images.map((image) => image && referenceTo(image))
  return record(
    images.map(() => ({})),
    {
      model: 'triage',
      features: [{ name: 'age' }, { name: 'picture', text: true }, { name: 'remark', text: true }],
      values: [new Float64Array(images.length).fill(7), texts, remarks ?? texts.map(() => 'fine')],
      attachments: images.filter((image) => image !== null),
      ...change,
    },
  )
}

export function event(kind: string, body: unknown = {}): EventRow {
  return { kind, timeMs: startMs, by: 'runtime', body }
}

export function alert(id: string, change: Partial<Alert> = {}): Alert {
  return {
    id,
    state: 'unacknowledged',
    priority: 'high',
    model: { id: 'machine-failure', version: '1.2.0', title: 'Machine failure' },
    rule: 'failure',
    asset: 'press-1',
    title: 'Failure likely',
    cause: 'Wear',
    consequence: 'The part is scrapped',
    actions: ['Stop the press'],
    owner: 'maintenance',
    direction: 'above',
    raiseLevel: 0.5,
    clearLevel: 0.4,
    score: 0.8,
    readingId: 'r',
    contributions: [],
    trackRecord: { real: 0, answered: 0 },
    raisedAt: new Date(startMs).toISOString(),
    respondWithinMin: 10,
    respondBy: new Date(startMs + 600_000).toISOString(),
    ...change,
  }
}
