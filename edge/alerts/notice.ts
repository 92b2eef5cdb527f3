import type { Alert } from '#core/contracts/alert.ts'
import type { Manifest } from '#core/contracts/manifest.ts'
import type { Text } from '#core/contracts/text.ts'
import { type AlertChange, anew, moved, noted } from './change.ts'
import { guardrailCleared } from './guardrail-alert.ts'
import { next } from './lifecycle.ts'

/** Something about a version itself that people must know, and that no rule or guardrail of its package watches. */
export type Notice =
  /** It was taken back by itself. */
  | { kind: 'taken-back'; to: string; ms: number | null; reason: string }
  /** Its copy on the disk is no longer what was installed; it is loaded, and answers on. */
  | { kind: 'damaged'; reason: string }
  /** The central team revoked it. `answers`: who answers since; itself under a warning, or the version before. */
  | {
      kind: 'revoked'
      answers: 'itself' | 'rules' | 'nobody' | { to: string; ms: number | null }
      reason: string
    }
  /** Alerts and answers of this machine do not get to central, though central answers. One for the machine, at its first model. */
  | { kind: 'not-sent'; reason: string }

/** The rule that an alert of a notice names; no rule of a manifest can be called so. */
export const noticeRule = (kind: Notice['kind']): string => `version:${kind}`
export const isNotice = ({ rule }: Pick<Alert, 'rule'>): boolean => rule.startsWith('version:')

const respondWithinMin = 60

/** What raising it changes; nothing where the same stands already. What is over already is cleared at once, and to be seen all the same. */
export function noticeRaised(
  open: Alert | undefined,
  manifest: Manifest,
  notice: Notice,
  { now, randomUUID }: { now: () => number; randomUUID: () => string },
): AlertChange[] {
  if (open && !next(open.state, 'raised')) return []
  const [by, timeMs] = ['runtime', now()]
  const fields = noticeAlert(manifest, notice, timeMs)
  const raised = open
    ? moved(anew(open), 'raised', { by, timeMs, fields })
    : noted({ id: randomUUID(), ...fields }, 'alert.raised', { by, timeMs })
  const isOver =
    notice.kind === 'taken-back' || (notice.kind === 'revoked' && typeof notice.answers === 'object')
  return isOver ? [raised, ...guardrailCleared(raised.alert, notice.reason, timeMs)] : [raised]
}

/** The card of a notice. Pure. */
function noticeAlert(
  { id, version, title, people }: Manifest,
  notice: Notice,
  nowMs: number,
): Omit<Alert, 'id'> {
  return {
    state: 'unacknowledged',
    priority: 'medium',
    model: { id, version, title },
    rule: noticeRule(notice.kind),
    asset: id,
    ...words(version, notice),
    owner: people.owner.name,
    direction: 'above',
    raiseLevel: 0,
    clearLevel: 0,
    score: null,
    readingId: '',
    contributions: [],
    trackRecord: { real: 0, answered: 0 },
    raisedAt: new Date(nowMs).toISOString(),
    respondWithinMin,
    respondBy: new Date(nowMs + respondWithinMin * 60_000).toISOString(),
    ...(people.escalation && { escalateTo: people.escalation }),
  }
}

function words(
  version: string,
  notice: Notice,
): Pick<Alert, 'title' | 'cause' | 'consequence'> & { actions: Text[] } {
  if (notice.kind === 'damaged')
    return {
      title: {
        en: `The copy of version ${version} is damaged`,
        de: `Die Kopie der Version ${version} ist beschädigt`,
      },
      cause: { en: notice.reason, de: notice.reason },
      consequence: {
        en: 'It is loaded and answers on. After a restart it could not be loaded again.',
        de: 'Sie ist geladen und antwortet weiter. Nach einem Neustart ließe sie sich nicht wieder laden.',
      },
      actions: [
        {
          en: 'Install the same package again: that mends the copy.',
          de: 'Dasselbe Paket noch einmal einspielen: Das stellt die Kopie wieder her.',
        },
        { en: 'Have the disk checked.', de: 'Den Datenträger prüfen lassen.' },
      ],
    }
  if (notice.kind === 'revoked') return revokedWords(version, notice)
  if (notice.kind === 'not-sent') return notSentWords(notice.reason)
  const since = before(notice)
  return {
    title: {
      en: `Version ${version} was taken back by itself`,
      de: `Version ${version} wurde von selbst zurückgenommen`,
    },
    cause: { en: notice.reason, de: notice.reason },
    consequence: {
      en: `${since.en} Version ${version} is held until somebody activates it.`,
      de: `${since.de} Version ${version} bleibt gesperrt, bis jemand sie aktiviert.`,
    },
    actions: [
      { en: "Tell the model's owner what happened.", de: 'Den Verantwortlichen des Modells informieren.' },
    ],
  }
}

const whoAnswers = {
  itself: {
    en: 'It answers on, as a warning only. Weigh its answers accordingly.',
    de: 'Sie antwortet weiter, nur mit einer Warnung. Ihre Antworten entsprechend abwägen.',
  },
  rules: {
    en: 'There is no version to go back to. The fallback rules of its package answer.',
    de: 'Es gibt keine Version, auf die sich zurückgehen ließe. Die Ersatzregeln ihres Pakets antworten.',
  },
  nobody: {
    en: 'There is no version to go back to. Nobody answers: follow the manual procedure.',
    de: 'Es gibt keine Version, auf die sich zurückgehen ließe. Niemand antwortet: nach dem Handverfahren vorgehen.',
  },
} as const

/** Of the version that answers since. */
function before({ to, ms }: { to: string; ms: number | null }): { en: string; de: string } {
  const after = ms === null ? null : `${Math.max(1, Math.round(ms))} ms`
  return {
    en: `Version ${to} answers since${after === null ? '' : `, after ${after}`}.`,
    de: `Seitdem antwortet Version ${to}${after === null ? '' : `, nach ${after}`}.`,
  }
}

const revokedWords = (version: string, { answers, reason }: Extract<Notice, { kind: 'revoked' }>) => ({
  title: {
    en: answers === 'itself' ? `Version ${version} is under a warning` : `Version ${version} was revoked`,
    de: answers === 'itself' ? `Vor Version ${version} wird gewarnt` : `Version ${version} wurde widerrufen`,
  },
  cause: { en: reason, de: reason },
  consequence: typeof answers === 'string' ? whoAnswers[answers] : before(answers),
  actions: [
    {
      en: "Ask the model's owner for a newer version.",
      de: 'Den Verantwortlichen um eine neuere Version bitten.',
    },
  ],
})

const notSentWords = (reason: string) => ({
  title: {
    en: 'Central does not take what this machine sends',
    de: 'Die Zentrale nimmt nicht an, was diese Maschine sendet',
  },
  cause: { en: reason, de: reason },
  consequence: {
    en: 'Alerts work here as ever. Nobody at central sees them, or what you answer; all of it waits here and is kept.',
    de: 'Alarme wirken hier wie immer. In der Zentrale sieht sie niemand, auch keine Antworten; alles wartet hier und bleibt erhalten.',
  },
  actions: [
    {
      en: 'Tell the central team: edgewright sync status on this machine says what is refused.',
      de: 'Die Zentrale informieren: edgewright sync status an dieser Maschine sagt, was abgelehnt wird.',
    },
  ],
})
