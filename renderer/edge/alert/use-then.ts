import { useTranslation } from 'react-i18next'
import type { Alert } from '#core/contracts/alert.ts'
import { useFormat, useWho } from '../words.ts'

/** What happens next, or has happened: whom to call and from when, who has it in hand. The runtime itself calls nobody. */
export function useThen(alert: Alert, nowMs: number, withContact = false): { text: string; urgent: boolean } {
  const { t } = useTranslation()
  const format = useFormat()
  const sayWho = useWho()
  const at = (iso: string) => format.when(Date.parse(iso), nowMs)
  const { escalateTo } = alert
  const who =
    escalateTo &&
    (withContact && escalateTo.contact ? `${escalateTo.name} (${escalateTo.contact})` : escalateTo.name)
  if (alert.actionDoneAt) return { text: t('then.done', { time: at(alert.actionDoneAt) }), urgent: false }
  if (alert.escalatedAt) {
    const time = at(alert.escalatedAt)
    return {
      text: who ? t('then.escalated', { time, who }) : t('then.escalatedNobody', { time }),
      urgent: true,
    }
  }
  if (alert.acknowledgedAt && alert.state !== 'unacknowledged')
    return {
      text: t('then.acknowledged', { time: at(alert.acknowledgedAt), who: sayWho(alert.acknowledgedBy) }),
      urgent: false,
    }
  if (alert.state === 'returned-unacknowledged' && alert.clearedAt)
    return { text: t('then.cleared', { time: at(alert.clearedAt) }), urgent: false }
  const time = at(alert.respondBy)
  return { text: who ? t('then.call', { time, who }) : t('then.respondBy', { time }), urgent: false }
}
