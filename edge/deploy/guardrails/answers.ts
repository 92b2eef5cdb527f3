import type { FeedbackAnswer } from '#core/contracts/alert.ts'
import type { Guardrail } from '#core/contracts/guardrail.ts'
import { isAboutModel } from '../../alerts/guardrail-alert.ts'
import type { Journal } from '../../journal/journal.ts'
import { createBreather } from '../../journal/slices.ts'

export interface Answer {
  atMs: number
  answer: FeedbackAnswer
  alertId: string
}

interface Stretch {
  journal: Journal
  model: string
  /** Only of alerts that this version raised. */
  version?: string
  fromMs: number
  toMs: number
  signal?: AbortSignal
}

const most = 100_000

export const asksPeople = (guardrails: readonly Guardrail[]): boolean =>
  guardrails.some(({ when }) => when.metric === 'disagreement')

/**
 * What people answered to alerts of this model in this time, oldest first; the newest 100,000. Where not all could be read:
 * why. Yields to the event loop.
 */
export async function answersOf(stretch: Stretch): Promise<{ all: Answer[]; problem?: string }> {
  const { journal, model, version, fromMs, toMs, signal } = stretch
  const all: Answer[] = []
  const breathe = createBreather()
  let cursor: string | undefined
  try {
    do {
      signal?.throwIfAborted()
      const page = { stream: 'events', kind: 'alert.feedback', limit: 200 } as const
      const { rows, next } = journal.eventRows({ ...page, ...(cursor !== undefined && { cursor }) })
      for (const { timeMs: atMs, body } of rows) {
        if (atMs < fromMs || atMs > toMs) continue
        const { alertId, answer } = body as { alertId: string; answer: FeedbackAnswer }
        const alert = journal.alert(alertId)
        if (alert?.model.id !== model || isAboutModel(alert)) continue
        if (version === undefined || alert.model.version === version) all.push({ atMs, answer, alertId })
      }
      // A clock may have been set: only a whole page that is too old ends the way back.
      cursor = rows.some(({ timeMs }) => timeMs >= fromMs) ? (next ?? undefined) : undefined
      await breathe()
    } while (cursor !== undefined && all.length < most)
  } catch (error) {
    if (signal?.aborted || !(error instanceof Error)) throw error
    return { all: [], problem: error.message }
  }
  all.reverse().sort((a, b) => a.atMs - b.atMs)
  return cursor === undefined ? { all } : { all, problem: `only the newest ${all.length} were looked at` }
}
