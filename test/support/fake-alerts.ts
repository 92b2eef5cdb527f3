import {
  type Alert,
  emptyRequestSchema,
  escalateRequestSchema,
  feedbackRequestSchema,
  shelveRequestSchema,
} from '#core/contracts/alert.ts'

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
