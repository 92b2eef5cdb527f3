import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Alert, AlertState } from '#core/contracts/alert.ts'
import { byUrgency } from '../alert/order.ts'
import { useActiveAlerts } from '../client/queries.ts'
import { alertTitle } from '../words.ts'

/** Said at once at most; a flood is not read out one by one. */
const saidAtOnce = 3

/** Tells a screen reader of alerts that are new, and of those that somebody has acknowledged, without taking the focus. */
export function Announcer() {
  const { t, i18n } = useTranslation()
  const { data } = useActiveAlerts()
  const known = useRef<Map<string, AlertState> | null>(null)
  const [text, setText] = useState('')
  useEffect(() => {
    if (!data) return
    const before = known.current
    known.current = new Map(data.map((alert) => [alert.id, alert.state]))
    if (!before) return
    const sorted = [...data].sort(byUrgency)
    const title = (alert: Alert) => alertTitle(alert, i18n.language)
    const came = sorted
      .filter(({ id, state }) => state === 'unacknowledged' && before.get(id) !== state)
      .map((alert) =>
        t('announce.raised', { priority: t(`priority.${alert.priority}`), title: title(alert) }),
      )
    const acknowledged = sorted
      .filter(({ id, state }) => state === 'acknowledged' && before.get(id) === 'unacknowledged')
      .map((alert) => t('announce.acknowledged', { title: title(alert) }))
    const said = [...came, ...acknowledged].slice(0, saidAtOnce)
    if (said.length > 0) setText(said.join('. '))
  }, [data, t, i18n.language])
  return (
    <p className="sr" role="status" aria-live="polite" data-announcer="">
      {text}
    </p>
  )
}
