import { hash } from 'node:crypto'
import { toHex } from '#core/chain/hex.ts'
import type { Alert } from '#core/contracts/alert.ts'
import type { Contribution, QualityMark } from '#core/contracts/decision.ts'
import type { Privacy } from '#core/contracts/privacy.ts'
import type { Shape } from '#edge/journal/catalog.ts'
import type { ChainBlock } from '#edge/journal/chain-reader.ts'
import type { EventRow, InferenceRecord } from '#edge/journal/journal.ts'
import { encodeRecord, StoredRecord } from '#edge/journal/record.ts'
import { Builder } from '#edge/sync/builder.ts'
import { BlockReader } from '#edge/sync/outbox.ts'
import { pseudonymsWith } from '#edge/sync/privacy/pseudonyms.ts'
import { sender, sha256 } from './blocks.ts'

export const featureNames = ['temperature', 'grade', 'remark', 'picture', 'wave'] as const
const model = { id: 'triage', version: '1.2.0' }
const sha = (text: string) => `sha256:${hash('sha256', text)}`

/** What nobody may find in the bytes that leave, by what it is of; numbers and texts that occur nowhere else. */
export const canaries: Record<(typeof featureNames)[number] | 'asset' | 'note', string[]> = {
  temperature: ['7919.831741', '6607.420917'],
  // The code of a category; its words are the manifest's.
  grade: ['104729', 'CANARY-GRADE'],
  remark: ['CANARY-REMARK'],
  picture: [sha('CANARY-PICTURE'), 'CANARY-PICTURE'],
  wave: [sha('CANARY-WAVE'), '3559.662311', '2887.119353'],
  asset: ['CANARY-BED-7', 'CANARY-READING-9'],
  note: ['CANARY-NOTE'],
}
const [asset, readingId] = canaries.asset as [string, string]

const contributions: Contribution[] = ['temperature', 'grade'].map((feature, i) => ({
  feature,
  title: feature,
  value: i === 0 ? 7919.831741 : 104729,
  usual: { min: 0, max: 1 },
  beyondPercent: 99,
  side: 'higher',
}))
const text = 'temperature is 7919.831741, grade is 104729'
const marks: QualityMark[] = [
  {
    code: 'outside-physical-limits',
    feature: 'temperature',
    message: '"temperature" is 7919.831741, outside',
  },
  {
    code: 'unknown-category',
    feature: 'grade',
    message: '"grade" is the text "CANARY-GRADE"; the model knows low',
  },
  { code: 'wrong-type', feature: 'remark', message: '"remark" is CANARY-REMARK' },
  { code: 'image-unreadable', feature: 'picture', message: 'CANARY-PICTURE is no image' },
  { code: 'series-length', feature: 'wave', message: '"wave" begins with 3559.662311' },
  { code: 'time-backward', message: `the newest reading of "${asset}" is later` },
  { code: 'malformed', message: '"temperature": 7919.831741, "remark": CANARY-REMARK' },
]

export function recordWith(n: number): InferenceRecord {
  const fill = <T>(value: T) => Array.from({ length: n }, () => value)
  return {
    ...{ model: model.id, version: model.version, provider: 'cpu', outputKind: 'binary', rows: n },
    features: [
      { name: 'temperature' },
      { name: 'grade', words: { '0': 'low', '1': 'high' } },
      { name: 'remark', text: true },
      { name: 'picture', text: true },
      { name: 'wave', text: true },
    ],
    scoreNames: ['ok', 'failure'],
    reported: new Int8Array(n).fill(1),
    readingIds: fill(readingId),
    assets: fill(asset),
    timesMs: Float64Array.from({ length: n }, (_, i) => 1_760_000_000_000 + i),
    verdicts: new Uint8Array(n).fill(1),
    values: [
      Float64Array.from({ length: n }, (_, i) => (i % 2 === 0 ? 7919.831741 : 6607.420917)),
      new Float64Array(n).fill(104729),
      fill('CANARY-REMARK'),
      fill(sha('CANARY-PICTURE')),
      fill(sha('CANARY-WAVE')),
    ],
    scores: [new Float32Array(n).fill(0.25), new Float32Array(n).fill(0.75)],
    ms: new Float32Array(n).fill(1.5),
    notes: new Map([
      [0, { quality: marks, alertId: 'a-1', explanation: { features: contributions, text } }],
      [
        n - 1,
        {
          quality: marks,
          sent: {
            temperature: 7919.831741,
            grade: 'CANARY-GRADE',
            remark: 'CANARY-REMARK',
            picture: 'CANARY-PICTURE',
            wave: [3559.662311, 2887.119353],
          },
        },
      ],
    ]),
    attachments: [
      { sha256: hash('sha256', 'CANARY-PICTURE'), media: 'image/png', bytes: Buffer.from('CANARY-PICTURE') },
      {
        sha256: hash('sha256', 'CANARY-WAVE'),
        media: 'application/octet-stream',
        bytes: Buffer.from('CANARY-WAVE'),
      },
    ],
  }
}

