import type { QualityCode } from '#core/contracts/decision.ts'
import type { Guardrail } from '#core/contracts/guardrail.ts'
import type { InferenceRecord } from '#edge/journal/journal.ts'

interface GuardrailParts extends Partial<Omit<Guardrail, 'when' | 'then'>> {
  when?: Partial<Guardrail['when']>
  action?: Guardrail['then']
}

/** More than 10 % errors of at least 10 readings in a minute, at once; parts of it as the test needs them. */
export function guardrailOf({ when, action = 'alert', ...rest }: GuardrailParts = {}): Guardrail {
  const limit = when?.below === undefined ? { above: 0.1 } : {}
  return {
    id: 'errors',
    title: 'Too many readings without an answer',
    when: { metric: 'error-rate', ...limit, overS: 60, atLeast: 10, ...when },
    forS: 0,
    // biome-ignore lint/suspicious/noThenProperty: the contract's word
    then: action,
    decidedBy: { name: 'D. Kim' },
    actions: ['Ask the owner of the model.'],
    ...rest,
  }
}

export interface BatchParts {
  /** Rows by what became of them, in this order; `normal` where nothing is said: 1. */
  normal?: number
  alert?: number
  failed?: number
  /** Kept from the model for another reason. */
  abstained?: number
  rejected?: number
  failure?: QualityCode
  ms?: number | number[]
  /** Missing values at the beginning of each feature's column. */
  missing?: Record<string, number>
  features?: string[]
  version?: string
}

/** A decided micro-batch of a binary model. */
export function batchOf(parts: BatchParts = {}): InferenceRecord {
  const { alert = 0, failed = 0, abstained = 0, rejected = 0, failure = 'inference-failed' } = parts
  const normal = parts.normal ?? (alert + failed + abstained + rejected > 0 ? 0 : 1)
  const features = parts.features ?? ['temperature', 'speed']
  const counts = [normal, alert, failed, abstained, rejected]
  const kinds = counts.flatMap((n, kind) => Array.from({ length: n }, () => kind))
  const rows = kinds.length
  const mark = (code: QualityCode) => ({ quality: [{ code, message: code }] })
  const { ms = 1 } = parts
  return {
    model: 'machine-failure',
    version: parts.version ?? '1.0.0',
    provider: 'cpu',
    features: features.map((name) => ({ name })),
    scoreNames: ['ok', 'failure'],
    outputKind: 'binary',
    reported: Int8Array.from(kinds, (kind) => (kind < 2 ? 1 : -1)),
    rows,
    readingIds: kinds.map(() => null),
    assets: kinds.map(() => 'press-1'),
    timesMs: new Float64Array(rows).fill(0),
    verdicts: Uint8Array.from(kinds, (kind) => [1, 0, 2, 2, 3][kind]!),
    values: features.map((name) =>
      Float64Array.from(kinds, (_, row) => (row < (parts.missing?.[name] ?? 0) ? Number.NaN : 1)),
    ),
    scores: [0, 1].map(() => new Float32Array(rows).fill(0.5)),
    ms: typeof ms === 'number' ? new Float32Array(rows).fill(ms) : Float32Array.from(ms),
    notes: new Map(
      kinds.flatMap((kind, row) =>
        kind < 2 ? [] : [[row, mark(kind === 2 ? failure : kind === 3 ? 'window-filling' : 'not-finite')]],
      ),
    ),
  }
}
