import type { Alert } from '#core/contracts/alert.ts'
import type { Manifest } from '#core/contracts/manifest.ts'
import type { Text } from '#core/contracts/text.ts'

/** Something about a version itself that people must know, and that no rule or guardrail of its package watches. */
export type Notice =
  /** It was taken back by itself. */
  | { kind: 'taken-back'; to: string; ms: number; reason: string }
  /** Its copy on the disk is no longer what was installed; it is loaded, and answers on. */
  | { kind: 'damaged'; reason: string }

/** The rule that an alert of a notice names; no rule of a manifest can be called so. */
const noticeRule = (kind: Notice['kind']): string => `version:${kind}`
export const isNotice = ({ rule }: Pick<Alert, 'rule'>): boolean => rule.startsWith('version:')

const respondWithinMin = 60

/** The card of a notice. Pure. */
export function noticeAlert(
  { id, version, title, people }: Manifest,
  notice: Notice,
  alertId: string,
  nowMs: number,
): Alert {
  return {
    id: alertId,
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
  const ms = Math.max(1, Math.round(notice.ms))
  return {
    title: {
      en: `Version ${version} was taken back by itself`,
      de: `Version ${version} wurde von selbst zurückgenommen`,
    },
    cause: { en: notice.reason, de: notice.reason },
    consequence: {
      en: `Version ${notice.to} answers since, after ${ms} ms. Version ${version} is held until somebody activates it.`,
      de: `Seitdem antwortet Version ${notice.to}, nach ${ms} ms. Version ${version} bleibt gesperrt, bis jemand sie aktiviert.`,
    },
    actions: [
      { en: "Tell the model's owner what happened.", de: 'Den Verantwortlichen des Modells informieren.' },
    ],
  }
}
