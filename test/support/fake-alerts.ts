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

/** About version 1.1.0 itself: its copy on the disk is no longer what was installed; it answers on. */
export function noticeAlert(kind: 'damaged' | 'taken-back' = 'damaged'): Alert {
  const base = overstrain()
  const reason =
    kind === 'damaged'
      ? 'sha256 of model.onnx differs from what was installed'
      : 'the runtime ended 3 times while it was on trial'
  return {
    ...base,
    id: `a-${kind}`,
    priority: 'medium',
    model: { ...base.model, version: '1.1.0' },
    rule: `version:${kind}`,
    asset: base.model.id,
    title:
      kind === 'damaged'
        ? { en: 'The copy of version 1.1.0 is damaged', de: 'Die Kopie der Version 1.1.0 ist beschädigt' }
        : {
            en: 'Version 1.1.0 was taken back by itself',
            de: 'Version 1.1.0 wurde von selbst zurückgenommen',
          },
    cause: { en: reason, de: reason },
    consequence:
      kind === 'damaged'
        ? {
            en: 'It is loaded and answers on. After a restart it could not be loaded again.',
            de: 'Sie ist geladen und antwortet weiter. Nach einem Neustart ließe sie sich nicht wieder laden.',
          }
        : {
            en: 'Version 1.0.4 answers since. Version 1.1.0 is held until somebody activates it.',
            de: 'Seitdem antwortet Version 1.0.4. Version 1.1.0 bleibt gesperrt, bis jemand sie aktiviert.',
          },
    actions: [
      { en: 'Install the same package again.', de: 'Dasselbe Paket noch einmal einspielen.' },
      { en: 'Have the disk checked.', de: 'Den Datenträger prüfen lassen.' },
    ],
    score: null,
    readingId: '',
    contributions: [],
    trackRecord: { real: 0, answered: 0 },
    respondWithinMin: 60,
    respondBy: '2026-11-24T15:29:12Z',
  }
}
