import {
  type Alert,
  emptyRequestSchema,
  escalateRequestSchema,
  feedbackRequestSchema,
  shelveRequestSchema,
} from '#core/contracts/alert.ts'
import { overstrain } from './fake-scene.ts'
import { heldReason } from './fake-slots.ts'

/** The alert after one touch; undefined where its state does not allow it. */
export function acted(alert: Alert, what: string, body: unknown, now: Date): Alert | undefined {
  const at = now.toISOString()
  const by = 'operator'
  switch (what) {
    case 'acknowledge': {
      emptyRequestSchema.parse(body)
      const done = { ...alert, acknowledgedAt: at, acknowledgedBy: by }
      if (alert.state === 'unacknowledged') return { ...done, state: 'acknowledged' }
      return alert.state === 'returned-unacknowledged' ? { ...done, state: 'normal' } : undefined
    }
    case 'done':
      emptyRequestSchema.parse(body)
      return alert.state === 'acknowledged' ? { ...alert, actionDoneAt: at } : undefined
    case 'escalate':
      escalateRequestSchema.parse(body)
      return { ...alert, escalatedAt: at }
    case 'shelve': {
      const { minutes, reason } = shelveRequestSchema.parse(body)
      return {
        ...alert,
        state: 'shelved',
        shelved: { until: new Date(now.getTime() + minutes * 60_000).toISOString(), reason, by },
      }
    }
    case 'unshelve': {
      const { shelved: _, ...rest } = alert
      return alert.state === 'shelved' ? { ...rest, state: 'unacknowledged' } : undefined
    }
    case 'feedback':
      return { ...alert, feedback: { ...feedbackRequestSchema.parse(body), at, by } } as Alert
    default:
      return undefined
  }
}

/** About the model itself: version 1.1.0 was taken back. */
export function guardrailAlert(): Alert {
  const base = overstrain()
  const decidedBy = { name: 'K. Lindqvist', contact: 'extension 4711' }
  return {
    ...base,
    id: 'a-guardrail',
    state: 'returned-unacknowledged',
    model: { ...base.model, version: '1.1.0' },
    rule: 'guardrail:errors',
    asset: base.model.id,
    title: { en: 'Readings without an answer', de: 'Messwerte ohne Antwort' },
    cause: { en: heldReason, de: 'Messwerte ohne Antwort des Modells: 12 % von 250 Messwerten in 5 min.' },
    consequence: {
      en: 'Version 1.1.0 was taken back; 1.0.4 answers. Decided by K. Lindqvist.',
      de: 'Version 1.1.0 wurde zurückgenommen; 1.0.4 antwortet. Entschieden von K. Lindqvist.',
    },
    actions: [{ en: 'Look at its process.', de: 'Ihren Prozess ansehen.' }],
    score: 0.12,
    raiseLevel: 0.05,
    clearLevel: 0.05,
    guardrail: {
      metric: 'error-rate',
      value: 0.12,
      limit: 0.05,
      n: 250,
      from: '2026-11-24T13:57:00Z',
      to: '2026-11-24T14:02:00Z',
      action: 'rollback',
      decidedBy,
    },
    readingId: '',
    contributions: [],
    trackRecord: { real: 0, answered: 0 },
    raisedAt: '2026-11-24T14:02:00Z',
    clearedAt: '2026-11-24T14:02:00Z',
  }
}

/** Raised by a rule of the package, because the model gave no answer. */
export function ruleAlert(): Alert {
  return { ...overstrain(), by: 'rules', score: null, contributions: [] }
}