const alert: Alert = {
  ...{
    id: 'a-1',
    state: 'unacknowledged',
    priority: 'high',
    rule: 'failure',
    owner: 'Quality',
    readingId,
    asset,
  },
  model: { ...model, title: 'Triage' },
  ...{ title: 'Failure', cause: 'c', consequence: 'q', actions: ['a'], direction: 'above' },
  ...{ raiseLevel: 0.5, clearLevel: 0.4, score: 0.75, contributions, trackRecord: { real: 0, answered: 0 } },
  ...{ raisedAt: '2026-11-02T06:00:00Z', respondWithinMin: 5, respondBy: '2026-11-02T06:05:00Z' },
  images: [{ feature: 'picture', title: 'Picture', sha256: hash('sha256', 'CANARY-PICTURE') }],
  shelved: { until: '2026-11-02T07:00:00Z', reason: 'CANARY-NOTE', by: 'ada' },
  feedback: { answer: 'false', note: 'CANARY-NOTE', at: '2026-11-02T06:01:00Z', by: 'ada' },
}
const row = (kind: string, body: unknown): EventRow => ({ kind, timeMs: 1_760_000_000_000, by: 'ada', body })
export const events: EventRow[] = [
  row('alert.raised', { alertId: 'a-1', readingId, alert }),
  row('alert.shelved', {
    alertId: 'a-1',
    readingId,
    from: 'unacknowledged',
    to: 'shelved',
    minutes: 60,
    reason: 'CANARY-NOTE',
  }),
  row('alert.escalated', { alertId: 'a-1', readingId, note: 'CANARY-NOTE' }),
  row('alert.feedback', { alertId: 'a-1', readingId, answer: 'false', note: 'CANARY-NOTE' }),
  row('alert.of-the-future', {
    alertId: 'a-1',
    readingId,
    values: { temperature: 7919.831741 },
    about: asset,
  }),
  row('comparison.case', {
    id: model.id,
    readingId,
    asset,
    time: 't',
    champion: {},
    challenger: {},
    values: [104729],
  }),
  row('of.the.future', {
    values: ['CANARY-REMARK', 7919.831741, 104729, asset, 'CANARY-NOTE'],
    wave: sha('CANARY-WAVE'),
  }),
]

const view = (bytes: Uint8Array) => Buffer.from(bytes)

/** Everything that can be read out of what leaves: the NDJSON itself, the columns as bytes, and what they decode to. */
export async function whatLeaves(
  privacy: Privacy,
  rows = 4,
): Promise<{ seen: string; kept: string[]; lines: unknown[] }> {
  const record = recordWith(rows)
  const shape = pick(record)
  const json = JSON.stringify(shape)
  const digest = toHex(sha256(view(Buffer.from(json))))
  const kept: string[] = []
  const builder = new Builder({
    projection: {
      privacyOf: () => privacy,
      versionOf: () => model,
      pseudonym: pseudonymsWith(Buffer.from('a key of the machine')),
      keptBack: (kind) => kept.push(kind),
    },
    shape: (asked) => (asked === digest ? json : undefined),
    ...{ sender: () => sender, now: () => 1_760_000_000_000, damaged: () => undefined },
  })
  const readings = await builder.build(
    reader([blockOf(3, encodeRecord(record), digest)]),
    'inference',
    limits,
  )
  const told = await builder.build(
    reader([blockOf(0, Buffer.from(JSON.stringify(events)), '')]),
    'events',
    limits,
  )
  const texts = [readings, told].map((built) => Buffer.from(built!.bytes).toString())
  const lines = texts.flatMap((one) =>
    one
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { columns?: string }),
  )
  const decoded = lines.flatMap(({ columns }) => {
    if (columns === undefined) return []
    const bytes = Buffer.from(columns, 'base64')
    const { values, assets, readingIds, notes } = new StoredRecord(bytes, shape, 0).whole()
    const all = [...values.map((column) => [...column]), assets, readingIds, [...notes]]
    return [bytes.toString('latin1'), JSON.stringify(all)]
  })
  return { seen: [...texts, ...decoded].join('\n'), kept, lines }
}

const limits = { bytes: 1e6, rows: 1e6 }
const reader = (blocks: ChainBlock[]) =>
  new BlockReader(
    (async function* () {
      yield* blocks
    })(),
    { epoch: 'e', seq: 99 },
  )

function blockOf(stream: number, payload: Uint8Array, shape: string): ChainBlock {
  const [nothing, last] = [new Uint8Array(32), stream === 0 ? events.length : 4]
  return {
    ...{
      stream,
      epoch: 'e',
      first: 1,
      last,
      atMs: 1_760_000_000_000,
      kind: stream === 0 ? 'mixed' : 'record',
      shape,
    },
    ...{ payloadSha256: sha256(payload), prev: nothing, digest: nothing, payload },
  }
}

function pick({ model, version, provider, features, scoreNames, outputKind }: InferenceRecord): Shape {
  return { model, version, provider, features, scoreNames, outputKind }
}
