import type { Alert, FeedbackAnswer } from '#core/contracts/alert.ts'
import type { Manifest } from '#core/contracts/manifest.ts'
import { createDecider, verdicts } from '#edge/decide/decide.ts'
import type { ChampionRow } from '#edge/deploy/shadow/cases.ts'
import { createValidator } from '#edge/ingest/validate.ts'
import type { InferenceRecord } from '#edge/journal/journal.ts'
import { manifestOf, ruleOf } from '#support/manifest.ts'

export const startMs = Date.parse('2026-11-01T00:00:00Z')
export const noBaseline = { reference: { rows: 0, sha256: '' }, features: {}, absent: {} }

type Rules = Manifest['decision']['alerts']
export const versionOf = (version: string, alerts: Rules = [ruleOf()], maxBatch = 128): Manifest => ({
  ...manifestOf({ alerts, operation: { maxBatch } }),
  version,
})
export const champion = versionOf('1.0.0')
export const challenger = versionOf('1.1.0')

export interface Row {
  asset?: string
  /** Milliseconds after the start. */
  ms: number
  /** The model's answer; undefined: it gave none. */
  score?: number
}

export const sentOf = ({ asset = 'Mill 1', ms, score }: Row) => ({
  asset,
  time: new Date(startMs + ms).toISOString(),
  values: { a: score ?? 0, b: 0 },
})

/** What a version decided on these readings; where it is an alert, as if its alarm had no delays. */
export function recordOf(manifest: Manifest, rows: Row[], tookMs = 1): InferenceRecord {
  const checked = createValidator(manifest).check(rows.map(sentOf), startMs + 1e9)
  const at = Int32Array.from(rows, ({ score }, row) => (score === undefined ? -1 : row))
  const failed = rows.flatMap(({ score }, row) => (score === undefined ? [row] : []))
  const failure = { code: 'inference-failed', message: 'it refused the input' } as const
  const answer = {
    raw: { p: { data: Float32Array.from(rows, ({ score }) => score ?? Number.NaN), width: 1 } },
    at,
    failures: new Map(failed.map((row) => [row, failure])),
    provider: 'cpu',
  }
  const record = createDecider(manifest, noBaseline).decide(checked, answer, tookMs)
  rows.forEach(({ score }, row) => {
    if ((score ?? 0) >= 0.5) record.verdicts[row] = verdicts.indexOf('alert')
  })
  return record
}

export const placed = { epoch: '0123456789abcdef', first: 1, last: 1_000_000 }

/** The champion's rows of a batch, mirrored at the readings' own times. */
export const ownRows = (rows: Row[], tookMs = 1): ChampionRow[] => {
  const record = recordOf(champion, rows, tookMs)
  return rows.map(({ ms }, row) => ({ record, placed, row, atMs: startMs + ms }))
}

export interface AlertParts {
  id?: string
  asset?: string
  rule?: string
  version?: string
  by?: 'model' | 'rules'
  /** Milliseconds after the start. */
  raised: number
  cleared?: number
  answer?: FeedbackAnswer
  answered?: number
}

export function alertOf(parts: AlertParts): Alert {
  const { id = 'a1', asset = 'Mill 1', rule = 'failure', version = '1.0.0', raised, cleared } = parts
  const iso = (ms: number) => new Date(startMs + ms).toISOString()
  return {
    id,
    state: 'unacknowledged',
    priority: 'high',
    model: { id: champion.id, version, title: 'Test model' },
    rule,
    asset,
    ...(parts.by && { by: parts.by }),
    title: 'failure likely',
    cause: 'wear',
    consequence: 'the part is scrapped',
    actions: ['Stop.'],
    owner: 'K. Lindqvist',
    direction: 'above',
    raiseLevel: 0.5,
    clearLevel: 0.4,
    score: 0.9,
    readingId: 'r1',
    contributions: [],
    trackRecord: { real: 0, answered: 0 },
    raisedAt: iso(raised),
    respondWithinMin: 15,
    respondBy: iso(raised + 900_000),
    ...(cleared !== undefined && { clearedAt: iso(cleared) }),
    ...(parts.answer && {
      feedback: { answer: parts.answer, at: iso(parts.answered ?? raised + 60_000), by: 'operator' },
    }),
  }
}
